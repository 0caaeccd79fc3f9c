// RuntimeCore: what the workers of one runtime share.
//
// Lifetime  Its memory is never freed but used again by a later runtime, so that a thread which is
//           none of its workers may knock at the gate at any time (gate.hpp).
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/fork.hpp>
#include <greenroom/core/detail/log_limit.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/runtime.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "blocking_pool.hpp"
#include "gate.hpp"
#include "idle.hpp"
#include "inject_queue.hpp"
#include "long_handlers.hpp"
#include "monitor.hpp"
#include "overflow.hpp"
#include "stack_use.hpp"
#include "worker.hpp"

namespace greenroom::detail {

// Called on a worker, outside of turns.
using WorkerFunction = void (*)(void* argument, Worker& worker);

// Why a worker has no stack in reserve, as in StacksExhausted. Aligned so that one load reads it.
struct alignas(8) StackLack {
    StackFailure failure = StackFailure::memory;
    int error = 0;
};

class RuntimeCore {
public:
    // Lines of the log in a second, of tasks that failed unseen; what is not said is counted.
    static constexpr std::uint32_t unseen_failure_lines_max = 100;

    // From the store of used ones, or new.
    static RuntimeCore& acquire();
    void give_back() noexcept;
    // For fork(): nobody takes from the store or gives back meanwhile.
    static void lock_store() noexcept;
    static void unlock_store() noexcept;

    void start(RuntimeOptions options);
    // Cancels what runs and waits for it, then ends the workers.
    void stop() noexcept;

    RuntimeOptions options;  // with all seams set
    Birthplace birthplace;   // elsewhere: this process was forked, and nobody runs it here
    GuardTier guard_tier{};
    std::vector<std::unique_ptr<Worker>> workers;
    Idle idle;
    InjectQueue injected;
    StackUseTable stack_use;
    Gate gate;
    LongHandlers long_handlers;
    std::optional<LogLimit> unseen_failure_log;  // from the start on
    Monitor monitor{*this};
    BlockingPool blocking{*this};

    Clock& clock() const noexcept { return *options.clock; }
    Threads& threads() const noexcept { return *options.threads; }
    bool caller_driven() const noexcept { return options.driven_by == DrivenBy::caller; }
    Worker* worker_here() const noexcept;  // the calling thread, if it is a worker of it
    bool is_home() const noexcept { return worker_here() != nullptr; }
    // Which of the runtimes that use this memory one after another it is. For visitors.
    std::uint64_t life() const noexcept { return life_; }

    // Reads the clock and publishes it as the coarse now.
    TimePoint refresh_now() noexcept;
    TimePoint coarse_now() const noexcept {
        // relaxed: a single word, that orders nothing.
        return TimePoint{Duration{now_.load(std::memory_order_relaxed)}};
    }

    // Queues work from outside of the workers, and wakes one if need be.
    void inject(Runnable& runnable) noexcept;
    void inject(Runnable* const* runnables, std::size_t count) noexcept;
    // Wakes one sleeping worker, unless one is searching.
    void wake_one() noexcept;
    // The same for one that would rob another at once. False: there is none, and nobody searches.
    bool wake_thief(TimePoint now) noexcept;
    void wake_all() noexcept;

    // Has a long-lived task run on the worker that has the fewest of them. From any thread that
    // keeps the runtime from ending. Throws std::bad_alloc.
    void spread(StackClass stack_class, Runnable& task);

    // A task begins and ends its life; `here` is worker_here(). begin_task throws Error(stopping)
    // once the runtime goes down.
    void begin_task(Worker* here);
    void end_task(Worker* here) noexcept;
    std::uint64_t tasks_alive() const noexcept;
    // acquire: pairs with the store in stop().
    bool stopping() const noexcept { return stopping_.load(std::memory_order_acquire); }
    bool exiting() const noexcept { return exiting_.load(std::memory_order_seq_cst); }

    // Workers that could not get a stack in reserve: spawns fail until they can.
    Atomic<std::uint32_t> workers_without_spare{0};
    // Why the last of them could not.
    Atomic<StackLack> stack_lack{};

    // Runs `function(argument, worker)` on each worker, outside of turns, on all at once. Returns
    // which have answered by the deadline; the others may run it later.
    std::vector<bool> on_each_worker(WorkerFunction function, std::shared_ptr<void> argument,
                                     Deadline deadline);

    // ---- Caller-driven: caller_driven.cpp

    RunResult run_for(Duration budget);
    RunResult run_until_idle();
    // True on the thread that drives it, inside and outside of it.
    bool is_driver() const noexcept;
    // relaxed: as is_driver().
    bool is_driven() const noexcept { return caller_.load(std::memory_order_relaxed) != nullptr; }
    // Throws Error(wrong_thread) if the caller is that thread, outside of it.
    void forbid_wait_of_driver(const char* call) const;
    Event next_tick;  // set and cleared as each slice begins

    // ----

    // Undoes for the calling thread what it has inherited from a bound worker (pin_workers).
    void unbind_thread() const noexcept;

    // `only`: of that one alone, if it is suspended.
    std::vector<TaskInfo> all_tasks(Duration patience,
                                    std::shared_ptr<const Activity> only = nullptr);
    std::string dump(const DumpOptions& options_of_dump);
    void ensure_driver(const void* key, const DriverFactory& factory);

private:
    template <class Wanted>
    bool notify_one(const Wanted& wanted) noexcept;
    void bind_caller(const char* call);
    bool call_as_driver(WorkerFunction function, void* argument);
    std::string describe_stuck(const Worker& worker) const;
    void run_worker(Worker& worker);
    void join_workers() noexcept;
    void kill_and_wait(Deadline give_up_at) noexcept;
    bool wait_for_tasks(Deadline deadline) noexcept;
    void look_for_last_task() noexcept;
    [[gnu::noinline, noreturn]] void refuse_task(Worker* here);
    [[noreturn]] void give_up() noexcept;

    std::uint64_t life_ = 0;  // written before the gate opens, read by who is inside
    Atomic<std::int64_t> now_{0};
    Atomic<std::uint64_t> begun_outside_{0};  // tasks, by threads that are none of its workers
    Atomic<bool> stopping_{false};
    Atomic<bool> exiting_{false};
    FutexWord all_tasks_ended_{0};             // how often somebody found that, while it stops
    Atomic<const void*> driver_key_{nullptr};  // whose drivers the workers have
    Mutex driver_change_;
    SpinLock binding_;
    Atomic<const void*> caller_{nullptr};  // caller-driven: the thread that it is bound to
    std::optional<AlternateStack> caller_overflow_report_;  // of that thread
    std::vector<std::unique_ptr<Threads::Handle>> threads_running_;
    std::vector<int> processors_;  // for pin_workers; empty: workers are not bound
    RuntimeCore* next_unused_ = nullptr;
};

}  // namespace greenroom::detail
