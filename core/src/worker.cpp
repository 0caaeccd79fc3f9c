// The loop: what a worker does next. Its stacks: worker_fibers.cpp; its sleep: worker_idle.cpp.
#include "worker.hpp"

#include <algorithm>
#include <greenroom/core/detail/fields_in_use.hpp>
#include <utility>

#include "caller_driver.hpp"
#include "futex_driver.hpp"
#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

Worker::Worker(RuntimeCore& core, int index)
    : core_{core},
      index_{index},
      measures_stacks_{core.options.measure_stacks},
      patience_(static_cast<std::size_t>(core.options.workers)),
      injected_{core.injected},
      stacks_{*core.options.stack_memory, core.options.stacks_max,
              core.options.allow_unguarded_stacks} {}

Worker::~Worker() { GREENROOM_ASSERT(fibers_ == nullptr); }

void Worker::start() {
    if (core_.caller_driven()) caller_poll_ = std::make_unique<CallerPoll>();
    replace_driver(make_driver());
    // relaxed: nobody else knows it yet. Between two slices it counts as parked.
    if (core_.caller_driven()) state_.store(parked, std::memory_order_relaxed);
    current_ = &make_fiber(StackClass::standard);
    keep_spare(make_fiber(StackClass::standard));
}

std::unique_ptr<Driver> Worker::make_driver() {
    const DriverFactory& factory = core_.options.driver;
    if (factory) return factory(index_);
    if (core_.caller_driven()) return std::make_unique<CallerDriver>();
    return std::make_unique<FutexDriver>(core_.threads());
}

void Worker::finish() noexcept {
    GREENROOM_ASSERT(!has_suspended_fibers());
    take_inbox();  // control turns that came too late; each lets go of what it holds
    shared_timers_.drop_all();
    while (fibers_ != nullptr) destroy_fiber(*fibers_);
    current_ = nullptr;
    spare_ = nullptr;
    retired_ = nullptr;
}

void Worker::run() {
    const FieldsAside of_who_drives_it;
    ThisThread& thread = this_thread();
    Clock* const clock = std::exchange(thread.clock, &core_.clock());  // for deadlines made here
    thread.worker = this;
    outside_.switch_to(current_->context());
    thread.worker = nullptr;
    thread.clock = clock;
}

RunResult Worker::run_until(TimePoint until) {
    // seq_cst, both: as in park(). Who posts after the slice finds it parked and wakes the driver,
    // whose descriptor is then readable; what was posted before is seen by slice_result().
    state_.store(awake, std::memory_order_seq_cst);
    leave_at_ = until;
    step_began_ = core_.coarse_now();
    run();
    state_.store(parked, std::memory_order_seq_cst);
    const RunResult result = slice_result();
    const bool kernel_knows_the_time = core_.options.clock == &steady_clock();
    const TimePoint due = kernel_knows_the_time ? result.call_again.at() : TimePoint::max();
    caller_poll_->arm(result.more ? TimePoint::min() : due);
    return result;
}

RunResult Worker::slice_result() noexcept {
    const TimePoint due = next_timer();
    const bool more =
        !ready_.empty() || !newest_.looks_empty() || work_is_waiting() || due <= core_.coarse_now();
    return {more || must_flush_again_, Deadline{due}};
}

void Worker::leave() noexcept { current_->context().switch_to(outside_); }

void Worker::replace_driver(std::unique_ptr<Driver> driver) {
    if (caller_poll_ != nullptr) caller_poll_->watch(driver->fd());
    if (driver_ != nullptr) old_drivers_.push_back(std::move(driver_));
    driver_ = std::move(driver);
    // release: pairs with acquire in notify(). A waker that still reads the old one saw a state of
    // before: it wakes nobody, and need not.
    waker_.store(driver_.get(), std::memory_order_release);
}

inline bool Worker::run_ready() noexcept {
    InboxNode* const node = ready_.first();
    if (node == nullptr) return false;
    Fiber* const fiber = Fiber::from(*node);
    // Who has yielded, and whoever came after it, lets pass what was queued before.
    if (fiber != nullptr && !ring_.has_given(fiber->lets_pass)) return false;
    ready_.take();
    if (fiber != nullptr) {
        go_on(*fiber);
    } else {
        Activity::start_here(*node, *this);
    }
    return true;
}

void Worker::fiber_main(void* fiber) { static_cast<Fiber*>(fiber)->home().loop(); }

