// Unfinished: a count of things to be done, and those who wait until it is 0.
//
// Threads  Any.
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom::detail {

class Unfinished {
public:
    Unfinished() noexcept = default;
    ~Unfinished();
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;

    void add() noexcept;
    // False, and nothing changed: there are not so many.
    [[nodiscard]] bool subtract(std::size_t count) noexcept;
    std::size_t count() const noexcept;

    // Until the count is 0. False: it was not by the deadline. A suspension point.
    bool wait_before(Deadline deadline, Where where);

private:
    mutable WaitQueue waiters_;
    std::size_t count_ = 0;  // guarded by the lock of waiters_
};

}  // namespace greenroom::detail
