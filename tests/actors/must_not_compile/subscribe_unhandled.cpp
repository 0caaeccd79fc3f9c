// Who subscribes handles the message.
//
// Error  actor_has_no_handler_for_message<Reader, Page>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/topic.hpp>

struct Page {};

class Reader : public greenroom::Actor {
public:
    explicit Reader(greenroom::Ref<greenroom::Topic<Page>> pages) : pages_{pages} {}
    void on_start() override { pages_.tell(greenroom::Subscribe<Page>{self(this)}); }
    void on(int) {}
#ifdef RIGHT
    void on(const Page&) {}
#endif

private:
    const greenroom::Ref<greenroom::Topic<Page>> pages_;
};
