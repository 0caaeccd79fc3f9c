// WaitRecord: one wait of one fiber or plain thread, held by the one that waits.
//
//   waiting --decide--> woken       a waker: any thread, holding the lock of the object waited for
//   waiting --decide--> cancelled   a fiber's home worker, or the plain thread: by a scope's end;
//                                   of an ask, by any thread that finds it in a circle
//   waiting --decide--> expired     a fiber's home worker, or the plain thread itself
//
// It is the only way to wait. Who waits makes a record, lists it where wakers look (a WaitQueue, or
// a message that will be answered), lets go of the object's lock, and calls wait(). A fiber lists
// its record before it switches out. No waker can come too early: the fiber returns by its home
// inbox, and that worker cannot read the inbox before the switch has ended.
//
// Ordering  What a waker of a WaitQueue reads here came to it by the lock. What the winner leaves
//           for the waiter is published by resume(). decide() itself is acq_rel for the case
//           without a lock, a message answered to one asker: who loses may free the memory at once,
//           so the winner's earlier accesses must come before the loser's look.
// Lifetime  The record dies when the waiter returns, so nobody may touch it by then.
//           - A waker that wins unlinks it under the lock. The waiter does not return before that
//             waker's last touch, which is resume().
//           - A waker that loses leaves it linked. The waiter takes the lock of every list that
//             still holds it, to unlink itself, and so comes after that waker.
//           - A fiber's deadline and canceller run on its worker, hence never beside it, and it
//             takes both back before it returns.
#pragma once

#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/detail/thread_token.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom::detail {

class Fiber;
class PlainThread;
class Worker;

enum class Outcome : std::uint32_t { waiting, woken, cancelled, expired };

// What a dump says of a wait.
struct WaitReason {
    const char* kind;    // "semaphore": a string literal
    const void* object;  // what is waited for, or null
    Where where;
};

class WaitRecord {
public:
    // One wait may be listed where several wakers look that know nothing of each other: select's.
    enum class Listed : bool { once, in_several };

    // Of the calling fiber or plain thread.
    // Throws StacksExhausted if the worker has no stack left to go on with while this fiber waits.
    // Inlined, so that the reason is written in its place: a copy would wait for its parts.
    explicit WaitRecord(const WaitReason& reason, Listed listed = Listed::once)
        : WaitRecord{reason, thread_token(), listed} {}
    // For who has asked for its token already.
    WaitRecord(const WaitReason& reason, ThreadToken thread, Listed listed = Listed::once)
        : why_{reason.kind, reason.object, reason.where},
          waiter_{whoever_runs(thread)},
          listed_once_{listed == Listed::once} {}
    ~WaitRecord() = default;
    WaitRecord(const WaitRecord&) = delete;
    WaitRecord& operator=(const WaitRecord&) = delete;

    // Suspends the fiber, or blocks the plain thread, until the record is decided, by `deadline` at
    // the latest. Called once, by the one that made the record.
    Outcome wait(Deadline deadline);
    // The same where the deadline is a guard, hardly ever met: it costs next to nothing then. In
    // the order of what expires at one tick it may come late.
    Outcome wait_guarded(Deadline deadline);

    // True for the one call that ends the wait: its caller then resumes the waiter, if it is not
    // the waiter itself. False: somebody else does.
    [[nodiscard]] bool decide(Outcome ending) noexcept {
        if (mutant(Mutant::record_decided_by_store)) return decide_wrongly(ending);
        Outcome seen = Outcome::waiting;
        // acq_rel and acquire: the partner is the other decide(). See Ordering.
        return state_.compare_exchange_strong(seen, ending, std::memory_order_acq_rel,
                                              std::memory_order_acquire);
    }

    // By what ends the wait of a fiber before its time, on its worker.
    void end_early(Outcome ending) noexcept;

    // decide(woken), by a waker that holds the lock of the queue where it found the record; so the
    // fiber is there. Of one that is listed once no other waker can decide meanwhile: it has not
    // the lock. So on the waiter's own worker, where alone else it is decided, no exchange is
    // needed.
    [[nodiscard]] bool decide_woken() noexcept;
    // For who knows its worker, or has none: null.
    [[nodiscard]] bool decide_woken(const Worker* here) noexcept;

    // The winner's last touch: the record may be gone before this returns. Hence the inbox's link
    // is in the Fiber, and the word that a thread sleeps on in its PlainThread.
    void resume() noexcept;

    // acquire: pairs with decide(). For wakers, who meet records decided and still linked, and for
    // the waiter after it was resumed: if it returned on this alone, its waker would hold a dead
    // record.
    Outcome outcome() const noexcept { return state_.load(std::memory_order_acquire); }

    const WaitReason& why() const noexcept { return why_; }

private:
    // One of them is set.
    struct Waiter {
        Fiber* fiber;
        PlainThread* thread;
    };

    static Waiter whoever_runs(ThreadToken thread);
    static Waiter here_with_new_spare(Worker& worker);
    // Or on its own worker, but decided by an exchange.
    static void resume_from_elsewhere(Fiber& fiber) noexcept;
    bool decide_wrongly(Outcome ending) noexcept;

    const WaitReason why_;
    const Waiter waiter_;
    const bool listed_once_;
    bool woken_at_home_ = false;  // by the winner, for its resume()
    Atomic<Outcome> state_{Outcome::waiting};
};

// For who makes its record under a lock: true if that maps no stack, and thus is short and cannot
// fail. Else prepare_to_wait(), without the lock, and look again; it throws StacksExhausted.
bool may_wait_at_once(ThreadToken self) noexcept;
void prepare_to_wait();

// Throws Cancelled if a cancellation of the calling fiber is due. Every call that may wait begins
// with it, ready or not: so a fiber that only ever meets what is ready still lets others run, now
// and then (Worker::spend_budget). In a plain thread it does nothing.
// Returns thread_token(), which the call's lock is likely to ask for.
ThreadToken suspension_point();
// The same without letting others run: for calls that never suspend.
void cancellation_point();

// What a wait that ended with `cancelled` does last: takes the request and throws Cancelled.
[[noreturn]] void throw_cancelled();

}  // namespace greenroom::detail
