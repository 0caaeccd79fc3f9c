// Countdown: a number, and those who wait for it to be zero. What Latch and WaitGroup are made of,
// and how a WorkQueue knows what is unfinished.
//
// Threads  Any.
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>

namespace greenroom::detail {

class Countdown {
public:
    explicit Countdown(std::size_t count) noexcept : count_{count} {}
    ~Countdown();
    Countdown(const Countdown&) = delete;
    Countdown& operator=(const Countdown&) = delete;

    void add(std::size_t count) noexcept;
    // Wakes all who wait if nothing is left. Throws Error(limit_reached), naming `call`, and
    // changes nothing, if there is less than `count`.
    void subtract(std::size_t count, const char* call);
    // The same, but false if there is less.
    [[nodiscard]] bool try_subtract(std::size_t count) noexcept {
        return take_away(count) >= count;
    }

    // Lets pass whoever finds zero, whatever comes after.
    bool wait_before(Deadline deadline, const WaitReason& why);
    std::size_t count() const noexcept;
    bool is_zero() const noexcept { return count() == 0; }

private:
    // Returns what there was. If that is less than `count`, nothing was taken.
    std::size_t take_away(std::size_t count) noexcept;

    // The queue's own spinlock guards both.
    mutable WaitQueue waiters_;
    std::size_t count_;  // not 0 while somebody still waits
};

}  // namespace greenroom::detail
