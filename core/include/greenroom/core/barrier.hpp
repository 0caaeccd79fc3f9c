// Barrier: a number of parties wait for each other, again and again.
//
// The last to arrive lets all of them pass together, and whoever comes after that waits for the
// next round: there is no state in between. Who gives up before that has not arrived.
//
// Threads       Every member is safe from any fiber and from any plain thread.
// Ordering      What each party wrote before it arrived is visible to all that pass with it.
// Lifetime      To be destroyed when every call has returned. Destroying one in which somebody
//               waits is a bug and aborts.
// Cancellation  Arrivals are suspension points. If the last arrival and a cancellation (or a
//               deadline) meet, one wins for all: a party that was counted passes, and hears of the
//               cancellation at its next suspension point.
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>
#include <optional>

namespace greenroom {

class Barrier {
public:
    // Requires parties > 0 (asserted).
    explicit Barrier(std::size_t parties) noexcept;
    ~Barrier();
    Barrier(const Barrier&) = delete;
    Barrier& operator=(const Barrier&) = delete;

    // Waits until all are there. Returns the caller's place in the order of arrival of its round,
    // from 0. Throws Error(broken) if the barrier is broken, or becomes so, or is reset, before
    // that. A dump shows `where`.
    std::size_t arrive_and_wait(Where where = Where::here());
    // Empty if not all had come by the deadline: then the caller has not arrived.
    [[nodiscard]] std::optional<std::size_t> arrive_before(Deadline deadline,
                                                           Where where = Where::here());

    // Who waits now gets Error(broken); then all is as at the start.
    void reset() noexcept;
    // Who waits now and who arrives later gets Error(broken), until reset().
    void abort() noexcept;

    bool broken() const noexcept;
    std::size_t parties() const noexcept { return parties_; }
    // How many of the present round have arrived.
    std::size_t arrived() const noexcept;

private:
    enum class End { none, passed, broken };
    struct Waiter;

    bool joins_line(Waiter& waiter) noexcept;
    void end_round(End end, detail::Resumption& released) noexcept;
    void break_round(bool stays_broken) noexcept;

    const std::size_t parties_;
    // The queue's own spinlock guards all below.
    mutable detail::WaitQueue waiters_;
    std::size_t arrived_ = 0;  // those in the line, less than parties_
    bool broken_ = false;
};

}  // namespace greenroom
