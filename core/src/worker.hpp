// Worker: one loop that runs what is runnable, and the stacks that it runs it on.
//
// The loop takes one piece of work at a time and runs it in tail position: user code is never
// called from inside of anything that must go on afterwards, since a handler that suspends takes
// the whole stack with it (fiber.hpp). Timers, the driver and the inbox therefore only enqueue.
//
//   work, in the order that the loop looks for it
//     ready      fibers that were woken: bound to this worker; turn and turn about with
//     newest     the runnable made last, warm in the cache; a limited number of times in a row
//     ring       other runnables, oldest first; thieves take half of it
//   and every look_every steps, and before it idles
//     inbox      fibers woken by other threads, control turns
//     injection  runnables from outside, and what overflowed a ring
//     driver     what the kernel has to say
//     timers     when the coarse clock has come to the next one
//   then it searches the other workers' rings, spins a bounded moment, and parks in its driver.
//
//   awake --park--> parked --notify--> notified --unpark--> awake
//                   parked --unpark (an event, a timer)--> awake
//
// Parking never misses work (the pairs are named here, once; seq_cst throughout):
//   - inbox: a pusher pushes, then reads state_; the worker stores parked, then looks at its inbox.
//   - injection queue and other rings: idle.hpp.
//
// Threads   What stands under "Any thread" from any; all else on the worker's own thread.
#pragma once

#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/activity.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/driver.hpp>
#include <greenroom/core/runtime.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "caller_poll.hpp"
#include "context.hpp"
#include "crowd.hpp"
#include "fiber.hpp"
#include "held_back_slot.hpp"
#include "inbox.hpp"
#include "inject_queue.hpp"
#include "latency_counts.hpp"
#include "newest_slot.hpp"
#include "node_line.hpp"
#include "queue_probe.hpp"
#include "run_queue.hpp"
#include "shared_timers.hpp"
#include "stack_pool.hpp"
#include "stack_trace.hpp"
#include "task_count.hpp"
#include "timer_wheel.hpp"

namespace greenroom::detail {

class FiberDump;
class RuntimeCore;

class Worker {
public:
    static constexpr std::uint32_t look_every = 61;  // steps between looks outside, or fewer,
    static constexpr std::uint32_t look_every_min = 4;
    static constexpr Duration look_within = std::chrono::microseconds{50};  // so that it takes that
    static constexpr Duration poll_every = std::chrono::microseconds{100};  // at such a look
    static constexpr std::uint32_t looks_between_polls_max = 64;            // whatever the clock
    static constexpr std::uint32_t newest_in_a_row_max = 16;  // then the ring has its turn
    static constexpr std::uint32_t passing_max = 7;  // of those, behind the first of a step
    static constexpr std::uint32_t ready_in_a_row_max =
        128;                                             // calls that need not wait, then others
    static constexpr std::size_t spare_fibers_max = 64;  // more free ones give their stacks back
    static constexpr std::size_t cooled_at_once_max = 10'000;  // suspended fibers; then a step
    static constexpr std::size_t surplus_worth_a_wake = 4;     // entries of the ring
    static constexpr Duration sharing_after = std::chrono::microseconds{50};  // of a long step
    static constexpr int spin_rounds = 64;  // some 10 us before it parks

    Worker(RuntimeCore& core, int index);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    RuntimeCore& core() const noexcept { return core_; }
    int index() const noexcept { return index_; }

    // ---- Any thread.

