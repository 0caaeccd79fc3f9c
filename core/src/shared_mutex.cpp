#include <greenroom/core/shared_mutex.hpp>

#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/wait_in_line.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>

#include "caller_identity.hpp"

namespace greenroom {

using detail::caller_identity;

namespace {

[[noreturn]] void refuse(std::errc kind, const char* story) {
    throw Error{std::make_error_code(kind), story};
}

}  // namespace

struct SharedMutex::Waiter : detail::WaitEntry {
    Waiter(detail::WaitRecord& waits, As how, std::uintptr_t its_identity) noexcept
        : WaitEntry{waits}, as{how}, identity{its_identity} {}

    const As as;
    const std::uintptr_t identity;
};

SharedMutex::~SharedMutex() {
    // Who let the caller in has let go of the lock before it resumed it; who left before the caller
    // came may still be about to.
    const std::lock_guard held(waiters_.lock);
    GREENROOM_ASSERT(writer_ == 0);
    GREENROOM_ASSERT(readers_ == 0);
}

void SharedMutex::lock(Where where) { (void)lock_before(Deadline::never(), where); }

bool SharedMutex::lock_before(Deadline deadline, Where where) {
    return enter_before(As::writer, deadline, where);
}

bool SharedMutex::try_lock() noexcept { return try_enter(As::writer); }

void SharedMutex::lock_shared(Where where) { (void)lock_shared_before(Deadline::never(), where); }

bool SharedMutex::lock_shared_before(Deadline deadline, Where where) {
    return enter_before(As::reader, deadline, where);
}

bool SharedMutex::try_lock_shared() noexcept { return try_enter(As::reader); }

void SharedMutex::unlock() {
    detail::Resumption entered;
    {
        const std::lock_guard held(waiters_.lock);
        if (writer_ != caller_identity()) {
            refuse(std::errc::operation_not_permitted, "unlock: the caller does not have it");
        }
        writer_ = 0;
        let_in(entered);
    }
    entered.run();
}

void SharedMutex::unlock_shared() {
    detail::Resumption entered;
    {
        const std::lock_guard held(waiters_.lock);
        if (readers_ == 0) {
            refuse(std::errc::operation_not_permitted, "unlock_shared: nobody reads");
        }
        --readers_;
        let_in(entered);
    }
    entered.run();
}

bool SharedMutex::enter_before(As as, Deadline deadline, Where where) {
    detail::suspension_point();
    if (try_enter(as)) return true;
    const std::uintptr_t caller = caller_identity();
    detail::WaitRecord record{
        {as == As::writer ? "shared mutex" : "shared mutex, to read", this, where}};
    Waiter waiter{record, as, caller};
    return detail::wait_in_line(
        waiters_, waiter, deadline,
        [&] {
            if (writer_ == caller) {
                refuse(std::errc::resource_deadlock_would_occur,
                       "lock: the caller has this mutex already");
            }
            return enter_in_turn(as, caller);
        },
        // A writer that leaves may have stood between readers.
        [this](detail::Resumption& entered) { let_in(entered); });
}

bool SharedMutex::try_enter(As as) noexcept {
    const std::lock_guard held(waiters_.lock);
    return enter_in_turn(as, caller_identity());
}

// Under the lock, as all below.
bool SharedMutex::enter_in_turn(As as, std::uintptr_t caller) noexcept {
    if (!has_room(as) || waiters_.first_waiting() != nullptr) return false;
    enter(as, caller);
    return true;
}

bool SharedMutex::has_room(As as) const noexcept {
    return writer_ == 0 && (as == As::reader || readers_ == 0);
}

void SharedMutex::enter(As as, std::uintptr_t caller) noexcept {
    if (as == As::reader) {
        ++readers_;
    } else {
        writer_ = caller;
    }
}

void SharedMutex::let_in(detail::Resumption& entered) noexcept {
    for (detail::WaitEntry* next = waiters_.first_waiting(); next != nullptr;) {
        Waiter& oldest = *static_cast<Waiter*>(next);
        if (!has_room(oldest.as)) return;
        next = oldest.next;
        if (waiters_.win(oldest)) {  // else it gave up meanwhile
            enter(oldest.as, oldest.identity);
            entered.add(oldest);
            if (mutant(detail::Mutant::shared_mutex_wakes_one_reader)) return;
        }
        next = detail::WaitQueue::waiting_from(next);
    }
}

}  // namespace greenroom
