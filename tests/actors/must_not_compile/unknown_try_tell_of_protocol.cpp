// A try_tell of what the protocol does not have.
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

bool send(const greenroom::Ref<Store>& store) {
    return store.try_tell(Move{}) == greenroom::Sent::sent;
}

}  // namespace bank