    // Leaves `node` in the inbox and wakes the worker if it sleeps. A thread that is no worker of
    // the runtime holds a Visit.
    void post(InboxNode& node) noexcept;
    // Wakes the worker if it is parked; false if it is not.
    bool notify() noexcept;
    void wake_driver() noexcept;  // whether it sleeps or not
    bool is_parked() const noexcept;
    // relaxed: a look in passing.
    bool is_awake() const noexcept { return state_.load(std::memory_order_relaxed) == awake; }
    // For thieves and for the last look before parking.
    bool has_stealable_work() const noexcept { return !ring_.looks_empty(); }
    // Whether it leaves the others their work, as long as they do not lag. A look in passing.
    bool is_crowded(TimePoint now) const noexcept { return crowd_.is_crowded(now); }
    NewestSlot& newest() noexcept { return newest_; }
    RunQueue& ring() noexcept { return ring_; }
    // How many steps it has made: one that has not changed for a tick means a long handler.
    std::uint64_t progress() const noexcept { return progress_.load(std::memory_order_relaxed); }
    // In a step that sends or spawns much: another magazine of blocks of the depot is used up. Once
    // it has lasted for `sharing_after`, what waits behind it is for thieves, and one is woken: the
    // monitor would do so later.
    void note_magazine_used() noexcept;
    void end_slice() noexcept { slice_over_.store(true, std::memory_order_relaxed); }
    // Whose handler or task it runs, as of its last step; null if none began. Names live for ever.
    const char* runs() const noexcept { return runs_.load(std::memory_order_relaxed); }
    // Does for a worker that is stuck in a long handler what need not wait for it.
    void serve_driver() noexcept;
    // Long-lived tasks that are bound to it, or about to be.
    std::uint32_t long_lived() const noexcept {
        return long_lived_.load(std::memory_order_relaxed);  // relaxed: a guess, for spreading
    }
    void adds_long_lived() noexcept { long_lived_.fetch_add(1, std::memory_order_relaxed); }
    void loses_long_lived() noexcept { long_lived_.fetch_sub(1, std::memory_order_relaxed); }
    void count_long_handler() noexcept { count(long_handlers_); }
    // Of the tasks that were begun here, and that have ended here; each counts on its own thread.
    TaskCount& tasks() noexcept { return tasks_; }
    WorkerStats stats() const noexcept;
    // Timers that any thread may add and cancel. Who is not the worker itself adds by add_timer(),
    // and holds a Visit.
    SharedTimers& shared_timers() noexcept { return shared_timers_; }
    void add_timer(SharedTimer& timer, TimePoint due) noexcept;
    // Has it give back the pages that it does not need. The monitor, when all is calm.
    void post_cooling() noexcept;

    // ---- The worker's thread, outside of the loop.

    // Runs the loop until the runtime ends. The body of a worker's thread.
    void run();
    // Caller-driven: runs the loop until `until` or until nothing is runnable.
    RunResult run_until(TimePoint until);
    int caller_fd() const noexcept { return caller_poll_ == nullptr ? -1 : caller_poll_->fd(); }
    GuardTier guard_tier() const noexcept { return stacks_.guard_tier(); }
    void start();            // makes the first fibers; throws
    void finish() noexcept;  // gives all stacks back; requires that nothing is suspended
    void replace_driver(std::unique_ptr<Driver> driver);
    Driver& driver() const noexcept { return *driver_; }

    // ---- The worker's thread, on a fiber of it.

    Fiber& current() const noexcept { return *current_; }
    // Suspends the current fiber until `record` is decided.
    Outcome suspend(WaitRecord& record, Deadline deadline) {
        return deadline.is_never() ? suspend(record) : suspend_until(record, deadline.at());
    }
    // By the fiber's guard: see WaitRecord::wait_guarded.
    Outcome suspend_guarded(WaitRecord& record, Deadline deadline);
    // A guard is due: ends the wait, or goes to where that wants it.
    void guard_due(Fiber& fiber) noexcept;
    // Puts the current fiber behind all that is ready.
    void yield();
    // Each call that may wait spends of a budget, so that who only meets what is ready does not
    // keep all others of this worker waiting. True when it is spent, or the time slice is.
    bool spend_budget() noexcept { return --budget_ == 0 || slice_is_over(); }
    // Puts the current fiber behind all that is ready, if it was the one that spent the budget, and
    // there is a stack to go on with.
    void yield_by_budget() noexcept;
    // Throws StacksExhausted if no fiber is left to go on with while the current one waits.
    void require_spare();
    bool has_spare() const noexcept { return spare_ != nullptr; }
    // Runs `runnable` at once on a fresh stack of that class, whose fiber becomes the carrier.
    void run_on(StackClass stack_class, Runnable& runnable);

