// An actor that does not handle a message of a protocol is not of that protocol.
//
// Error  actor_has_no_handler_for_message<bank::Reader, bank::Save>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>

namespace bank {

struct Load {};
struct Save {};

class Reader : public greenroom::Actor {
public:
    int on(Load) { return 1; }
};

#ifdef RIGHT
using Store = greenroom::Protocol<int(Load)>;
#else
using Store = greenroom::Protocol<int(Load), void(Save)>;
#endif

greenroom::Ref<Store> store_of(const greenroom::Ref<Reader>& reader) { return reader; }

}  // namespace bank
