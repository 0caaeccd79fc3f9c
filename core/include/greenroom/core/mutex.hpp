// Mutex: at most one fiber or plain thread at a time has it. It may be held across a suspension.
//
// Who finds it taken waits in line: a fiber suspends, a plain thread blocks. unlock() hands it to
// the oldest in line, so nobody overtakes, and nobody starves. The owner is the fiber or the thread
// that locked it, and no other can unlock it.
//
// Threads       Every member is safe from any fiber and from any plain thread.
// Ordering      What the owner wrote before unlock() is visible to every later owner.
// Lifetime      An owner that has unlocked it may destroy it, even before the unlock() that handed
//               it over has returned. Destroying one that is held or waited for is a bug and
//               aborts.
// Cancellation  lock and lock_before are suspension points: in a cancelled fiber they throw
//               Cancelled, also when it is free, and it is not taken then. If a hand-over and a
//               cancellation meet, one wins: who was handed it has it, and hears of the
//               cancellation at its next suspension point.
// Errors        A call that has to wait throws StacksExhausted if its worker has no stack left to
//               go on with; then nothing was taken.
#pragma once

#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/biased_lock.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/lock.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

class Mutex {
public:
    Mutex() noexcept = default;
    ~Mutex();
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    // Throws Error(resource_deadlock_would_occur) if the caller has it already. A dump shows
    // `where`; std::lock_guard works, but then it shows a line of the standard's: see Lock.
    void lock(Where where = Where::here());

    // Like lock, but gives up at `deadline`; one in the past still takes it if it is free.
    [[nodiscard]] bool lock_before(Deadline deadline, Where where = Where::here());

    // Takes it if it is free. Never waits.
    [[nodiscard]] bool try_lock() noexcept;

    // Throws Error(operation_not_permitted), and changes nothing, if the caller does not have it.
    void unlock();

    // True if the calling fiber or plain thread has it.
    bool held_by_caller() const noexcept;

private:
    struct Waiter;
    friend class Once;     // which wait for a mutex of their own
    friend class Limiter;  // under their own name

    bool lock_as(const detail::WaitReason& why, Deadline deadline);
    bool take(std::uintptr_t caller) noexcept;
    bool take_or_announce(std::uintptr_t caller) noexcept;
    void forget_the_line() noexcept;
    void hand_over() noexcept;

    // 0: free. Else the owner's identity, an even number, plus 1 if somebody may be in line.
    //   0       --take--> owner       any thread, by compare-exchange
    //   owner   --unlock--> 0         the owner, by compare-exchange
    //   owner   --announce--> owner+1 who joins the line, under its lock, by compare-exchange
    //   owner+1 --hand over--> next owner, or 0     the owner, under the line's lock
    //   owner+1 --the last in line gives up--> owner     under the line's lock
    // So with the 1 it changes under the lock alone, and who waits is never missed.
    detail::Atomic<std::uintptr_t> word_{0};
    detail::BiasedLock line_lock_;
    detail::WaitQueue waiters_;  // its own lock is not used
};

}  // namespace greenroom
