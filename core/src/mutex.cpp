#include <greenroom/core/mutex.hpp>

#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/wait_in_line.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>

#include "caller_identity.hpp"

namespace greenroom {

using detail::caller_identity;
using detail::Mutant;

namespace {

constexpr std::uintptr_t in_line = 1;

[[noreturn]] void refuse(std::errc kind, const char* story) {
    throw Error{std::make_error_code(kind), story};
}

}  // namespace

struct Mutex::Waiter : detail::WaitEntry {
    Waiter(detail::WaitRecord& waits, std::uintptr_t its_identity) noexcept
        : WaitEntry{waits}, identity{its_identity} {}

    const std::uintptr_t identity;
};

Mutex::~Mutex() {
    // The last owner may have found it free before who freed it let go of the line.
    const std::lock_guard held(line_lock_);
    GREENROOM_ASSERT(word_.load(std::memory_order_relaxed) == 0);  // relaxed: by the lock
}

void Mutex::lock(Where where) { (void)lock_before(Deadline::never(), where); }

bool Mutex::lock_before(Deadline deadline, Where where) {
    return lock_as({"mutex", this, where}, deadline);
}

bool Mutex::lock_as(const detail::WaitReason& why, Deadline deadline) {
    detail::suspension_point();
    const std::uintptr_t caller = caller_identity();
    if (take(caller)) return true;
    // relaxed: a thread sees what it has written itself.
    if ((word_.load(std::memory_order_relaxed) & ~in_line) == caller) {
        refuse(std::errc::resource_deadlock_would_occur, "lock: the caller has this mutex already");
    }
    detail::WaitRecord record{why};
    Waiter waiter{record, caller};
    // Who is woken was written down as the owner by hand_over().
    return detail::wait_in_line(
        line_lock_, waiters_, waiter, deadline, [&] { return take_or_announce(caller); },
        [this](detail::Resumption&) { forget_the_line(); });
}

bool Mutex::try_lock() noexcept { return take(caller_identity()); }

bool Mutex::take(std::uintptr_t caller) noexcept {
    // relaxed: a look that spares the compare-exchange, which acquires.
    std::uintptr_t seen = word_.load(std::memory_order_relaxed);
    // acquire: pairs with the release in unlock() and hand_over().
    return seen == 0 && word_.compare_exchange_strong(seen, caller, std::memory_order_acquire,
                                                      std::memory_order_relaxed);
}

// Under the line's lock, when somebody has left it.
void Mutex::forget_the_line() noexcept {
    // relaxed, both: the owner either unlocks by the lock or finds the word as it left it.
    const std::uintptr_t seen = word_.load(std::memory_order_relaxed);
    if (waiters_.empty() && (seen & in_line) != 0) {
        word_.store(seen & ~in_line, std::memory_order_relaxed);
    }
}

// Under the line's lock. True: taken. False: the owner now knows that somebody is in line.
bool Mutex::take_or_announce(std::uintptr_t caller) noexcept {
    // relaxed: a guess, that the compare-exchange checks.
    std::uintptr_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
        if ((seen & in_line) != 0) return false;
        const std::uintptr_t next = seen == 0 ? caller : seen | in_line;
        if (mutant(Mutant::mutex_announces_by_store) && seen != 0) {
            word_.store(next, std::memory_order_relaxed);
            return false;
        }
        // acquire: pairs with the release in unlock() and hand_over(), if it was free.
        if (word_.compare_exchange_weak(seen, next, std::memory_order_acquire,
                                        std::memory_order_relaxed)) {
            return next == caller;
        }
    }
}

void Mutex::unlock() {
    const std::uintptr_t caller = caller_identity();
    // relaxed: the owner sees what it has written itself; who is in line is told by the lock.
    std::uintptr_t seen = word_.load(std::memory_order_relaxed);
    if ((seen & ~in_line) != caller) {
        refuse(std::errc::operation_not_permitted, "unlock: the caller does not have this mutex");
    }
    // release: pairs with the acquire in take() and take_or_announce().
    if (seen == caller && word_.compare_exchange_strong(seen, 0, std::memory_order_release,
                                                        std::memory_order_relaxed)) {
        return;
    }
    hand_over();
}

void Mutex::hand_over() noexcept {
    std::unique_lock held(line_lock_);
    detail::WaitEntry* const next = waiters_.win_first();
    std::uintptr_t word = 0;
    if (next != nullptr) word = static_cast<Waiter*>(next)->identity;
    // The bit stays for those behind, also if all have given up and are yet to unlink themselves.
    const bool forgets = mutant(Mutant::mutex_forgets_the_line);
    if (next != nullptr && !waiters_.empty() && !forgets) word |= in_line;
    // release: pairs with the acquire in take() and take_or_announce(); for `next`, resume() does.
    word_.store(word, std::memory_order_release);
    held.unlock();
    if (next != nullptr) next->record.resume();
}

bool Mutex::held_by_caller() const noexcept {
    // relaxed: a thread sees what it has written itself, and hand_over() came by resume().
    return (word_.load(std::memory_order_relaxed) & ~in_line) == caller_identity();
}

}  // namespace greenroom
