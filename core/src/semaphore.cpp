#include <greenroom/core/semaphore.hpp>

#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/wait_in_line.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <string>

namespace greenroom {

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
    return acquire_as({"semaphore", this, where}, deadline, count);
}

bool Semaphore::acquire_as(const detail::WaitReason& why, Deadline deadline, std::size_t count) {
    GREENROOM_ASSERT(count > 0);
    detail::suspension_point();
    if (try_acquire(count)) return true;
    detail::WaitRecord record{why};
    Waiter waiter{record, count};
    return detail::wait_in_line(
        waiters_, waiter, deadline, [&] { return take_free(count); },
        // What was too little for this one may do for those behind it.
        [this](detail::Resumption& served) { serve(served); });
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
    if (free_ < count) return false;
    if (waiters_.first_waiting() != nullptr && !mutant(detail::Mutant::semaphore_lets_overtake)) {
        return false;
    }
    free_ -= count;
    return true;
}

// Under the lock. The caller runs `served` after it let go of it.
void Semaphore::serve(detail::Resumption& served) noexcept {
    for (detail::WaitEntry* next = waiters_.first_waiting(); next != nullptr;) {
        detail::WaitEntry& oldest = *next;
        const std::size_t count = static_cast<Waiter&>(oldest).count;
        if (count > free_) return;
        next = oldest.next;
        if (waiters_.win(oldest)) {  // else it gave up meanwhile
            free_ -= count;
            served.add(oldest);
        }
        next = detail::WaitQueue::waiting_from(next);
    }
}

}  // namespace greenroom
