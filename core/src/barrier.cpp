#include <greenroom/core/barrier.hpp>

#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/wait_in_line.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>

namespace greenroom {

using detail::Outcome;

// How a round ends for one who waits is written under the lock, and counts, whatever its record
// says: of one that has given up and is yet to take the lock it cannot be said that it was not
// there, when the others already go on as if it had been.
struct Barrier::Waiter : detail::WaitEntry {
    using WaitEntry::WaitEntry;

    std::size_t place = 0;
    End end = End::none;
};

Barrier::Barrier(std::size_t parties) noexcept : parties_{parties} {
    GREENROOM_ASSERT(parties > 0);
}

Barrier::~Barrier() {
    const std::lock_guard held(waiters_.lock);
    GREENROOM_ASSERT(waiters_.empty());
}

std::size_t Barrier::arrive_and_wait(Where where) {
    return *arrive_before(Deadline::never(), where);
}

std::optional<std::size_t> Barrier::arrive_before(Deadline deadline, Where where) {
    detail::suspension_point();
    detail::WaitRecord record{{"barrier", this, where}};
    Waiter waiter{record};
    Outcome outcome = Outcome::woken;
    if (joins_line(waiter)) {
        outcome = detail::wait_and_leave(
            waiters_.lock, waiters_, waiter, deadline, [&](detail::Resumption&) {
                const bool counts = mutant(detail::Mutant::barrier_counts_who_left);
                if (waiter.end == End::none && !counts) --arrived_;
            });
    }
    if (waiter.end == End::passed) return waiter.place;
    if (waiter.end == End::broken) throw Error{Errc::broken, "the barrier was broken"};
    if (outcome == Outcome::cancelled) detail::throw_cancelled();
    return std::nullopt;
}

// False: `waiter` need not wait, since its round has ended.
bool Barrier::joins_line(Waiter& waiter) noexcept {
    detail::Resumption released;
    bool joins = false;
    {
        const std::lock_guard held(waiters_.lock);
        if (broken_) {
            waiter.end = End::broken;
        } else if (++arrived_ == parties_) {
            waiter.place = parties_ - 1;
            waiter.end = End::passed;
            end_round(End::passed, released);
        } else {
            waiters_.add(waiter);
            joins = true;
        }
    }
    released.run();
    return joins;
}

// Under the lock.
void Barrier::end_round(End end, detail::Resumption& released) noexcept {
    for (std::size_t place = 0; detail::WaitEntry* const first = waiters_.first(); ++place) {
        Waiter& waiter = *static_cast<Waiter*>(first);
        waiter.place = place;
        waiter.end = end;
        if (waiters_.win(waiter)) {
            released.add(waiter);
        } else {
            waiters_.remove(waiter);  // it has given up; it looks at its end when it has the lock
        }
    }
    arrived_ = 0;
}

void Barrier::reset() noexcept { break_round(false); }

void Barrier::abort() noexcept { break_round(true); }

void Barrier::break_round(bool stays_broken) noexcept {
    detail::Resumption released;
    {
        const std::lock_guard held(waiters_.lock);
        broken_ = stays_broken;
        end_round(End::broken, released);
    }
    released.run();
}

bool Barrier::broken() const noexcept {
    const std::lock_guard held(waiters_.lock);
    return broken_;
}

std::size_t Barrier::arrived() const noexcept {
    const std::lock_guard held(waiters_.lock);
    return arrived_;
}

}  // namespace greenroom
