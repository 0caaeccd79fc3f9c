// A worker's stacks: how a fiber suspends, how it goes on, and where free ones are kept.
#include <utility>

#include "runtime_core.hpp"
#include "worker.hpp"

namespace greenroom::detail {

namespace {

// The deadline of one wait; on the waiter's stack, in its home worker's wheel.
struct WaitTimer : TimerNode {
    explicit WaitTimer(WaitRecord& waiter) noexcept : TimerNode{&due_now}, record{waiter} {}

    static void due_now(TimerNode& node) noexcept {
        WaitRecord& record = static_cast<WaitTimer&>(node).record;
        if (record.decide(Outcome::expired)) record.resume();
    }

    WaitRecord& record;
};

}  // namespace

Outcome Worker::suspend(WaitRecord& record, Deadline deadline) {
    Fiber& self = *current_;
    GREENROOM_ASSERT(self.activity != nullptr);  // the loop itself never waits
    Activity& activity = *self.activity;
    self.waiting = &record;
    self.waiting_since = core_.coarse_now();
    self.interruptible = self.may_be_cancelled();
    WaitTimer timer{record};
    if (!deadline.is_never()) timers_.add(timer, deadline.at());
    activity.suspended(self);
    if (kills_all_) activity.signal(Activity::kill_signal);
    count(suspends_);
    switch_away(self);
    activity.resumed();
    self.waiting = nullptr;
    timers_.cancel(timer);
    const Outcome outcome = record.outcome();
    GREENROOM_ASSERT(outcome != Outcome::waiting);
    return outcome;
}

void Worker::yield() {
    Fiber& self = *current_;
    require_spare();
    make_ready(self);
    switch_away(self);
}

// To the next ready fiber directly, if nothing else is due; else to the loop.
void Worker::switch_away(Fiber& self) noexcept {
    const bool runnables_wait = !newest_.looks_empty() || !ring_.looks_empty();
    if (runnables_wait) {
        steps_ |= 1;  // the loop's next step is theirs
    } else if (until_look_ > 1 && !ready_.empty()) {
        --until_look_;
        // relaxed: see step().
        progress_.store(++steps_, std::memory_order_relaxed);
        Fiber& next = static_cast<Fiber&>(*ready_.take());
        if (&next != &self) take_over(next);
        return;
    }
    take_over(pop_spare());
}

void Worker::take_over(Fiber& next) noexcept {
    Fiber& self = *std::exchange(current_, &next);
    stacks_.check(self.stack());
    next.is_cool = false;
    self.context().switch_to(next.context());
}

void Worker::go_on(Fiber& fiber) noexcept {
    if (current_->stack_class() == StackClass::standard) {
        keep_spare(*current_);
    } else {
        retired_ = current_;
    }
    take_over(fiber);
}

void Worker::run_on(StackClass stack_class, Runnable& runnable) {
    Fiber& fiber = make_fiber(stack_class);
    fiber.assigned = &runnable;
    go_on(fiber);
}

void Worker::destroy_retired() noexcept {
    if (retired_ != nullptr) destroy_fiber(*std::exchange(retired_, nullptr));
}

void Worker::run_assigned() noexcept {
    destroy_retired();
    Runnable* const runnable = std::exchange(current_->assigned, nullptr);
    runnable->run(*runnable);
    // The loop goes on on a stack of the ordinary class; this one is given back.
    if (current_->stack_class() == StackClass::standard || spare_ == nullptr) return;
    retired_ = current_;
    take_over(pop_spare());
}

Fiber& Worker::pop_spare() noexcept {
    GREENROOM_ASSERT(spare_ != nullptr);  // require_spare() was called before
    --spare_count_;
    return *std::exchange(spare_, spare_->next_spare);
}

void Worker::keep_spare(Fiber& fiber) noexcept {
    if (spare_count_ >= spare_fibers_max) destroy_fiber(pop_spare());
    fiber.next_spare = spare_;
    spare_ = &fiber;
    ++spare_count_;
}

void Worker::require_spare() {
    if (spare_ == nullptr) keep_spare(make_fiber(StackClass::standard));
}

bool Worker::prepare_spare() noexcept {
    if (spare_ == nullptr) {
        try {
            keep_spare(make_fiber(StackClass::standard));
        } catch (const Error&) {
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
    stacks_.cool(0);
    std::size_t left = cooled_at_once_max;
    for (Fiber* fiber = fibers_; fiber != nullptr && left > 0; fiber = fiber->next_of_home) {
        if (fiber == current_ || fiber->is_cool) continue;
        stacks_.release_below(fiber->stack(), fiber->context().lowest_used());
        fiber->is_cool = true;
        --left;
    }
    if (left == 0) post_cooling();
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
