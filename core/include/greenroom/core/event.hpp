// Event: something that happens, and those who wait for it.
//
// A manual event stays set until clear(), and lets everybody pass. An automatic one lets one pass
// for each set(): the oldest waiter, or, if nobody waits, the first who comes. Several sets while
// nobody waits let one pass.
//
// Threads       Every member is safe from any fiber and from any plain thread.
// Ordering      What was written before set() is visible after the wait that it ends, and after an
//               is_set() that saw it.
// Lifetime      Whoever was let pass may destroy the event, even before that set() has returned.
//               Destroying one that has waiters is a bug and aborts.
// Cancellation  wait and wait_before are suspension points. If the event and a cancellation meet,
//               one wins: who was woken returns, and hears of the cancellation at its next
//               suspension point; who was cancelled has taken nothing from an automatic event.
// Errors        A call that has to wait throws StacksExhausted if its worker has no stack left to
//               go on with; then nothing was taken.
// Limits        set() wakes all who wait, under a lock that others spin on meanwhile: the time
//               grows with their number.
#pragma once

#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

namespace detail {
struct SelectAccess;
}

class Event {
public:
    enum class Reset { manual, automatic };

    explicit Event(Reset reset = Reset::manual) noexcept : reset_{reset} {}
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    // Wakes who waits now, all of them or the oldest; even if clear() comes before they run.
    // Setting one that is set changes nothing.
    void set() noexcept;
    void clear() noexcept;

    // Returns once the event is set. A dump shows `where`.
    void wait(Where where = Where::here());
    // False if it was not set by the deadline; one in the past still sees an event that is set.
    [[nodiscard]] bool wait_before(Deadline deadline, Where where = Where::here());
    // True if wait() would return at once; an automatic event is then taken. Never waits.
    [[nodiscard]] bool try_wait() noexcept;

    // A look that takes nothing.
    [[nodiscard]] bool is_set() const noexcept {
        return set_.load(std::memory_order_acquire);  // acquire: pairs with the release in set()
    }

private:
    friend struct detail::SelectAccess;

    bool take_set() noexcept;  // under the lock

    const Reset reset_;
    // Written under the queue's lock. Set only while nobody waits.
    detail::Atomic<bool> set_{false};
    detail::WaitQueue waiters_;
};

}  // namespace greenroom
