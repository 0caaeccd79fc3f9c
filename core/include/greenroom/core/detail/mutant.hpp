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
    // Synchronisation
    mutex_forgets_the_line,         // a hand-over leaves no mark of those who wait behind
    mutex_announces_by_store,       // who joins the line overwrites what the owner has changed
    semaphore_lets_overtake,        // free permits go to who comes, past who waits
    shared_mutex_wakes_one_reader,  // readers behind the first stay in line
    condition_listed_after_unlock,  // a wait lets go of the mutex, and joins the line only then
    condition_notifies_who_left,    // a notification is spent on one that had given up
    barrier_counts_who_left,        // one that gave up counts as arrived
    future_looks_unlocked,          // a continuation is listed by a look that is old by then
    // Timers
    timer_runs_though_cancelled,  // a due timer runs without looking whether it was cancelled
    timer_cancelled_by_look,      // a cancellation looks and stores, and what ran is "cancelled"
    timer_added_without_wake,     // a timer from outside does not wake the worker that sleeps
    wheel_forgets_the_far,        // a worker sleeps on past timers that were not near
    // Channel and select
    channel_passes_by_receivers,        // a send fills the buffer though a receiver waits
    channel_leaves_room_unused,         // a receive makes room and serves no sender
    channel_closes_on_receivers_alone,  // close() wakes no sender
    select_locks_as_written,            // and not in the one order of all
    select_looks_before_listing,        // lets go of the locks between looking and listing
    select_leaves_its_entries,          // in the lines of the cases that were not chosen
    bias_without_second_look,           // the owner enters though it was revoked meanwhile
    bias_revoked_without_waiting,       // who revokes enters though the owner is inside
    // Mailbox
    mailbox_store_for_exchange,    // take() loads and stores, and loses what came between
    mailbox_idle_without_compare,  // goes idle though a message has come
    mailbox_no_schedule,           // a push that found it idle does not schedule the cell
    mailbox_schedules_always,      // each push schedules: one actor on two workers
    receiver_is_scheduled,         // who sends to an actor that receives schedules it
    receive_gives_up_unclaimed,    // and leaves the mailbox idle, while it goes on with its turn
    receiver_hears_no_close,       // the mailbox is closed, and who waits at it is not woken
    bounded_turn_looks_first,      // for who waits, and says only then that it made room
    bounded_line_looks_once,       // who lines up does not look again once the turn is told
    suspend_keeps_held_back,       // a handler suspends, and what its turn holds back is not let go
    // Run queue and inbox
    steal_without_compare,  // a thief stores the head instead of comparing
    pop_ignores_thief,      // the owner takes an entry without looking for a thief
    newest_opened_beside,   // the monitor opens the newest slot though its owner is at it
    inbox_store_for_exchange,
    // Parking
    park_without_last_look,  // no second look between "I sleep" and sleeping
    park_looks_first,        // looks, and says only then that it sleeps
    push_without_wake,       // a push from outside wakes nobody
    wake_before_push,        // wakes, and pushes only then
    post_without_notify,     // leaves a node in the inbox of a worker that sleeps on
    // Circles of asks
    circle_seen_before_published,  // who waits looks along the others and is not seen by them
    circle_seen_once,              // a walk does not look whether the waits it saw still last
    circle_fails_all,              // each that has seen a circle fails, not the first alone
    task_joins_unseen,             // who begins to wait for its tasks does not look what they ask
    circle_of_cancelled,           // what a cancelled task asks goes on to count
    // Signals
    signal_without_poke,    // sets the bit, and schedules nothing
    suspend_checks_before,  // looks for signals before it says where it is suspended
    // Tasks, scopes, groups
    join_looks_once,             // a joiner does not look again under the lock before it waits
    join_stays_unlocked,         // who gives up a join without the lock leaves the mark of it
    handle_forgets_the_other,    // of a task that was joined where it ended, one reference stays
    cancel_runs_unstarted,       // a task that was cancelled before it started runs all the same
    wake_takes_cancel,           // who was woken forgets a cancellation that came meanwhile
    scope_expires_unheard,       // a scope's deadline ends no wait
    inner_scope_swallows,        // an inner scope reports what an outer one has asked for
    group_ends_unannounced,      // the last task of a group does not wake its owner
    group_cancels_waiting_only,  // and spares those that have not started
    put_back_forgets,            // a cancellation that gave way to an error is not put back
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
