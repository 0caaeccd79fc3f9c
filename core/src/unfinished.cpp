#include <greenroom/core/detail/unfinished.hpp>

#include <mutex>

namespace greenroom::detail {

Unfinished::~Unfinished() {
    // Who waited may be here before the one that woke it has let go of the lock.
    const std::lock_guard held(waiters_.lock);
}

void Unfinished::add() noexcept {
    const std::lock_guard held(waiters_.lock);
    ++count_;
}

bool Unfinished::subtract(std::size_t count) noexcept {
    Resumption woken;
    {
        const std::lock_guard held(waiters_.lock);
        if (count > count_) return false;
        count_ -= count;
        while (WaitEntry* const first = count_ == 0 ? waiters_.first_waiting() : nullptr) {
            if (waiters_.win(*first)) woken.add(*first);
        }
    }
    woken.run();
    return true;
}

std::size_t Unfinished::count() const noexcept {
    const std::lock_guard held(waiters_.lock);
    return count_;
}

bool Unfinished::wait_before(Deadline deadline, Where where) {
    suspension_point();
    WaitRecord record{{"work queue", this, where}};
    WaitEntry entry{record};
    std::unique_lock held(waiters_.lock);
    if (count_ == 0) return true;
    waiters_.add(entry);
    held.unlock();
    const Outcome outcome = record.wait(deadline);
    if (outcome == Outcome::woken) return true;
    held.lock();
    waiters_.remove(entry);
    held.unlock();
    if (outcome == Outcome::cancelled) throw_cancelled();
    return false;
}

}  // namespace greenroom::detail
