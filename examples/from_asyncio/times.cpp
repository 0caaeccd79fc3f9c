// Timeouts, sleeps and timers: beside wait_for, timeout, sleep, call_soon, call_later and call_at.
#include <greenroom/core/channel.hpp>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>
#include <greenroom/core/timers.hpp>
#include <optional>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

void limit_a_function() {
    bool timed_out = false;
    // [with_timeout]
    try {
        with_timeout(5ms, [] { sleep_for(1h); });
    } catch (const Timeout&) {  // thrown when the function has unwound
        timed_out = true;
    }
    // [end]
    expect(timed_out, "the time was up");
}

void limit_several_calls() {
    std::string pages;
    // [with_deadline]
    const TimePoint end = steady_clock().now() + 10s;
    with_deadline(Deadline{end}, [&] { pages = fetch("a") + ", " + fetch("b"); });
    // [end]
    expect(pages == "page of a, page of b", "both were done in time");
}

void move_the_end() {
    bool timed_out = false;
    // [reschedule]
    TimeoutScope scope{Deadline::never()};
    try {
        scope.run([&] {
            fetch("a");
            scope.reschedule(5ms);  // from now
            sleep_for(1h);
        });
    } catch (const Timeout&) {
        timed_out = scope.expired();
    }
    // [end]
    expect(timed_out, "the new end counts");
}

void limit_one_wait() {
    Channel<int> numbers{1};
    // [before]
    const std::optional<int> number = numbers.receive_before(Deadline::after(5ms));
    if (!number.has_value()) fetch("a");  // no exception: it is an outcome
    // [end]
    expect(!number.has_value(), "nothing came");
}

void sleep_and_yield() {
    Runtime runtime{{.workers = 1}};
    const bool went_first = run(runtime, [] {
        bool other_ran = false;
        Task<void> other = spawn([&] { other_ran = true; });
        // [sleep]
        sleep_for(2ms);
        yield();  // asyncio.sleep(0): lets what else is ready on this worker go first
        // [end]
        other.join();
        return other_ran;
    });
    expect(went_first, "the other ran");
}

void call_at_some_time() {
    Event soon;
    Event later;
    bool called = false;
    // [timers]
    post([&] { soon.set(); });              // call_soon
    call_later(1ms, [&] { later.set(); });  // a handle may be dropped
    TimerHandle timer = call_at(steady_clock().now() + 1h, [&] { called = true; });
    const bool in_time = timer.cancel();  // true: it has not begun, and never will
    // [end]
    soon.wait();
    later.wait();
    expect(in_time && !called, "a timer that was cancelled is not called");
}

void call_again_and_again() {
    Channel<int> ticks{unbounded};
    // [every]
    Task<void> ticker = every(1ms, [&] { ticks.send(1); });
    // [end]
    expect(ticks.receive().has_value() && ticks.receive().has_value(), "it ticks");
    ticker.cancel();
    expect(ticker.result().code() == Errc::cancelled, "it is a task, and can be cancelled");
}

}  // namespace

std::vector<Snippet> time_snippets() {
    return {
        {"limit_a_function", limit_a_function},
        {"limit_several_calls", limit_several_calls},
        {"move_the_end", move_the_end},
        {"limit_one_wait", limit_one_wait},
        {"sleep_and_yield", sleep_and_yield, true},
        {"call_at_some_time", call_at_some_time},
        {"call_again_and_again", call_again_and_again},
    };
}
