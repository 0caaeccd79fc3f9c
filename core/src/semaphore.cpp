#include <greenroom/core/semaphore.hpp>

#include <greenroom/core/assert.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <string>

namespace greenroom {

using detail::Outcome;

struct Semaphore::Waiter : detail::WaitEntry {
    Waiter(detail::WaitRecord& waits, std::size_t wants) noexcept
        : WaitEntry{waits}, count{wants} {}

    const std::size_t count;
};

Semaphore::Semaphore(std::size_t permits, std::size_t permits_max) noexcept
    : free_{permits}, permits_max_{permits_max} {
    GREENROOM_ASSERT(permits <= permits_max);
}

Semaphore::~Semaphore() {
    // Whoever served the caller has let go of the lock before it resumed it; whoever gave back what
    // the caller then found free may still be about to.
    const std::lock_guard held(waiters_.lock);
    GREENROOM_ASSERT(waiters_.empty());
}

void Semaphore::acquire(std::size_t count, Where where) {
    (void)acquire_before(Deadline::never(), count, where);
}

bool Semaphore::acquire_before(Deadline deadline, std::size_t count, Where where) {
    GREENROOM_ASSERT(count > 0);
    detail::suspension_point();
    if (try_acquire(count)) return true;
    detail::WaitRecord record{{"semaphore", this, where}};
    Waiter waiter{record, count};
    std::unique_lock held(waiters_.lock);
    if (take_free(count)) return true;
    waiters_.add(waiter);
    held.unlock();
    const Outcome outcome = record.wait(deadline);
    if (outcome == Outcome::woken) return true;
    detail::Resumption served;
    held.lock();
    if (!mutant(detail::Mutant::expired_waiter_stays_linked)) waiters_.remove(waiter);
    // What was too little for this one may do for those behind it.
    if (!mutant(detail::Mutant::give_up_without_serving)) serve(served);
    held.unlock();
    served.run();
    if (outcome == Outcome::cancelled) detail::throw_cancelled();
    return false;
}

bool Semaphore::try_acquire(std::size_t count) noexcept {
    const std::lock_guard held(waiters_.lock);
    return take_free(count);
}

void Semaphore::release(std::size_t count) {
    detail::Resumption served;
    std::unique_lock held(waiters_.lock);
    const std::size_t room = permits_max_ - free_;
    if (count <= room) {
        free_ += count;
        serve(served);
    }
    held.unlock();
    served.run();
    if (count <= room) return;
    throw Error{Errc::limit_reached, "release of " + std::to_string(count) + " permits, and only " +
                                         std::to_string(room) + " of " +
                                         std::to_string(permits_max_) + " are out"};
}

// Under the lock.
bool Semaphore::take_free(std::size_t count) noexcept {
    if (free_ < count || waiters_.first_waiting() != nullptr) return false;
    free_ -= count;
    return true;
}

// Under the lock. The caller runs `served` after it let go of it.
void Semaphore::serve(detail::Resumption& served) noexcept {
    while (detail::WaitEntry* const first = waiters_.first_waiting()) {
        const std::size_t count = static_cast<Waiter*>(first)->count;
        if (count > free_) return;
        if (!waiters_.win(*first)) continue;  // it gave up meanwhile
        free_ -= count;
        served.add(*first);
    }
}

}  // namespace greenroom
