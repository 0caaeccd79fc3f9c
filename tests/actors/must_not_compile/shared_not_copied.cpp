// What is shared and cannot be copied reaches only a handler that takes it by const reference.
//
// Error  actor_takes_shared_message_that_cannot_be_copied<bank::Reader, bank::Page>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/shared.hpp>
#include <memory>

namespace bank {

struct Page {
    std::unique_ptr<int> text;
};

class Reader : public greenroom::Actor {
public:
#ifdef RIGHT
    void on(const Page&) {}
#else
    void on(Page) {}
#endif
};

void send(const greenroom::Ref<Reader>& reader, const greenroom::Shared<Page>& page) {
    reader.tell(page);
}

}  // namespace bank