    // What the turn that runs here puts off.
    HeldBackSlot& held_back() noexcept { return held_back_; }
    // An actor's turn begins here, and its last one was on another worker.
    void note_moved() noexcept { crowd_.note_moved(); }
    // RuntimeOptions::measure_stacks: before a turn on the current fiber, and after it, or while it
    // is suspended.
    bool measures_stacks() const noexcept { return measures_stacks_; }
    void begin_measuring() noexcept;
    void note_stack_use(Fiber& fiber, bool ends) noexcept;
    // Runs `runnable` here, and on no other worker, behind all that is ready.
    // False: there is no stack for it.
    [[nodiscard]] bool run_bound(StackClass stack_class, Runnable& runnable) noexcept;
    void make_ready(Fiber& fiber) noexcept {
        ready_.add(fiber);
        passing_left_ = 0;
    }
    // Starts a task here, and on no other worker, behind all that is ready: a structured one, or
    // one that is joined at once.
    void start_bound(Activity& task) noexcept {
        ready_.add(task.start_node());
        passing_left_ = 0;
    }
    void push_newest(Runnable& runnable) noexcept {
        Runnable* const displaced = newest_.put(runnable);
        if (displaced != nullptr) push_last(*displaced);
    }
    // True if `task`, not started, was the newest here and all there is to do: it runs next, and on
    // no other worker.
    bool start_newest_bound(TaskState& task) noexcept;
    void push_last(Runnable& runnable) noexcept;
    void begins(const char* name) noexcept {
        // relaxed: the monitor looks at it when nothing has moved for long.
        runs_.store(name, std::memory_order_relaxed);
    }
    const Atomic<bool>& slice_over() const noexcept { return slice_over_; }
    bool slice_is_over() const noexcept { return slice_over_.load(std::memory_order_relaxed); }
    // Cancels whatever is suspended here, and at its suspension all that still will be.
    void kill_all() noexcept;
    bool kills_all() const noexcept { return kills_all_; }
    bool has_suspended_fibers() const noexcept;
    void list_tasks(std::vector<TaskInfo>& out) const;
    // Of one, if it is suspended here.
    void list_task(const Activity& activity, std::vector<TaskInfo>& out) const;
    void describe_suspended(FiberDump& out, const DumpOptions& options) noexcept;
    TimerWheel& timers() noexcept { return timers_; }
    // After a change of timers().
    void count_timers() noexcept {
        timer_count_.store(timers_.size(), std::memory_order_relaxed);  // relaxed: a figure
    }
    void note_queued(TimePoint since) noexcept;
    void note_timer_lag(Duration lag) noexcept { timer_lag_.note(lag); }
    StackPool& stacks() noexcept { return stacks_; }

private:
    std::unique_ptr<Driver> make_driver();
    static void fiber_main(void* fiber);
    void loop() noexcept;
    void step() noexcept;
    bool slice_ends() noexcept;
    RunResult slice_result() noexcept;
    [[gnu::always_inline]] bool run_ready() noexcept;
    bool run_runnable() noexcept;
    void grant_passing() noexcept;
    Runnable* next_in_passing() noexcept;
    Runnable* next_runnable() noexcept;
    void look_outside() noexcept;
    void plan_look(TimePoint now) noexcept;
    void take_inbox() noexcept;
    void send_probe() noexcept;
    bool take_injected() noexcept;
    void advance_timers() noexcept;
    TimePoint next_timer() noexcept;

    void idle() noexcept;
    Runnable* search() noexcept;
    Runnable* steal() noexcept;
    bool may_rob(const Worker& victim, TimePoint now) noexcept;
    void share_surplus(TimePoint now) noexcept;
    bool lags(const Worker& worker, TimePoint now) noexcept {
        return patience_[static_cast<std::size_t>(worker.index_)].lags(worker.ring_, now);
    }
    bool spin() noexcept;
    void park() noexcept;
    bool work_is_waiting() noexcept;
    void leave() noexcept;

