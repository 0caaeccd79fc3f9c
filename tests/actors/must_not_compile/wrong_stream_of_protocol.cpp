// A protocol's stream has other items than the actor's.
//
// Error  actor_answers_message_with_another_type<bank::Book, bank::List, greenroom::Stream<long
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/stream.hpp>

namespace bank {

struct List {};

class Book : public greenroom::Actor {
public:
    void on(List, greenroom::StreamReply<int> entries) { entries.close(); }
};

#ifdef RIGHT
using Lister = greenroom::Protocol<greenroom::Stream<int>(List)>;
#else
using Lister = greenroom::Protocol<greenroom::Stream<long>(List)>;
#endif

greenroom::Ref<Lister> lister_of(const greenroom::Ref<Book>& book) { return book; }

}  // namespace bank
