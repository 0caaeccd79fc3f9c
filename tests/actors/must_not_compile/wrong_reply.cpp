// What a handler answers is what the protocol says.
//
// Error  actor_answers_message_with_another_type<bank::Reader, bank::Load, long
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>

namespace bank {

struct Load {};

class Reader : public greenroom::Actor {
public:
    int on(Load) { return 1; }
};

#ifdef RIGHT
using Store = greenroom::Protocol<int(Load)>;
#else
using Store = greenroom::Protocol<long(Load)>;
#endif

greenroom::Ref<Store> store_of(const greenroom::Ref<Reader>& reader) { return reader; }

}  // namespace bank
