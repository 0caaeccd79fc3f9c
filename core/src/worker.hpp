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
#include <greenroom/core/detail/activity.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/driver.hpp>
#include <greenroom/core/runtime.hpp>
#include <memory>
#include <string>

#include "context.hpp"
#include "fiber.hpp"
#include "inbox.hpp"
#include "newest_slot.hpp"
#include "node_line.hpp"
#include "run_queue.hpp"
#include "stack_pool.hpp"
#include "timer_wheel.hpp"

namespace greenroom::detail {

class RuntimeCore;

class Worker {
public:
    static constexpr std::uint32_t look_every = 61;           // steps between looks outside
    static constexpr std::uint32_t newest_in_a_row_max = 16;  // then the ring has its turn
    static constexpr std::size_t spare_fibers_max = 64;  // more free ones give their stacks back
    static constexpr std::size_t cooled_at_once_max = 10'000;  // suspended fibers; then a step
    static constexpr std::size_t surplus_worth_a_wake = 4;     // entries of the ring
    static constexpr int spin_rounds = 64;                     // some 10 us before it parks

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
    // For thieves and for the last look before parking.
    bool has_stealable_work() const noexcept { return !ring_.looks_empty(); }
    NewestSlot& newest() noexcept { return newest_; }
    RunQueue& ring() noexcept { return ring_; }
    // How many steps it has made: one that has not changed for a tick means a long handler.
    std::uint64_t progress() const noexcept { return progress_.load(std::memory_order_relaxed); }
    void end_slice() noexcept { slice_over_.store(true, std::memory_order_relaxed); }
    WorkerStats stats() const noexcept;
    // Has it give back the pages that it does not need. The monitor, when all is calm.
    void post_cooling() noexcept;

    // ---- The worker's thread, outside of the loop.

    // Runs the loop until the runtime ends. The body of a worker's thread.
    void run();
    // Caller-driven: runs the loop until `until` or until nothing is runnable.
    void run_until(TimePoint until);
    RunResult slice_result() const noexcept;
    GuardTier guard_tier() const noexcept { return stacks_.guard_tier(); }
    void start();            // makes the first fibers; throws
    void finish() noexcept;  // gives all stacks back; requires that nothing is suspended
    void replace_driver(std::unique_ptr<Driver> driver);
    Driver& driver() const noexcept { return *driver_; }

    // ---- The worker's thread, on a fiber of it.

    Fiber& current() const noexcept { return *current_; }
    // Suspends the current fiber until `record` is decided.
    Outcome suspend(WaitRecord& record, Deadline deadline);
    // Puts the current fiber behind all that is ready.
    void yield();
    // Throws StacksExhausted if no fiber is left to go on with while the current one waits.
    void require_spare();
    // Runs `runnable` at once on a fresh stack of that class, whose fiber becomes the carrier.
    void run_on(StackClass stack_class, Runnable& runnable);

    void make_ready(Fiber& fiber) noexcept { ready_.add(fiber); }
    void push_newest(Runnable& runnable) noexcept;
    void push_last(Runnable& runnable) noexcept;
    bool slice_is_over() const noexcept { return slice_over_.load(std::memory_order_relaxed); }
    // Cancels whatever is suspended here, and at its suspension all that still will be.
    void kill_all() noexcept;
    bool kills_all() const noexcept { return kills_all_; }
    bool has_suspended_fibers() const noexcept;
    void describe_suspended(std::string& out) const;
    TimerWheel& timers() noexcept { return timers_; }

private:
    std::unique_ptr<Driver> make_driver();
    static void fiber_main(void* fiber);
    void loop() noexcept;
    void step() noexcept;
    bool run_ready() noexcept;
    bool run_runnable() noexcept;
    Runnable* next_runnable() noexcept;
    void look_outside() noexcept;
    void take_inbox() noexcept;
    bool take_injected() noexcept;
    void advance_timers() noexcept;

    void idle() noexcept;
    Runnable* search() noexcept;
    Runnable* steal() noexcept;
    bool spin() noexcept;
    void park() noexcept;
    bool work_is_waiting() const noexcept;
    void leave() noexcept;

    void switch_away(Fiber& self) noexcept;
    void go_on(Fiber& fiber) noexcept;
    void take_over(Fiber& fiber) noexcept;
    Fiber& pop_spare() noexcept;
    void keep_spare(Fiber& fiber) noexcept;
    bool prepare_spare() noexcept;
    Fiber& make_fiber(StackClass stack_class);
    void destroy_fiber(Fiber& fiber) noexcept;
    void run_assigned() noexcept;
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
    Fiber* spare_ = nullptr;  // free fibers of the default class, newest first
    std::size_t spare_count_ = 0;
    Fiber* retired_ = nullptr;  // left behind at the last switch; destroyed at the next step
    Fiber* fibers_ = nullptr;   // all
    NodeLine ready_;
    std::uint64_t steps_ = 0;
    std::uint32_t until_look_ = look_every;
    std::uint32_t newest_in_a_row_ = 0;
    bool kills_all_ = false;
    bool short_of_stacks_ = false;  // no spare fiber, and none to be had
    TimePoint leave_at_{};          // caller-driven: when the slice is over
    TimePoint timers_seen_{};       // the coarse now that the timers were last advanced to
    TimerWheel timers_;
    StackPool stacks_;
    Context outside_;  // the thread's own stack
    std::unique_ptr<Driver> driver_;
    std::unique_ptr<Driver> old_driver_;  // a late wake() may still touch it

    // Shared.
    alignas(64) Atomic<State> state_{awake};
    Atomic<Driver*> waker_{nullptr};  // driver_, for wakers
    Inbox inbox_;
    InboxNode cooling_{&cooling_arrives, nullptr};
    Atomic<bool> cooling_posted_{false};             // cooling_ is in the inbox
    alignas(64) Atomic<std::uint64_t> progress_{0};  // written by the worker, read by the monitor
    Atomic<bool> slice_over_{false};                 // set by the monitor, reset by the worker
    Atomic<std::uint64_t> suspends_{0};              // for stats, like
    Atomic<std::uint64_t> steals_{0};                // this,
    Atomic<std::uint64_t> parks_{0};                 // this
    Atomic<std::uint64_t> fiber_count_{0};           // and this
    alignas(64) NewestSlot newest_;
    RunQueue ring_;
};

}  // namespace greenroom::detail
