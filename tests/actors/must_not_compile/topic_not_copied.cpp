// A topic hands its message to many, each of whom may want its own.
//
// Error  message_of_topic_cannot_be_copied<Page>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/topic.hpp>
#include <memory>

struct Page {
#ifdef RIGHT
    std::shared_ptr<int> text;
#else
    std::unique_ptr<int> text;
#endif
};

void start(greenroom::System& system) { (void)system.spawn<greenroom::Topic<Page>>(); }
