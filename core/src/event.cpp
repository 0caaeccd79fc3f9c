#include <greenroom/core/event.hpp>

#include <greenroom/core/detail/wait_in_line.hpp>
#include <mutex>

namespace greenroom {

Event::~Event() {
    // Whoever passed because it saw the event set may be here before set() let go of the lock.
    const std::lock_guard held(waiters_.lock);
}

void Event::set() noexcept {
    detail::Resumption woken;
    {
        const std::lock_guard held(waiters_.lock);
        if (reset_ == Reset::manual) {
            woken.add_all(waiters_);
        } else if (detail::WaitEntry* const oldest = waiters_.win_first()) {
            woken.add(*oldest);
        }
        // release: pairs with the acquire in is_set().
        if (reset_ == Reset::manual || woken.empty()) set_.store(true, std::memory_order_release);
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
    // A set() that met only waiters that had given up has left the event set: nobody is forgotten.
    return detail::wait_in_line(waiters_, entry, deadline, [this] { return take_set(); });
}

bool Event::try_wait() noexcept {
    if (!is_set()) return false;
    if (reset_ == Reset::manual) return true;
    const std::lock_guard held(waiters_.lock);
    return take_set();
}

bool Event::take_set() noexcept {
    // relaxed, both: the lock orders them.
    if (!set_.load(std::memory_order_relaxed)) return false;
    if (reset_ == Reset::automatic) set_.store(false, std::memory_order_relaxed);
    return true;
}

}  // namespace greenroom
