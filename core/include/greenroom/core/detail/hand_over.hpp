// HandOver: who waits to be handed an item, or to be rid of one, at a channel or what is like one.
//
// The item moves under the lock of the channel, by the hand of the one that won the waiter's
// record. The waiter is resumed when the lock is free, and finds the item in its own frame, or its
// own item gone.
// Nothing else is listed in the lines of such an object: who wins an entry there casts it to this.
#pragma once

#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_in_line.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <mutex>

namespace greenroom::detail {

struct HandOver : WaitEntry {
    enum class Step { done, closed, expired, must_wait };

    HandOver(WaitRecord& waits, void* its_item) noexcept : WaitEntry{waits}, item{its_item} {}

    // Waits in `line`. `held` is the lock; it is free on return. done: served. Throws Cancelled.
    template <class Lock>
    Step wait_in(WaitQueue& line, Deadline deadline, std::unique_lock<Lock>& held) {
        line.add(*this);
        held.unlock();
        const Outcome outcome = wait_and_leave(*held.mutex(), line, *this, deadline);
        if (outcome == Outcome::woken) return served ? Step::done : Step::closed;
        if (outcome == Outcome::cancelled) throw_cancelled();
        return Step::expired;
    }

    void* const item;     // what it has, or the place for what it gets
    bool served = false;  // its item was moved; written by the one that won the record
};

}  // namespace greenroom::detail
