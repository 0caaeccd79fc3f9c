// ConditionVariable: waits until something that a Mutex guards has become true.
//
//   Mutex mutex;
//   ConditionVariable changed{mutex};
//   ...
//   const Lock held{mutex};
//   changed.wait([&] { return !jobs.empty(); });
//
// It belongs to one mutex, so that nobody can wait with another. A wait lets go of it, and has it
// again when it returns or throws. Whoever waits was notified and by nobody else's mistake: there
// are no spurious wake-ups. But another may have had the mutex in between: hence the forms with a
// condition, which look again.
//
// Threads       Every member is safe from any fiber and any plain thread that has the mutex; who
//               does not have it gets Error(operation_not_permitted).
// Ordering      As of the mutex. Waiters are notified in order of arrival.
// Lifetime      Destroying one that has waiters is a bug and aborts.
// Cancellation  Waits are suspension points. Who is cancelled takes the mutex first and throws
//               then; a notification that meets it goes to the next. Who was notified first takes
//               the mutex, returns, and hears of the cancellation at its next suspension point.
// Errors        A wait throws StacksExhausted if its worker has no stack left to go on with; then
//               the mutex was not let go. It takes the mutex back with the stack that the worker
//               used meanwhile; only if that was of a larger class may it throw then, too, and
//               without the mutex.
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

class ConditionVariable {
public:
    // `mutex` outlives it.
    explicit ConditionVariable(Mutex& mutex) noexcept : mutex_{mutex} {}
    ~ConditionVariable();
    ConditionVariable(const ConditionVariable&) = delete;
    ConditionVariable& operator=(const ConditionVariable&) = delete;

    // Until it is notified. A dump shows `where`.
    void wait(Where where = Where::here());
    // False if it was not notified by the deadline.
    [[nodiscard]] bool wait_before(Deadline deadline, Where where = Where::here());

    // Until `condition()`, which is called with the mutex, is true; returns what it returned.
    template <class Condition>
    auto wait(Condition condition, Where where = Where::here()) {
        return wait_before(Deadline::never(), condition, where);
    }
    // What `condition()` returned, which is false (or converts to it) if it was not true by the
    // deadline.
    template <class Condition>
    [[nodiscard]] auto wait_before(Deadline deadline, Condition condition,
                                   Where where = Where::here()) {
        for (;;) {
            auto holds = condition();
            if (holds) return holds;
            if (!wait_before(deadline, where)) return condition();
        }
    }

    // Wakes the oldest waiter, if there is one; it goes on when it has the mutex.
    void notify_one() { notify(1); }
    // The `count` oldest.
    void notify(std::size_t count);
    void notify_all();

private:
    void require_mutex(const char* call) const;
    void take_back(Where where);
    detail::WaitEntry* win_oldest() noexcept;  // under the line's lock

    Mutex& mutex_;
    detail::WaitQueue waiters_;
};

}  // namespace greenroom
