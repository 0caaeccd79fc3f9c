// Mutants: deliberate faults of the lock-free protocols, to show that the model tests catch them.
//
// mutant(x) is false, and known to be at compile time, in every build but the model build, where a
// test chooses one fault at run time. Each stands at the place that it breaks.
#pragma once

namespace greenroom::detail {

enum class Mutant {
    none,
    // Waiting
    record_decided_by_store,       // decide() stores instead of comparing: two endings win
    wake_without_unlinking,        // a waker that won leaves the entry in the queue
    wake_decides_outside_lock,     // the waker decides after it let go of the object's lock
    plain_thread_forgets_recheck,  // block() returns without looking at its word again
    expired_waiter_stays_linked,   // who gives up does not unlink itself
    give_up_without_serving,       // who gives up does not serve the line behind it
    // Mailbox
    mailbox_store_for_exchange,    // take() loads and stores, and loses what came between
    mailbox_idle_without_compare,  // goes idle though a message has come
    mailbox_no_schedule,           // a push that found it idle does not schedule the cell
    mailbox_schedules_always,      // each push schedules: one actor on two workers
    // Run queue and inbox
    steal_without_compare,  // a thief stores the head instead of comparing
    pop_ignores_thief,      // the owner takes an entry without looking for a thief
    inbox_store_for_exchange,
    // Parking
    park_without_last_look,  // no second look between "I sleep" and sleeping
    park_looks_first,        // looks, and says only then that it sleeps
    push_without_wake,       // a push from outside wakes nobody
    wake_before_push,        // wakes, and pushes only then
    post_without_notify,     // leaves a node in the inbox of a worker that sleeps on
    // Signals
    signal_without_poke,    // sets the bit, and schedules nothing
    suspend_checks_before,  // looks for signals before it says where it is suspended
    count_,
};

#if defined(GREENROOM_MODEL) && GREENROOM_MODEL

// Chosen by a test before it starts its machine.
void choose_mutant(Mutant chosen) noexcept;
bool mutant(Mutant which) noexcept;
const char* mutant_name(Mutant which) noexcept;

#else

constexpr bool mutant(Mutant) noexcept { return false; }

#endif

}  // namespace greenroom::detail
