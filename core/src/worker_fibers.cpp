// A worker's stacks: how a fiber suspends, how it goes on, and where free ones are kept.
#include <algorithm>
#include <exception>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/fields_in_use.hpp>
#include <utility>

#include "interruption.hpp"
#include "os_mutex_watch.hpp"
#include "page_size.hpp"
#include "runtime_core.hpp"
#include "this_thread.hpp"
#include "worker.hpp"

namespace greenroom::detail {

namespace {

// The deadline of one wait; on the waiter's stack, in its home worker's wheel.
struct WaitTimer : ActingTimerNode {
    WaitTimer(Worker& its_home, WaitRecord& waiter) noexcept
        : ActingTimerNode{&due_now}, home{its_home}, record{waiter} {}

    static void due_now(TimerNode& node) noexcept {
        const WaitTimer& timer = static_cast<WaitTimer&>(node);
        // A deadline may lie as far before the clock's zero as it likes.
        const TimePoint due = std::max(timer.due, TimePoint{});
        timer.home.note_timer_lag(timer.home.core().coarse_now() - due);
        timer.record.end_early(Outcome::expired);
    }

    Worker& home;
    WaitRecord& record;
};

}  // namespace

// To the next ready fiber directly, if nothing else is due; else to the loop, which alone ends a
// slice of a caller.
inline void Worker::switch_away(Fiber& self) noexcept {
    const bool runnables_wait = !newest_.looks_empty() || !ring_.looks_empty();
    if (runnables_wait) {
        steps_ |= 1;  // the loop's next step is theirs
    } else if (until_look_ > 1 && ready_.first() != nullptr && !core_.caller_driven()) {
        if (Fiber::from(*ready_.first()) == nullptr) {
            steps_ += steps_ & 1;  // a bound task that starts: the loop's next step
            return take_over(pop_spare());
        }
        --until_look_;
        // relaxed: see step().
        progress_.store(++steps_, std::memory_order_relaxed);
        Fiber& next = static_cast<Fiber&>(*ready_.take());
        if (&next != &self) take_over(next);
        return;
    }
    take_over(pop_spare());
}

Outcome Worker::suspend_until(WaitRecord& record, TimePoint due) {
    WaitTimer timer{*this, record};
    timers_.add(timer, due);
    count_timers();
    const Outcome outcome = suspend(record);
    timers_.cancel(timer);
    count_timers();
    return outcome;
}

Outcome Worker::suspend_guarded(WaitRecord& record, Deadline deadline) {
    GuardTimer& guard = current_->guard;
    if (guard.wanted = deadline.at(); !guard.is_armed() || guard.due > guard.wanted) [[unlikely]]
        arm(guard);
    const Outcome outcome = suspend(record);
    guard.wanted = TimePoint::max();
    return outcome;
}

// Apart, so that the common way has no frame.
[[gnu::noinline]] void Worker::arm(GuardTimer& guard) noexcept {
    timers_.cancel(guard);
    if (guard.wanted != TimePoint::max()) timers_.add(guard, guard.wanted);
    count_timers();
}

void Worker::guard_due(Fiber& fiber) noexcept {
    GuardTimer& guard = fiber.guard;
    const TimePoint now = core_.coarse_now();
    if (guard.wanted > now) return arm(guard);
    note_timer_lag(now - std::max(guard.wanted, TimePoint{}));
    fiber.waiting->end_early(Outcome::expired);
}

// Apart, so that the common way has no frame.
[[gnu::noinline]] Outcome Worker::suspend_with_fields(WaitRecord& record) {
    const FieldsAside others_have_their_own;
    return suspend(record);
}

Outcome Worker::suspend(WaitRecord& record) {
    if (!has_no_fields()) [[unlikely]]
        return suspend_with_fields(record);
    held_back_.before_others_run();  // and before control() may end what is held back
    Fiber& self = *current_;
    GREENROOM_ASSERT(self.activity != nullptr);  // the loop itself never waits
    Activity& activity = *self.activity;
    const char* const name = runs();
    self.waiting = &record;
    self.waiting_since = core_.coarse_now();
    activity.suspended(self);
    if (self.scopes.has_requests) end_wait_if_due(self);
    if (kills_all_) activity.signal(Activity::kill_signal);
    count(suspends_);
    {
        const OsMutexWatch watch{name, record.why()};
        switch_away(self);
        while (tracing_ != nullptr) [[unlikely]] answer_tracer(self);
    }
    begins(name);
    activity.resumed();
    self.waiting = nullptr;
    const Outcome outcome = record.outcome();
    GREENROOM_ASSERT(outcome != Outcome::waiting);
    if (mutant(Mutant::wake_takes_cancel)) activity.clear_signals(Activity::cancel_signal);
    return outcome;
}

void Worker::yield() {
    Fiber& self = *current_;
    require_spare();
    let_others_run(self);
}

// Apart, so that the common way has no frame.
[[gnu::noinline]] void Worker::let_others_run_with_fields(Fiber& self) noexcept {
    const FieldsAside others_have_their_own;
    let_others_run(self);
}

// Behind all that is ready, and all that is queued here: see run_ready().
void Worker::let_others_run(Fiber& self) noexcept {
    if (!has_no_fields()) [[unlikely]]
        return let_others_run_with_fields(self);
    held_back_.before_others_run();
    if (!newest_.looks_empty()) {
        if (Runnable* const newest = newest_.take()) push_last(*newest);
    }
    self.lets_pass = ring_.end();
    const char* const name = runs();
    make_ready(self);
    switch_away(self);
    begins(name);
}

void Worker::yield_by_budget() noexcept {
    budget_ = ready_in_a_row_max;
    const bool by_whoever_runs = std::exchange(budget_began_, steps_) == steps_;
    if ((!by_whoever_runs && !slice_is_over()) || spare_ == nullptr) return;
    // relaxed: see step().
    slice_over_.store(false, std::memory_order_relaxed);
    let_others_run(*current_);
    budget_ = ready_in_a_row_max;
    budget_began_ = steps_;
}

void Worker::run_on(StackClass stack_class, Runnable& runnable) {
    Fiber& fiber = make_fiber(stack_class);
    fiber.assigned = &runnable;
    go_on(fiber);
}

bool Worker::run_bound(StackClass stack_class, Runnable& runnable) noexcept {
    try {
        Fiber& fiber = make_fiber(stack_class);
        fiber.assigned = &runnable;
        make_ready(fiber);
        return true;
    } catch (const Error&) {
        return false;
    }
}

void Worker::destroy_retired() noexcept {
    if (retired_ != nullptr) destroy_fiber(*std::exchange(retired_, nullptr));
}

void Worker::run_assigned() noexcept {
    destroy_retired();
    Runnable* const runnable = std::exchange(current_->assigned, nullptr);
    runnable->run(*this);
    // The loop goes on on a stack of the ordinary class; this one is given back.
    if (current_->stack_class() == StackClass::standard || spare_ == nullptr) return;
    retired_ = current_;
    take_over(pop_spare());
}

void Worker::require_spare() {
    if (spare_ == nullptr) keep_spare(make_fiber(StackClass::standard));
}

bool Worker::prepare_spare() noexcept {
    if (spare_ == nullptr) {
        try {
            keep_spare(make_fiber(StackClass::standard));
        } catch (const StacksExhausted& lack) {
            // relaxed: for the words of an error.
            core_.stack_lack.store({lack.failure(), lack.kernel_error()},
                                   std::memory_order_relaxed);
            if (!std::exchange(short_of_stacks_, true)) {
                // relaxed: a flag, that orders nothing.
                core_.workers_without_spare.fetch_add(1, std::memory_order_relaxed);
            }
            return false;
        }
    }
    if (std::exchange(short_of_stacks_, false)) {
        core_.workers_without_spare.fetch_sub(1, std::memory_order_relaxed);
    }
    return true;
}

Fiber& Worker::make_fiber(StackClass stack_class) {
    Fiber& fiber = Fiber::make(*this, *stacks_.take(stack_class), &fiber_main);
    fiber.next_of_home = fibers_;
    if (fibers_ != nullptr) fibers_->previous_of_home = &fiber;
    fibers_ = &fiber;
    count(fiber_count_);
    return fiber;
}

void Worker::destroy_fiber(Fiber& fiber) noexcept {
    GREENROOM_ASSERT(fiber.waiting == nullptr);
    timers_.cancel(fiber.guard);
    (fiber.previous_of_home == nullptr ? fibers_ : fiber.previous_of_home->next_of_home) =
        fiber.next_of_home;
    if (fiber.next_of_home != nullptr)
        fiber.next_of_home->previous_of_home = fiber.previous_of_home;
    // relaxed: for stats.
    fiber_count_.fetch_sub(1, std::memory_order_relaxed);
    stacks_.give_back(fiber.destroy());
}

void Worker::post_cooling() noexcept {
    // acq_rel: the node is put again only after it was taken out; pairs with cooling_arrives().
    if (!cooling_posted_.exchange(true, std::memory_order_acq_rel)) post(cooling_);
}

void Worker::cooling_arrives(InboxNode&, Worker& worker) noexcept {
    // release: pairs with post_cooling().
    worker.cooling_posted_.store(false, std::memory_order_release);
    worker.cool_down();
}

void Worker::cool_down() noexcept {
    cool_blocks();
    stacks_.cool(0);
    std::size_t left = cooled_at_once_max;
    for (Fiber* fiber = fibers_; fiber != nullptr && left > 0; fiber = fiber->next_of_home) {
        if (fiber == current_ || fiber->is_cool) continue;
        if (measures_stacks_ && fiber->activity != nullptr) {
            note_stack_use(*fiber, false);
        }
        stacks_.release_below(fiber->stack(), fiber->own_context().lowest_used());
        fiber->is_cool = true;
        --left;
    }
    if (left == 0) post_cooling();
}

void Worker::begin_measuring() noexcept {
    const StackBounds bounds = current_->stack().bounds();
    auto* const frame = static_cast<std::byte*>(__builtin_frame_address(0));
    const auto left = static_cast<std::size_t>(frame - bounds.low);
    const std::size_t away = left < clear_margin_bytes ? left : clear_margin_bytes;
    stacks_.release_below(current_->stack(), frame - away);
    clear_below_frame(bounds.low + (left - away) / page_size() * page_size());
}

void Worker::note_stack_use(Fiber& fiber, bool ends) noexcept {
    core_.stack_use.note(fiber.activity->name(), fiber.stack_class(),
                         deepest_use(fiber.stack().bounds()), ends);
}

void Worker::kill_all() noexcept {
    kills_all_ = true;
    for (Fiber* fiber = fibers_; fiber != nullptr; fiber = fiber->next_of_home) {
        if (fiber->activity != nullptr) fiber->activity->signal(Activity::kill_signal);
    }
}

bool Worker::has_suspended_fibers() const noexcept {
    for (Fiber* fiber = fibers_; fiber != nullptr; fiber = fiber->next_of_home) {
        if (fiber->activity != nullptr) return true;
    }
    return false;
}

}  // namespace greenroom::detail
