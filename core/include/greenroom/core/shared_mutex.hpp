// SharedMutex: for data that many read and few change: one writer, or any number of readers.
//
// All wait in one line and are let in by order of arrival, readers that stand next to each other
// together. A reader that comes while a writer waits queues behind it, so neither kind starves.
// Hence a reader must not lock it again while it reads: with a writer in between, both would wait
// for ever.
//
// Threads       Every member is safe from any fiber and from any plain thread.
// Ordering      What was written before an unlock is visible to whoever locks it after that.
// Lifetime      Who has unlocked it last may destroy it, even before the unlock that let it in has
//               returned. Destroying one that is held or waited for is a bug and aborts.
// Cancellation  All calls that lock, but for try_, are suspension points: in a cancelled fiber they
//               throw Cancelled, also when it is free, and it is not taken then. If its turn and a
//               cancellation meet, one wins: who was let in is in, and hears of the cancellation at
//               its next suspension point.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/lock.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

class SharedMutex {
public:
    SharedMutex() noexcept = default;
    ~SharedMutex();
    SharedMutex(const SharedMutex&) = delete;
    SharedMutex& operator=(const SharedMutex&) = delete;

    // For one who changes the data. Throws Error(resource_deadlock_would_occur) if the caller has
    // it already. A dump shows `where`.
    void lock(Where where = Where::here());
    // Gives up at `deadline`; one in the past still takes what is free.
    [[nodiscard]] bool lock_before(Deadline deadline, Where where = Where::here());
    // Takes it if it is free and overtakes nobody. Never waits.
    [[nodiscard]] bool try_lock() noexcept;
    // Throws Error(operation_not_permitted), and changes nothing, if the caller does not have it.
    void unlock();

    // The same for those who only read. unlock_shared() throws if nobody reads; which of them
    // calls, it does not know.
    void lock_shared(Where where = Where::here());
    [[nodiscard]] bool lock_shared_before(Deadline deadline, Where where = Where::here());
    [[nodiscard]] bool try_lock_shared() noexcept;
    void unlock_shared();

private:
    enum class As { reader, writer };
    struct Waiter;

    bool enter_before(As as, Deadline deadline, Where where);
    bool try_enter(As as) noexcept;
    bool has_room(As as) const noexcept;
    bool enter_in_turn(As as, std::uintptr_t caller) noexcept;
    void enter(As as, std::uintptr_t caller) noexcept;
    void let_in(detail::Resumption& entered) noexcept;

    // The queue's own spinlock guards all.
    detail::WaitQueue waiters_;
    std::uintptr_t writer_ = 0;  // its identity, or 0
    std::size_t readers_ = 0;    // 0 while there is a writer
};

}  // namespace greenroom
