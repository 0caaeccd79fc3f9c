// A question that is sent on through a protocol that does not have it.
//
// Error  protocol_has_no_message<greenroom::Protocol<int ?\(bank::Load\)
// Error  bank::Move>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>

namespace bank {

struct Load {};
struct Save {};
struct Erase {};
struct Move {};

#ifdef RIGHT
using Store = greenroom::Protocol<int(Load), void(Save), void(Erase), bool(Move)>;
#else
using Store = greenroom::Protocol<int(Load), void(Save), void(Erase)>;
#endif

void send(const greenroom::Ref<Store>& store, greenroom::Reply<bool> reply) {
    store.forward(Move{}, std::move(reply));
}

}  // namespace bank
