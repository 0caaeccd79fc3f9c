// Latch: opens once, when a number of things have happened, and stays open.
//
// Threads       Every member is safe from any fiber and from any plain thread.
// Ordering      What was written before a count_down() is visible after the wait that it ends.
// Lifetime      Whoever was let pass may destroy it, even before the count_down() that opened it
//               has returned. Destroying one that has waiters is a bug and aborts.
// Cancellation  Waits are suspension points. If the opening and a cancellation meet, one wins: who
//               was let pass returns, and hears of the cancellation at its next suspension point.
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/countdown.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

class Latch {
public:
    // Opens after `count` things; at once if that is 0.
    explicit Latch(std::size_t count) noexcept : left_{count} {}

    // Throws Error(limit_reached), and changes nothing, if fewer than `count` are left.
    void count_down(std::size_t count = 1) { left_.subtract(count, "count_down"); }

    // Until it is open. A dump shows `where`.
    void wait(Where where = Where::here()) { (void)wait_before(Deadline::never(), where); }
    // False if it was not open by the deadline.
    [[nodiscard]] bool wait_before(Deadline deadline, Where where = Where::here()) {
        return left_.wait_before(deadline, {"latch", this, where});
    }
    void arrive_and_wait(Where where = Where::here()) {
        count_down();
        wait(where);
    }
    // True if it is open. Never waits.
    [[nodiscard]] bool try_wait() const noexcept { return left_.is_zero(); }

private:
    detail::Countdown left_;
};

}  // namespace greenroom
