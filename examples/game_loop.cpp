// A game's loop of 60 frames a second that drives greenroom on its own thread.
//
// Shows     a caller-driven system: work for each frame, timers, actors, a message from a thread
//           that loads something, and a wait for the next frame that the runtime may cut short.
// Run       ./game_loop
// Prints    the ball is at 30.0 after 60 frames
//           the score is 3, and the music has been loaded
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int frames = 60;
constexpr auto frame_time = std::chrono::nanoseconds{1s} / 60;
constexpr auto work_time_max = 4ms;  // of each frame, for all that greenroom runs

struct Goal {};
struct Loaded {
    std::string what;
};
struct Summary {};

class Scoreboard : public greenroom::Actor {
public:
    void on(Goal) { ++goals_; }
    void on(const Loaded& loaded) { loaded_ = loaded.what; }
    std::string on(Summary) {
        return "the score is " + std::to_string(goals_) + ", and " + loaded_ + " has been loaded";
    }

private:
    int goals_ = 0;
    std::string loaded_ = "nothing";
};

// What is to be done once in each frame is a task that waits for the next.
struct Ball {
    double place = 0;

    void move() {
        for (;;) {
            greenroom::next_tick();
            place += 0.5;
        }
    }
};

// Until the time has come, or the runtime has something to do.
void wait_until(Clock::time_point time, const greenroom::Runtime& runtime) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now()).count();
    pollfd waits{runtime.fd(), POLLIN, 0};
    ::poll(&waits, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
}

int main() {
    greenroom::SystemOptions options;
    options.runtime.driven_by = greenroom::DrivenBy::caller;
    greenroom::System system{options};
    greenroom::Runtime& runtime = system.runtime();
    auto score = system.spawn<Scoreboard>();

    Ball ball;
    auto moving = greenroom::spawn(runtime, [&] { ball.move(); });
    auto goals = greenroom::spawn(runtime, [score] {
        for (int i = 0; i < 3; ++i) {
            greenroom::sleep_for(150ms);
            score.tell(Goal{});
        }
    });
    runtime.run_until_idle();  // all have come to their first wait
    std::thread loads{[score] { score.tell(Loaded{"the music"}); }};  // from a thread of its own

    Clock::time_point next_frame = Clock::now();
    for (int frame = 0; frame < frames; ++frame) {
        runtime.run_for(work_time_max);  // one tick
        next_frame += frame_time;
        while (Clock::now() < next_frame) {
            wait_until(next_frame, runtime);
            runtime.run_until_idle();  // what has come in meanwhile need not wait for the frame
        }
    }
    loads.join();
    while (!goals.done()) runtime.run_for(work_time_max);  // if the machine was busy
    std::printf("the ball is at %.1f after %d frames\n", ball.place, frames);

    // Its own thread cannot wait for the runtime: it runs it until the answer is there.
    auto summary = greenroom::spawn(runtime, [score] { return score.ask(Summary{}); });
    while (!summary.done()) runtime.run_until_idle();
    std::puts(summary.get().c_str());
    moving.cancel();
}
