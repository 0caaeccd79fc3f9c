// A caller-driven runtime in its steady state allocates nothing: frames with ticks, timers, tasks,
// channels and messages, counted by the operator new of this program.
// Not under AddressSanitizer: it counts what the sanitizer allocates in place of the pools.
#include <cstdio>
#include <cstdlib>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <new>

namespace {

using namespace std::chrono_literals;

unsigned long allocations = 0;  // there is one thread

void* counted(std::size_t bytes) {
    ++allocations;
    if (void* const memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc{};
}

struct Hit {
    int points;
};
struct Points {};

class Score : public greenroom::Actor {
public:
    void on(Hit hit) { points_ += hit.points; }
    int on(Points) { return points_; }

private:
    int points_ = 0;
};

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
    greenroom::SystemOptions options;
    options.runtime.driven_by = greenroom::DrivenBy::caller;
    greenroom::System system{options};
    greenroom::Runtime& runtime = system.runtime();
    auto score = system.spawn<Score>();
    greenroom::Channel<int> channel{4};
    long ticks = 0;
    long received = 0;
    auto each_frame = greenroom::spawn(runtime, [&] {
        for (;;) {
            greenroom::next_tick();
            ++ticks;
            channel.send(1);
            score.tell(Hit{1});
            (void)score.ask(Points{});
            greenroom::spawn([&score] { score.tell(Hit{2}); }).detach();
        }
    });
    auto receives = greenroom::spawn(runtime, [&] {
        for (;;) received += channel.receive().value_or(0);
    });
    auto sleeps = greenroom::spawn(runtime, [] {
        for (;;) greenroom::sleep_for(1ms);
    });
    constexpr int frames = 2'000;
    const auto play = [&] {
        for (int frame = 0; frame < frames; ++frame) runtime.run_for(100us);
    };
    play();  // until pools and stacks are there
    const unsigned long before = allocations;
    const long ticks_before = ticks;
    play();
    const unsigned long made = allocations - before;
    std::printf("%lu allocations in %ld frames, %ld received\n", made, ticks - ticks_before,
                received);
    each_frame.cancel();
    receives.cancel();
    sleeps.cancel();
    return made == 0 && ticks - ticks_before >= frames / 2 && received >= frames / 2 ? 0 : 1;
}
