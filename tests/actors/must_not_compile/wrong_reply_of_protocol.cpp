// A reference of a protocol is not made from that of a protocol with other answers.
//
// Error  protocol_answers_message_with_another_type
// Error  <greenroom::Protocol<int ?\(bank::Load\)>, long
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>

namespace bank {

struct Load {};
struct Save {};

using Store = greenroom::Protocol<int(Load), void(Save)>;

#ifdef RIGHT
using Loader = greenroom::Protocol<int(Load)>;
#else
using Loader = greenroom::Protocol<long(Load)>;
#endif

greenroom::Ref<Loader> loader_of(const greenroom::Ref<Store>& store) { return store; }

}  // namespace bank
