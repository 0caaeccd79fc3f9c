// Scheduling: how the actors' floor has its cells run, without seeing a worker.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/activity.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/runnable.hpp>
#include <greenroom/core/driver.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/time.hpp>

#include <memory>
#include <vector>

namespace greenroom {
class Runtime;
struct TaskInfo;
}  // namespace greenroom

namespace greenroom::detail {

class Fiber;
class RuntimeCore;

RuntimeCore& core_of(Runtime& runtime) noexcept;

// Has `runnable` run once, soon, on a worker of `core`; on the calling worker if it is one. From
// any thread. False if the runtime has ended: then it never runs.
bool schedule(RuntimeCore& core, Runnable& runnable) noexcept;

// Like schedule, but behind all that the calling worker has to do: for who has had its turn.
bool schedule_last(RuntimeCore& core, Runnable& runnable) noexcept;

// True if the calling carrier's stack is of that class.
bool runs_on(const Worker& here, StackClass stack_class) noexcept;

// True if runs_on() is. Else it has run() called on one that is, on
// this worker, and returns false when that is over: nothing may be touched then. Throws
// StacksExhausted if there is none. Called by what the loop runs, before its turn.
bool run_on_stack_class(Worker& here, StackClass stack_class, Runnable& runnable);

// Keeps `core` from ending while a thread that is none of its workers touches it.
class Visit {
public:
    explicit Visit(RuntimeCore& core) noexcept;
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    // False: the runtime has ended, or is another one by now.
    explicit operator bool() const noexcept { return core_ != nullptr; }

private:
    RuntimeCore* core_;
    bool counted_;
};

// True in a process that was forked since the runtime began: nobody runs it there. What would wait
// for it throws Error(stopping).
bool is_of_parent(const RuntimeCore& core) noexcept;
void forbid_parents(const RuntimeCore& core, const char* call);

// A runtime that may have ended, and another one be using its memory, when it is asked for.
class RuntimeLink {
public:
    // From a thread that keeps it from ending.
    explicit RuntimeLink(RuntimeCore& core) noexcept;

    RuntimeCore& core() const noexcept { return core_; }
    // For who has a Visit of core(): true if it is still that runtime.
    bool leads_to_it() const noexcept;

private:
    RuntimeCore& core_;
    const std::uint64_t life_;
};

// While one lives, the calling fiber's carrier runs `activity`. Made by what the loop runs. At its
// end what the fiber kept for itself (fiber_local.hpp) is destroyed.
class Turn {
public:
    Turn(Worker& here, Activity& activity) noexcept;
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Fiber& fiber() const noexcept { return fiber_; }

private:
    // Static, so that a turn can lie in registers where both of its ends are in line.
    static void end_unusually(Fiber& fiber) noexcept;

    Fiber& fiber_;
};

// What runs on the calling fiber; null in a plain thread and outside of turns.
Activity* current_activity() noexcept;

// The same, but of a structured task itself, not whom it runs as.
Activity* running_activity() noexcept;

// A slot in the turns of the calling actor; null elsewhere. Throws std::bad_alloc.
std::unique_ptr<TurnSlot> reserve_turn();

// The runtime whose worker calls; null in a plain thread.
RuntimeCore* current_core() noexcept;

// The driver of the calling worker; null in a plain thread.
Driver* current_driver() noexcept;

// How many workers `core` has, and the driver of one of them, which stays its driver while nobody
// calls ensure_driver() with another key.
int worker_count(const RuntimeCore& core) noexcept;
// Which of the workers of `core` calls, from 0; or -1.
int worker_index(const RuntimeCore& core) noexcept;
Driver& driver_of(RuntimeCore& core, int worker) noexcept;
void ensure_driver(RuntimeCore& core, const void* key, const DriverFactory& factory);

// What `activity`, of `core`, waits for, if it is suspended; and, without identity, what keeps
// those workers that have not answered within `patience`. A suspension point that is not cancelled.
std::vector<TaskInfo> tasks_of(RuntimeCore& core, std::shared_ptr<const Activity> activity,
                               Duration patience);

// A number from 0 to `count` - 1, drawn by the runtime's Chance. Requires count > 0.
std::uint32_t choose_number(RuntimeCore& core, std::uint32_t count) noexcept;

// Who runs here sends or spawns so much that a magazine of blocks is used up. See
// Worker::note_magazine_used().
void note_magazine_used() noexcept;

// True when the calling worker's time slice has run out: a long batch ends then.
bool slice_is_over() noexcept;
// The same, for who asks often within one turn.
class SliceHere {
public:
    SliceHere() noexcept;  // on a worker
    bool is_over() const noexcept {
        // relaxed: a hint from the monitor.
        return over_.load(std::memory_order_relaxed);
    }

private:
    const Atomic<bool>& over_;
};

// The runtime's clock. On one of its workers a coarse reading, some milliseconds old at most: one
// relaxed load. Elsewhere the clock itself, since nobody keeps the coarse one while all sleep.
TimePoint coarse_now(const RuntimeCore& core) noexcept;
// On one of its workers: now or, where the clock is dear to read, up to 2 ms later. For what may
// end late, and never early.
TimePoint not_before_now(const RuntimeCore& core) noexcept;
// The clock, for who is about to wait for something that `core` runs. Throws Error(wrong_thread),
// naming `call`, on the thread that drives it, outside of it: that wait would never end.
TimePoint now_to_wait(const RuntimeCore& core, const char* call);

}  // namespace greenroom::detail
