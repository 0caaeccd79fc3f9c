// SharedTimers: the timers of one worker that any thread may add, cancel and find due.
//
// A TimerWheel under a lock. The worker looks at it each tick; the monitor does in its place when
// it is stuck in a long handler. Both only queue what is due.
//
// Threads   Any. The lock is held for the few instructions of a wheel's operation, and while due
//           timers are taken out, some 20 ns for each.
// Ordering  take_due() gives the timers by due time, and by their adding if that is equal.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/biased_lock.hpp>
#include <greenroom/core/detail/shared_timer.hpp>
#include <greenroom/core/time.hpp>
#include <utility>

#include "timer_wheel.hpp"

namespace greenroom::detail {

class SharedTimers {
public:
    SharedTimers() noexcept = default;
    ~SharedTimers() { drop_all(); }
    SharedTimers(const SharedTimers&) = delete;
    SharedTimers& operator=(const SharedTimers&) = delete;

    // True if it is due before all others here.
    bool add(SharedTimer& timer, TimePoint due, ThreadToken self) noexcept;
    // False: it was not here, or is due by now.
    bool cancel(SharedTimer& timer, ThreadToken self) noexcept;
    // Calls queue(timer) for each that is due at `now`, out of the lock; that has it run.
    template <class Queue>
    void take_due(TimePoint now, const Queue& queue) noexcept {
        if (now < look_at()) return;
        for (TimerNode* due = collect_due(now); due != nullptr;) {
            queue(static_cast<SharedTimer&>(*std::exchange(due, due->next)));
        }
    }
    // TimePoint::max() if there are none. Who sleeps until then is to be woken if add() says so.
    TimePoint next_due() noexcept;
    // The runtime ends: none of them runs.
    void drop_all() noexcept;

private:
    // Chained by TimerNode::next.
    TimerNode* collect_due(TimePoint now) noexcept;

    // When somebody should look: never later than the first is due, and earlier where that one was
    // cancelled. relaxed, both: who needs to be sure asks next_due().
    TimePoint look_at() const noexcept {
        return TimePoint{Duration{look_at_.load(std::memory_order_relaxed)}};
    }
    void look_again_at(TimePoint time) noexcept {
        look_at_.store(time.time_since_epoch().count(), std::memory_order_relaxed);
    }

    BiasedLock lock_;  // the worker's, as a rule
    Atomic<std::int64_t> look_at_{TimePoint::max().time_since_epoch().count()};  // set under it
    TimerWheel wheel_;                                                           // guarded by lock_
};

}  // namespace greenroom::detail
