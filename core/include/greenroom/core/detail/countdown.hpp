// Countdown: a number, and those who wait for it to be zero. What Latch and WaitGroup are made of.
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

    // Lets pass whoever finds zero, whatever comes after.
    bool wait_before(Deadline deadline, const WaitReason& why);
    bool is_zero() const noexcept;

private:
    // The queue's own spinlock guards both.
    mutable WaitQueue waiters_;
    std::size_t count_;  // not 0 while somebody still waits
};

}  // namespace greenroom::detail
