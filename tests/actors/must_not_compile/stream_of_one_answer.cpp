// A question that is answered once is requested with the options of a stream.
//
// Error  message_is_answered_by_no_stream<greenroom::Ref<bank::Book>, bank::Load
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/stream.hpp>

namespace bank {

struct List {};
struct Load {};

class Book : public greenroom::Actor {
public:
    void on(List, greenroom::StreamReply<int> entries) { entries.close(); }
    int on(Load) { return 1; }
};

#ifdef RIGHT
using Question = List;
#else
using Question = Load;
#endif

void ask(const greenroom::Ref<Book>& book) {
    (void)book.request(Question{}, greenroom::StreamOptions{.credit = 8});
}

}  // namespace bank
