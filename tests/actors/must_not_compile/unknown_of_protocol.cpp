// A reference of a protocol takes what the protocol has, and nothing else.
//
// Error  protocol_has_no_message<greenroom::Protocol<int
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>

struct Load {};
struct Save {};

#ifdef RIGHT
void send(const greenroom::Ref<greenroom::Protocol<int(Load), void(Save)>>& store) {
    store.tell(Save{});
}
#else
void send(const greenroom::Ref<greenroom::Protocol<int(Load)>>& store) { store.tell(Save{}); }
#endif
