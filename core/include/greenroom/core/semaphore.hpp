// Semaphore: a count of permits that fibers and plain threads take and give back.
//
// Who finds too few permits waits: a fiber suspends, and its worker goes on with other work; a
// plain thread blocks. All wait in one line and are served in order of arrival, so small requests
// cannot starve a big one.
//
// Threads       Every member is safe from any fiber and from any plain thread.
// Ordering      What was written before release() is visible after the acquire that it satisfies.
// Lifetime      Whoever got its permits may destroy the semaphore, even before the release() that
//               served it has returned. Destroying one that has waiters is a bug and aborts.
// Cancellation  acquire and acquire_before are suspension points: in a cancelled fiber they throw
//               Cancelled, also when permits are free, and when they throw nothing was taken. If
//               permits and cancellation meet, one wins: a fiber that got its permits returns with
//               them, and hears of the cancellation at its next suspension point.
// Errors        A call that has to wait throws StacksExhausted if its worker has no stack left to
//               go on with; then nothing was taken.
// Limits        permits_max, if given: the free permits never exceed it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

class Semaphore {
public:
    static constexpr std::size_t unlimited = SIZE_MAX;

    // Requires permits <= permits_max (asserted).
    explicit Semaphore(std::size_t permits, std::size_t permits_max = unlimited) noexcept;
    ~Semaphore();
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    // Takes `count` permits, waiting until all of them are free and nobody is ahead in the line.
    // Requires count > 0 (asserted). A dump shows `where`: leave it, or hand on your own caller's.
    void acquire(std::size_t count = 1, Where where = Where::here());

    // Like acquire, but gives up at `deadline`; one in the past still takes what is free at once.
    // On false nothing was taken.
    [[nodiscard]] bool acquire_before(Deadline deadline, std::size_t count = 1,
                                      Where where = Where::here());

    // Takes `count` permits if that needs no waiting and overtakes no waiter. Never waits.
    [[nodiscard]] bool try_acquire(std::size_t count = 1) noexcept;

    // Gives back `count` permits and wakes, oldest first, every waiter that they satisfy.
    // The caller keeps running; each fiber resumes on the worker that it suspended on.
    // Throws Error(limit_reached), and gives back none, if more than permits_max would be free.
    void release(std::size_t count = 1);

private:
    struct Waiter;
    friend class Limiter;  // which waits for a semaphore of its own under its own name

    bool acquire_as(const detail::WaitReason& why, Deadline deadline, std::size_t count);
    bool take_free(std::size_t count) noexcept;
    void serve(detail::Resumption& served) noexcept;

    // The queue's own spinlock guards both, and is never held across a suspension.
    detail::WaitQueue waiters_;
    std::size_t free_;  // never enough for the first in line who still waits
    const std::size_t permits_max_;
};

}  // namespace greenroom
