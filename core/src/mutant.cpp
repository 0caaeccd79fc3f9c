// The choice of a mutant, in the model build. Empty in every other build.
#include <greenroom/core/detail/mutant.hpp>

#if defined(GREENROOM_MODEL) && GREENROOM_MODEL

#include <cstddef>
#include <iterator>

namespace greenroom::detail {

namespace {

Mutant chosen = Mutant::none;  // one thread plays the whole model

constexpr const char* names[] = {
    "none",
    "record_decided_by_store",
    "wake_without_unlinking",
    "wake_decides_outside_lock",
    "plain_thread_forgets_recheck",
    "expired_waiter_stays_linked",
    "give_up_without_serving",
    "mutex_forgets_the_line",
    "mutex_announces_by_store",
    "semaphore_lets_overtake",
    "shared_mutex_wakes_one_reader",
    "condition_listed_after_unlock",
    "condition_notifies_who_left",
    "barrier_counts_who_left",
    "future_looks_unlocked",
    "timer_runs_though_cancelled",
    "timer_cancelled_by_look",
    "timer_added_without_wake",
    "wheel_forgets_the_far",
    "channel_passes_by_receivers",
    "channel_leaves_room_unused",
    "channel_closes_on_receivers_alone",
    "select_locks_as_written",
    "select_looks_before_listing",
    "select_leaves_its_entries",
    "bias_without_second_look",
    "bias_revoked_without_waiting",
    "mailbox_store_for_exchange",
    "mailbox_idle_without_compare",
    "mailbox_no_schedule",
    "mailbox_schedules_always",
    "receiver_is_scheduled",
    "receive_gives_up_unclaimed",
    "receiver_hears_no_close",
    "bounded_turn_looks_first",
    "bounded_line_looks_once",
    "suspend_keeps_held_back",
    "steal_without_compare",
    "pop_ignores_thief",
    "newest_opened_beside",
    "inbox_store_for_exchange",
    "park_without_last_look",
    "park_looks_first",
    "push_without_wake",
    "wake_before_push",
    "post_without_notify",
    "circle_seen_before_published",
    "circle_seen_once",
    "circle_fails_all",
    "task_joins_unseen",
    "circle_of_cancelled",
    "signal_without_poke",
    "suspend_checks_before",
    "join_looks_once",
    "join_stays_unlocked",
    "handle_forgets_the_other",
    "cancel_runs_unstarted",
    "wake_takes_cancel",
    "scope_expires_unheard",
    "inner_scope_swallows",
    "group_ends_unannounced",
    "group_cancels_waiting_only",
    "put_back_forgets",
};
static_assert(std::size(names) == static_cast<std::size_t>(Mutant::count_));

}  // namespace

void choose_mutant(Mutant which) noexcept { chosen = which; }

bool mutant(Mutant which) noexcept { return chosen == which; }

const char* mutant_name(Mutant which) noexcept { return names[static_cast<std::size_t>(which)]; }

}  // namespace greenroom::detail

#endif
