// Messages that pass the others.
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/urgent.hpp>
#include <greenroom/core/event.hpp>
#include <vector>

#include "snippets.hpp"

// [is_urgent]
struct Pause {};

template <>
inline constexpr bool greenroom::is_urgent<Pause> = true;
// [end]

using namespace greenroom;

namespace {

struct Hold {
    Event& begun;
    Event& go_on;
};
struct Job {};
struct Done {};

class Worker : public Actor {
public:
    void on(const Hold& hold) {
        hold.begun.set();
        hold.go_on.wait();
    }
    void on(Job) { done_ += is_paused_ ? 0 : 1; }
    void on(Pause) { is_paused_ = true; }
    int on(Done) { return done_; }

private:
    bool is_paused_ = false;
    int done_ = 0;
};

void pass_the_others() {
    System system;
    const Ref<Worker> worker = system.spawn<Worker>();
    Event begun;
    Event go_on;
    worker.tell(Hold{begun, go_on});
    begun.wait();
    // [pause]
    for (int i = 0; i < 1'000; ++i) worker.tell(Job{});
    worker.tell(Pause{});  // is handled next: no job is done after it
    // [end]
    go_on.set();
    expect(worker.ask(Done{}) == 0, "it has passed all jobs");
}

}  // namespace

std::vector<Snippet> urgent_snippets() { return {{"pass_the_others", pass_the_others}}; }
