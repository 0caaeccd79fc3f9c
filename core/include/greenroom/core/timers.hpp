// post, call_later, call_at, every: have a function called, now or at some time.
//
//   TimerHandle timer = call_later(5s, [] { give_up(); });
//   ...
//   if (timer.cancel()) answer();   // it has not run, and will not
//
// Each call is a task of its own: it may wait, and what it throws is logged with the place of the
// call here. A call for which there is no stack or memory when it is due is logged, and does not
// run. The timers of one worker begin by due time, to the tick of 1 ms, and by their making
// if that is equal; with several workers, one that is idle may begin a later one beside it.
//
// None begins early. A delay of a second or more is counted from the coarse clock, plus 2 ms, while
// the runtime's monitor is on time: reading the clock is half of what a timer costs. So where the
// machine suddenly does not let the monitor run, such a timer may be early by as long as that.
//
// Threads       From any fiber of a runtime; with the runtime named, from any plain thread.
// Ordering      What was done before the call here is visible to the function.
// Lifetime      The function is destroyed when it has run, at once when it is cancelled, and
//               without having run when the runtime ends.
// Limits        Memory. A timer is 48 bytes, or 64 if its function captures a pointer; a cancelled
//               one is freed at once.
#pragma once

#include <greenroom/core/assert.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/timed_call.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/where.hpp>
#include <utility>

namespace greenroom {

// A timer that was made, to cancel it. One that is dropped runs all the same. May outlive the
// runtime. Used by one thread at a time, whichever.
class TimerHandle {
public:
    TimerHandle() noexcept = default;
    // By call_at and call_later alone.
    explicit TimerHandle(std::pair<detail::RuntimeCore*, detail::SharedTimer*> started) noexcept
        : core_{started.first}, timer_{started.second} {}
    TimerHandle(TimerHandle&& other) noexcept
        : core_{other.core_}, timer_{std::exchange(other.timer_, nullptr)} {}
    TimerHandle& operator=(TimerHandle&& other) noexcept {
        std::swap(core_, other.core_);
        std::swap(timer_, other.timer_);
        return *this;
    }
    ~TimerHandle() {
        if (timer_ != nullptr) timer_->release();
    }

    // True if the function has not begun, and never will. Never waits. Once: later calls, and those
    // of a handle made from nothing, say false.
    bool cancel() noexcept {
        return timer_ != nullptr && std::exchange(timer_, nullptr)->cancel(*core_);
    }

private:
    detail::RuntimeCore* core_ = nullptr;  // which may have ended
    detail::SharedTimer* timer_ = nullptr;
};

// Calls `function` when the runtime's clock shows `due`, or soon if that has passed. Never early.
// Throws Error(stopping) if the runtime is ending.
template <class F>
TimerHandle call_at(Runtime& runtime, TimePoint due, F function, Where where = Where::here()) {
    const auto start = [&runtime, due](detail::SharedTimer& timer) -> detail::RuntimeCore& {
        detail::RuntimeCore& core = detail::core_of(runtime);
        timer.start(core, due);
        return core;
    };
    return TimerHandle{detail::make_timed_call(std::move(function), where, start)};
}
// On the caller's runtime. Throws Error(wrong_thread) in a plain thread, which has none; so do the
// forms below without a runtime.
template <class F>
TimerHandle call_at(TimePoint due, F function, Where where = Where::here()) {
    const auto start = [due](detail::SharedTimer& timer) -> detail::RuntimeCore& {
        return timer.start_here(due);
    };
    return TimerHandle{detail::make_timed_call(std::move(function), where, start)};
}

// Calls `function` when `delay` has passed.
template <class F>
TimerHandle call_later(Runtime& runtime, Duration delay, F function, Where where = Where::here()) {
    const TimePoint due = detail::due_after(detail::core_of(runtime), delay);
    return call_at(runtime, due, std::move(function), where);
}
template <class F>
TimerHandle call_later(Duration delay, F function, Where where = Where::here()) {
    const auto start = [delay](detail::SharedTimer& timer) -> detail::RuntimeCore& {
        return timer.start_here_after(delay);
    };
    return TimerHandle{detail::make_timed_call(std::move(function), where, start)};
}

// Calls `function` soon, beside the caller.
template <class F>
void post(Runtime& runtime, F function, Where where = Where::here()) {
    spawn(runtime, std::move(function), {.name = "posted"}, where).detach();
}
template <class F>
void post(F function, Where where = Where::here()) {
    spawn_on(detail::require_core("post"), std::move(function), {.name = "posted"}, where).detach();
}

// What becomes of the ticks that have passed while the function of `every` still ran.
enum class MissedTicks {
    burst,  // it is called for each of them, one after another without a pause
    skip,   // they are left out; the next is the next that was due anyway
    delay,  // the next is a whole period after the end of the call
};

namespace detail {

// When a function that was due at `due` and has ended at `now` is due again.
TimePoint next_tick(TimePoint due, TimePoint now, Duration period, MissedTicks missed) noexcept;

template <class F>
Task<void> every_on(RuntimeCore& core, Duration period, F function, MissedTicks missed,
                    Where where) {
    GREENROOM_ASSERT(period > Duration::zero());
    const TimePoint first = due_after(core, period);
    auto calls = [first, period, function = std::move(function), missed, where]() mutable {
        for (TimePoint due = first;;) {
            sleep_until(due, where);
            function();
            due = next_tick(due, Deadline::after(Duration::zero()).at(), period, missed);
        }
    };
    return spawn_on(core, std::move(calls), {.name = "every"}, where);
}

}  // namespace detail

// Calls `function` after each `period` (more than zero: asserted), one call after another: a task,
// that is cancelled and joined when it is dropped, or lives on by detach(). It ends with what
// `function` throws.
template <class F>
Task<void> every(Runtime& runtime, Duration period, F function,
                 MissedTicks missed = MissedTicks::skip, Where where = Where::here()) {
    return detail::every_on(detail::core_of(runtime), period, std::move(function), missed, where);
}
template <class F>
Task<void> every(Duration period, F function, MissedTicks missed = MissedTicks::skip,
                 Where where = Where::here()) {
    return detail::every_on(detail::require_core("every"), period, std::move(function), missed,
                            where);
}

}  // namespace greenroom