void Worker::loop() noexcept {
    if (current_->assigned != nullptr) run_assigned();  // what this stack was made for
    for (;;) step();
}

void Worker::step() noexcept {
    // relaxed: the monitor only compares it with what it read a tick ago.
    progress_.store(++steps_, std::memory_order_relaxed);
    // relaxed: a hint from the monitor for the turn that has just ended.
    if (slice_is_over()) slice_over_.store(false, std::memory_order_relaxed);
    destroy_retired();
    if (spare_ == nullptr && !short_of_stacks_) prepare_spare();
    if (core_.caller_driven() && slice_ends()) {
        must_flush_again_ = driver_->flush();  // the next slice may be far
        return leave();
    }
    begins(nullptr);
    if (--until_look_ == 0) look_outside();
    if (core_.coarse_now() != timers_seen_) advance_timers();
    // Turn and turn about, so that neither kind starves the other.
    const bool ready_first = (steps_ & 1) != 0 || (newest_.looks_empty() && ring_.looks_empty());
    if (ready_first && run_ready()) return;
    if (run_runnable()) return;
    if (run_ready()) return;
    idle();
}

// Caller-driven: a look at the clock for each step, since there is no monitor to do it.
bool Worker::slice_ends() noexcept {
    const TimePoint now = core_.refresh_now();
    const Duration took = now - std::exchange(step_began_, now);
    if (core_.long_handlers.too_long(took)) {
        count_long_handler();
        core_.long_handlers.tell(core_.options.name, index_, runs(), took);
    }
    return now >= leave_at_;
}

bool Worker::run_runnable() noexcept {
    Runnable* const runnable = next_runnable();
    if (runnable == nullptr) return false;
    grant_passing();
    runnable->run(*this);
    while (Runnable* const newest = next_in_passing()) newest->run(*this);
    return true;
}

inline void Worker::grant_passing() noexcept {
    const bool may_pass = ready_.empty() && !core_.caller_driven();
    passing_granted_ = may_pass ? std::min(passing_max, newest_in_a_row_max - newest_in_a_row_) : 0;
    passing_left_ = passing_granted_;
}

// What the last runnable has left in the newest slot, run at once, without the looks of a step: for
// a few in a row, where nothing else is due: no fiber is ready, and there was no switch, which may
// have left a fiber to destroy or no spare one. Null: the next step is a whole one.
inline Runnable* Worker::next_in_passing() noexcept {
    if (passing_left_ == 0 || slice_is_over()) return nullptr;
    Runnable* const newest = newest_.take();
    if (newest == nullptr) return nullptr;
    --passing_left_;
    progress_.store(++steps_, std::memory_order_relaxed);  // relaxed: as in step()
    return newest;
}

Runnable* Worker::next_runnable() noexcept {
    newest_in_a_row_ += passing_granted_ - passing_left_;  // at most so many have passed
    passing_granted_ = passing_left_ = 0;
    if (newest_in_a_row_ < newest_in_a_row_max) {
        if (Runnable* const newest = newest_.take()) {
            ++newest_in_a_row_;
            return newest;
        }
    }
    newest_in_a_row_ = 0;
    if (Runnable* const oldest = ring_.pop()) {
        if (!ring_.has_given(from_elsewhere_)) ring_.fetch_ahead();
        return oldest;
    }
    return newest_.take();
}

bool Worker::start_newest_bound(TaskState& task) noexcept {
    if (!ready_.empty() || !ring_.looks_empty() || !newest_.take_if(task)) return false;
    start_bound(task);
    return true;
}

void Worker::push_last(Runnable& runnable) noexcept {
    if (ring_.push(runnable)) return;
    // Full: half of it goes to whoever has time.
    Runnable* half[RunQueue::capacity];
    core_.inject(half, ring_.take_half(half));
    if (!ring_.push(runnable)) core_.inject(runnable);
}

void Worker::look_outside() noexcept {
    const TimePoint now = core_.refresh_now();  // a simulated machine may play another thread here
    plan_look(now);
    crowd_.look(now, steps_);
    if (short_of_stacks_) prepare_spare();
    take_inbox();
    take_injected();
    // Not each time: the less often, the more goes out with one call of the kernel.
    if (now - polled_at_ >= poll_every || --until_poll_ == 0) {
        until_poll_ = looks_between_polls_max;
        polled_at_ = now;
        driver_->poll();
    }
    core_.threads().point();
    send_probe();
    share_surplus(now);
}

