// A question that is answered by a stream is sent on for a reader of other items.
//
// Error  actor_answers_message_with_another_type<bank::Book, bank::List, greenroom::Stream<long
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/stream.hpp>
#include <utility>

namespace bank {

struct List {};

class Book : public greenroom::Actor {
public:
    void on(List, greenroom::StreamReply<int> entries) { entries.close(); }
};

#ifdef RIGHT
using Awaited = greenroom::StreamReply<int>;
#else
using Awaited = greenroom::StreamReply<long>;
#endif

void send(const greenroom::Ref<Book>& book, Awaited reply) {
    book.forward(List{}, std::move(reply));
}

}  // namespace bank
