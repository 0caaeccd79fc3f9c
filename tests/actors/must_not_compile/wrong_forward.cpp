// A question is sent on to an actor that answers it with what the asker waits for.
//
// Error  actor_answers_message_with_another_type<bank::Reader, bank::Load, long
#include <greenroom/actors/actor.hpp>
#include <utility>

namespace bank {

struct Load {};

class Reader : public greenroom::Actor {
public:
    int on(Load) { return 1; }
};

#ifdef RIGHT
using Awaited = greenroom::Reply<int>;
#else
using Awaited = greenroom::Reply<long>;
#endif

void send(const greenroom::Ref<Reader>& reader, Awaited reply) {
    reader.forward(Load{}, std::move(reply));
}

}  // namespace bank
