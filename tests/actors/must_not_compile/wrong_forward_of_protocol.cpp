// A question is sent on through a protocol that answers it with what the asker waits for.
//
// Error  protocol_answers_message_with_another_type
// Error  <greenroom::Protocol<int ?\(bank::Load\)>, long
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>
#include <utility>

namespace bank {

struct Load {};
struct Save {};

using Store = greenroom::Protocol<int(Load), void(Save)>;

#ifdef RIGHT
using Awaited = greenroom::Reply<int>;
#else
using Awaited = greenroom::Reply<long>;
#endif

void send(const greenroom::Ref<Store>& store, Awaited reply) {
    store.forward(Load{}, std::move(reply));
}

}  // namespace bank