// The next one: by how long the steps before this one took.
void Worker::plan_look(TimePoint now) noexcept {
    const bool took_long = now - std::exchange(looked_at_, now) > look_within;
    look_after_ = took_long ? std::max(look_every_min, look_after_ / 2)
                            : std::min(look_every, 2 * look_after_);
    until_look_ = look_after_;
}

void Worker::share_surplus(TimePoint now) noexcept {
    if (ring_.size_hint() < surplus_worth_a_wake) return;
    if (!core_.idle.someone_sleeps_perhaps()) return;
    if (!crowd_.is_crowded(now) && core_.wake_thief(now)) return;
    if (lags(*this, now)) core_.wake_one();
}

// Only by the kernel's clock: where time is virtual none passes in a step. It is looked at
// once in a magazine of the depot, and only while somebody sleeps and something waits.
void Worker::note_magazine_used() noexcept {
    if (!core_.idle.someone_sleeps_perhaps() || core_.options.clock != &steady_clock()) return;
    if (newest_.looks_empty() && ring_.looks_empty()) return;
    const TimePoint now = core_.clock().now();
    if (std::exchange(sending_step_, steps_) != steps_) sending_since_ = now;
    if (now - sending_since_ < sharing_after || crowd_.is_crowded(now)) return;
    if (Runnable* const newest = newest_.take()) push_last(*newest);
    core_.wake_thief(now);
}

// Not when the ring is full: it is to measure the queue, and not to move it.
void Worker::send_probe() noexcept {
    if (!probe_.begin(core_.coarse_now())) return;
    if (!ring_.push(probe_)) probe_.take_back();
}

void Worker::note_queued(TimePoint since) noexcept {
    queue_latency_.note(core_.refresh_now() - since);
}

void Worker::take_inbox() noexcept {
    InboxNode* node = inbox_.take();
    while (node != nullptr) {
        InboxNode* const next = node->next;  // read first: arrive() may give the node away
        node->arrive(*node, *this);
        node = next;
    }
}

bool Worker::take_injected() noexcept {
    if (!core_.injected.has_work()) return false;
    // So that the others find some too, and that what a full ring has just given up is not taken
    // back at once; but some, so that it has its turn however much there is in the ring.
    constexpr std::size_t at_once_max = RunQueue::capacity / 2;
    constexpr std::size_t at_once_min = std::min<std::size_t>(16, at_once_max);
    const std::size_t has = std::min(ring_.size_hint(), at_once_max - at_once_min);
    Runnable* taken[at_once_max];
    const std::size_t count = core_.injected.pop_bulk(injected_, taken, at_once_max - has);
    for (std::size_t i = 0; i < count; ++i) push_last(*taken[i]);
    if (count > 0) from_elsewhere_ = ring_.end();
    return count > 0;
}

void Worker::advance_timers() noexcept {
    timers_seen_ = core_.coarse_now();
    if (timers_.size() > 0) {
        timers_.advance(timers_seen_, [](TimerNode& node) {
            const ActingTimerNode& timer = static_cast<ActingTimerNode&>(node);
            timer.expire(node);
        });
    }
    shared_timers_.take_due(timers_seen_, [this](Runnable& due) { push_last(due); });
}

TimePoint Worker::next_timer() noexcept {
    return std::min(timers_.next_due(), shared_timers_.next_due());
}

void Worker::add_timer(SharedTimer& timer, TimePoint due) noexcept {
    const bool is_first = shared_timers_.add(timer, due, thread_token());
    // Of the two, this look and the worker's before it parks, the later sees what the other did:
    // both are under the timers' lock, or after it.
    if (is_first && !mutant(Mutant::timer_added_without_wake)) notify();
}

WorkerStats Worker::stats() const noexcept {
    WorkerStats stats;
    // relaxed: figures, each right by itself.
    stats.turns = progress();
    stats.steals = steals_.load(std::memory_order_relaxed);
    stats.parks = parks_.load(std::memory_order_relaxed);
    stats.suspends = suspends_.load(std::memory_order_relaxed);
    stats.fibers = fiber_count_.load(std::memory_order_relaxed);
    stats.queued = ring_.size_hint() + (newest_.looks_empty() ? 0 : 1);
    stats.timers = timer_count_.load(std::memory_order_relaxed);
    stats.long_lived = long_lived();
    stats.queue_latency = queue_latency_.read();
    stats.timer_lag = timer_lag_.read();
    stats.long_handlers = long_handlers_.load(std::memory_order_relaxed);
    return stats;
}

}  // namespace greenroom::detail
