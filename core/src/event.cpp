#include <greenroom/core/event.hpp>

#include <mutex>

namespace greenroom {

using detail::Outcome;

Event::~Event() {
    // Whoever passed because it saw the event set may be here before set() let go of the lock.
    const std::lock_guard held(waiters_.lock);
}

void Event::set() noexcept {
    detail::Resumption woken;
    {
        const std::lock_guard held(waiters_.lock);
        bool taken = false;
        while (detail::WaitEntry* const first = taken ? nullptr : waiters_.first_waiting()) {
            if (!waiters_.win(*first)) continue;  // it gave up meanwhile
            woken.add(*first);
            taken = reset_ == Reset::automatic;
        }
        // release: pairs with the acquire in is_set().
        if (!taken) set_.store(true, std::memory_order_release);
    }
    woken.run();
}

void Event::clear() noexcept {
    const std::lock_guard held(waiters_.lock);
    // relaxed: a clear publishes nothing; the lock orders it with set().
    set_.store(false, std::memory_order_relaxed);
}

void Event::wait(Where where) { (void)wait_before(Deadline::never(), where); }

bool Event::wait_before(Deadline deadline, Where where) {
    detail::suspension_point();
    if (try_wait()) return true;
    detail::WaitRecord record{{"event", this, where}};
    detail::WaitEntry entry{record};
    std::unique_lock held(waiters_.lock);
    if (take_set()) return true;
    waiters_.add(entry);
    held.unlock();
    const Outcome outcome = record.wait(deadline);
    if (outcome == Outcome::woken) return true;
    // A set() that met only waiters that had given up has left the event set: nobody is forgotten.
    held.lock();
    if (!mutant(detail::Mutant::expired_waiter_stays_linked)) waiters_.remove(entry);
    held.unlock();
    if (outcome == Outcome::cancelled) detail::throw_cancelled();
    return false;
}

bool Event::try_wait() noexcept {
    if (!is_set()) return false;
    if (reset_ == Reset::manual) return true;
    const std::lock_guard held(waiters_.lock);
    return take_set();
}

// Under the lock.
bool Event::take_set() noexcept {
    // relaxed, both: the lock orders them.
    if (!set_.load(std::memory_order_relaxed)) return false;
    if (reset_ == Reset::automatic) set_.store(false, std::memory_order_relaxed);
    return true;
}

}  // namespace greenroom
