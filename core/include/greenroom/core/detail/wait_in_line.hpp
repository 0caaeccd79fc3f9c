// wait_in_line: how every primitive makes somebody wait who may not pass at once.
//
//   who comes     passes, or joins the line, under one hold of the lock; then waits
//   who serves    wins the oldest under the lock, gives it what it waited for, and resumes it when
//                 the lock is free; who was woken never touches the object again
//   who gives up  (deadline, cancellation) leaves the line under the lock, and hands on there what
//                 its leaving lets others have
//
// What is special to a primitive are the two functions that it gives: may it pass, and what follows
// from a leaving.
#pragma once

#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <mutex>

namespace greenroom::detail {

// For a primitive in which nothing follows from somebody's giving up.
struct NothingFollows {
    void operator()(Resumption&) const noexcept {}
};

// Waits in `line`, which `lock` guards and where `waiter` is listed. If it gave up it has left the
// line, and `left(served)` was called under the lock: who is added to `served` is resumed
// afterwards. If it was woken, neither the line nor the lock was touched again.
template <class Lock, class Left = NothingFollows>
Outcome wait_and_leave(Lock& lock, WaitQueue& line, WaitEntry& waiter, Deadline deadline,
                       Left left = {}) {
    const Outcome outcome = waiter.record.wait(deadline);
    if (outcome == Outcome::woken) return outcome;
    Resumption served;
    {
        const std::lock_guard held(lock);
        if (!mutant(Mutant::expired_waiter_stays_linked)) line.remove(waiter);
        if (!mutant(Mutant::give_up_without_serving)) left(served);
    }
    served.run();
    return outcome;
}

// True: `may_pass`, called under the lock, said so, or it was woken. False: the deadline came.
// Throws Cancelled. A call that may wait begins with suspension_point(), tries to pass without a
// record, and only then comes here.
template <class Lock, class MayPass, class Left = NothingFollows>
bool wait_in_line(Lock& lock, WaitQueue& line, WaitEntry& waiter, Deadline deadline,
                  MayPass may_pass, Left left = {}) {
    {
        const std::lock_guard held(lock);
        if (may_pass()) return true;
        line.add(waiter);
    }
    const Outcome outcome = wait_and_leave(lock, line, waiter, deadline, left);
    if (outcome == Outcome::cancelled) throw_cancelled();
    return outcome == Outcome::woken;
}
// Where the line's own lock is the lock.
template <class MayPass, class Left = NothingFollows>
bool wait_in_line(WaitQueue& line, WaitEntry& waiter, Deadline deadline, MayPass may_pass,
                  Left left = {}) {
    return wait_in_line(line.lock, line, waiter, deadline, may_pass, left);
}

}  // namespace greenroom::detail
