#include <greenroom/core/condition_variable.hpp>

#include <cstdint>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/wait_in_line.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <string>

namespace greenroom {

using detail::Mutant;
using detail::Outcome;

ConditionVariable::~ConditionVariable() {
    // Who notified the caller may be about to let go of the lock.
    const std::lock_guard held(waiters_.lock);
}

void ConditionVariable::wait(Where where) { (void)wait_before(Deadline::never(), where); }

bool ConditionVariable::wait_before(Deadline deadline, Where where) {
    require_mutex("wait");
    detail::suspension_point();
    detail::WaitRecord record{{"condition variable", this, where}};
    detail::WaitEntry waiter{record};
    // Listed while it still has the mutex: whoever has it next finds the waiter.
    if (mutant(Mutant::condition_listed_after_unlock)) mutex_.unlock();
    {
        const std::lock_guard held(waiters_.lock);
        waiters_.add(waiter);
    }
    if (!mutant(Mutant::condition_listed_after_unlock)) mutex_.unlock();
    const Outcome outcome = detail::wait_and_leave(waiters_.lock, waiters_, waiter, deadline);
    take_back(where);
    if (outcome == Outcome::cancelled) detail::throw_cancelled();
    return outcome == Outcome::woken;
}

// Whatever the wait ended by, the caller counts on having the mutex.
void ConditionVariable::take_back(Where where) {
    const CancellationMask mask;
    mutex_.lock(where);
}

void ConditionVariable::notify(std::size_t count) {
    require_mutex("notify");
    detail::Resumption notified;
    {
        const std::lock_guard held(waiters_.lock);
        for (; count > 0; --count) {
            detail::WaitEntry* const oldest = win_oldest();
            if (oldest == nullptr) break;
            notified.add(*oldest);
        }
    }
    notified.run();
}

detail::WaitEntry* ConditionVariable::win_oldest() noexcept {
    if (!mutant(Mutant::condition_notifies_who_left)) return waiters_.win_first();
    detail::WaitEntry* const first = waiters_.first();
    return first != nullptr && waiters_.win(*first) ? first : nullptr;
}

void ConditionVariable::notify_all() { notify(SIZE_MAX); }

void ConditionVariable::require_mutex(const char* call) const {
    if (mutex_.held_by_caller()) return;
    throw Error{std::make_error_code(std::errc::operation_not_permitted),
                std::string{call} + ": the caller does not have the condition variable's mutex"};
}

}  // namespace greenroom
