// WaitGroup: counts what is under way, and lets wait until nothing is.
//
// Unlike a Latch it may be used again and again; a wait passes whenever it finds the count at zero,
// or when the count comes to zero, whatever is added after that. Add before the thing begins, and
// not from inside of it. For tasks a TaskGroup is better, which also knows of their failures.
//
// Threads       Every member is safe from any fiber and from any plain thread.
// Ordering      What was written before a done() is visible after the wait that it ends.
// Lifetime      Whoever was let pass may destroy it, even before the done() that let it pass has
//               returned. Destroying one that has waiters is a bug and aborts.
// Cancellation  Waits are suspension points. If the last done() and a cancellation meet, one wins:
//               who was let pass returns, and hears of the cancellation at its next suspension
//               point.
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/countdown.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

class WaitGroup {
public:
    WaitGroup() noexcept : under_way_{0} {}

    void add(std::size_t count = 1) noexcept { under_way_.add(count); }
    // Throws Error(limit_reached), and changes nothing, if fewer than `count` are under way.
    void done(std::size_t count = 1) { under_way_.subtract(count, "done"); }

    // Until nothing is under way. A dump shows `where`.
    void wait(Where where = Where::here()) { (void)wait_before(Deadline::never(), where); }
    // False if something was still under way at the deadline.
    [[nodiscard]] bool wait_before(Deadline deadline, Where where = Where::here()) {
        return under_way_.wait_before(deadline, {"wait group", this, where});
    }
    // True if nothing is under way. Never waits.
    [[nodiscard]] bool try_wait() const noexcept { return under_way_.is_zero(); }

private:
    detail::Countdown under_way_;
};

}  // namespace greenroom