    Outcome suspend(WaitRecord& record);
    [[gnu::noinline]] Outcome suspend_until(WaitRecord& record, TimePoint due);
    Outcome suspend_with_fields(WaitRecord& record);
    void let_others_run_with_fields(Fiber& self) noexcept;
    // The way to a switch and back is inlined: behind a switch the processor guesses each return
    // wrong, since the calls that it remembers were made on the other stack.
    void let_others_run(Fiber& self) noexcept;
    [[gnu::always_inline]] void switch_away(Fiber& self) noexcept;
    [[gnu::always_inline]] void go_on(Fiber& fiber) noexcept {
        if (current_->stack_class() == StackClass::standard) {
            keep_spare(*current_);
        } else {
            retired_ = current_;
        }
        take_over(fiber);
    }
    [[gnu::always_inline]] void take_over(Fiber& next) noexcept {
        passing_left_ = 0;
        Fiber& self = *std::exchange(current_, &next);
        stacks_.check(self.stack());
        next.is_cool = false;
        self.context().switch_to(next.context());
    }
    Fiber& pop_spare() noexcept {
        GREENROOM_ASSERT(spare_ != nullptr);  // require_spare() was called before
        --spare_count_;
        return *std::exchange(spare_, spare_->next_spare);
    }
    void keep_spare(Fiber& fiber) noexcept {
        if (spare_count_ >= spare_fibers_max) [[unlikely]]
            destroy_fiber(pop_spare());
        fiber.next_spare = spare_;
        spare_ = &fiber;
        ++spare_count_;
    }
    void arm(GuardTimer& guard) noexcept;
    bool prepare_spare() noexcept;
    Fiber& make_fiber(StackClass stack_class);
    void destroy_fiber(Fiber& fiber) noexcept;
    void run_assigned() noexcept;
    std::string describe(const Fiber& fiber) const;
    TaskInfo task_on(const Fiber& fiber) const;
    StackTrace trace(Fiber& fiber) noexcept;
    void answer_tracer(Fiber& self) noexcept;
    void destroy_retired() noexcept;
    static void cooling_arrives(InboxNode& node, Worker& worker) noexcept;
    void cool_down() noexcept;
    // relaxed: a figure for stats, written by the worker alone.
    static void count(Atomic<std::uint64_t>& figure) noexcept {
        figure.store(figure.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    enum State : std::uint32_t { awake, parked, notified };

    RuntimeCore& core_;
    const int index_;

    // Of the worker alone.
    Fiber* current_ = nullptr;
    HeldBackSlot held_back_;  // under its lock the monitor looks into it
    Fiber* spare_ = nullptr;  // free fibers of the default class, newest first
    std::size_t spare_count_ = 0;
    Fiber* retired_ = nullptr;       // left behind at the last switch; destroyed at the next step
    Fiber* fibers_ = nullptr;        // all
    NodeLine ready_;                 // fibers, and bound tasks that have not started
    StackTrace* tracing_ = nullptr;  // the fiber that is switched to is to fill it, and come back
    Context* tracer_ = nullptr;      // to this
    std::uint64_t steps_ = 0;
    std::uint64_t from_elsewhere_ = 0;  // up to there the ring has what another worker wrote last
    std::uint32_t look_after_ = look_every;
    std::uint32_t until_look_ = look_every;
    TimePoint looked_at_{};
    std::uint32_t until_poll_ = looks_between_polls_max;
    TimePoint polled_at_{};  // while it had work
    std::uint32_t budget_ = ready_in_a_row_max;
    std::uint64_t budget_began_ = 0;  // the step
    std::uint64_t sending_step_ = 0;  // the last that used up a magazine,
    TimePoint sending_since_{};       // first at this time
    std::uint32_t newest_in_a_row_ = 0;
    std::uint32_t passing_granted_ = 0;
    std::uint32_t passing_left_ = 0;  // of those; 0 as well where something else is due
    const bool measures_stacks_;
    Crowd crowd_;
    std::vector<Patience> patience_;  // with the ring of each worker, its own as well
    bool kills_all_ = false;
    bool short_of_stacks_ = false;             // no spare fiber, and none to be had
    bool must_flush_again_ = false;            // what the driver's latest flush() said
    TimePoint leave_at_{};                     // caller-driven: when the slice is over
    TimePoint step_began_{};                   // likewise
    std::unique_ptr<CallerPoll> caller_poll_;  // likewise: what the caller's loop waits for
    InjectQueue::Consumer injected_;           // takes work that belongs to no worker yet
    TimePoint timers_seen_{};  // the coarse now that the timers were last advanced to
    TimerWheel timers_;
    StackPool stacks_;
    Context outside_;  // the thread's own stack
    std::unique_ptr<Driver> driver_;
    // A late wake() or serve() may still touch them; as many as floors have brought drivers.
    std::vector<std::unique_ptr<Driver>> old_drivers_;

    // Shared.
    alignas(64) Atomic<State> state_{awake};
    Atomic<Driver*> waker_{nullptr};  // driver_, for wakers
    Inbox inbox_;
    SharedTimers shared_timers_;
    InboxNode cooling_{&cooling_arrives, nullptr};
    Atomic<bool> cooling_posted_{false};             // cooling_ is in the inbox
    alignas(64) Atomic<std::uint64_t> progress_{0};  // written by the worker, read by the monitor
    Atomic<const char*> runs_{nullptr};              // likewise
    Atomic<bool> slice_over_{false};                 // set by the monitor, reset by the worker
    Atomic<std::uint64_t> suspends_{0};              // for stats, like
    Atomic<std::uint64_t> steals_{0};                // this,
    Atomic<std::uint64_t> parks_{0};                 // this
    Atomic<std::uint64_t> fiber_count_{0};           // and this
    Atomic<std::uint64_t> timer_count_{0};
    TaskCount tasks_;
    Atomic<std::uint32_t> long_lived_{0};  // by whoever spawns or ends one
    LatencyCounts queue_latency_;
    LatencyCounts timer_lag_;
    QueueProbe probe_;
    Atomic<std::uint64_t> long_handlers_{0};  // by who notices: the monitor, or the worker
    alignas(64) NewestSlot newest_;
    RunQueue ring_;
};

}  // namespace greenroom::detail
