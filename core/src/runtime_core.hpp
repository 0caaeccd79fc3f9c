// RuntimeCore: what the workers of one runtime share.
//
// Lifetime  Its memory is never freed but used again by a later runtime, so that a thread which is
//           none of its workers may knock at the gate at any time (gate.hpp).
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/runtime.hpp>
#include <memory>
#include <string>
#include <vector>

#include "blocking_pool.hpp"
#include "gate.hpp"
#include "idle.hpp"
#include "inject_queue.hpp"
#include "monitor.hpp"
#include "overflow.hpp"
#include "worker.hpp"

namespace greenroom::detail {

class RuntimeCore {
public:
    // From the store of used ones, or new.
    static RuntimeCore& acquire();
    void give_back() noexcept;

    void start(RuntimeOptions options);
    // Cancels what runs and waits for it, then ends the workers.
    void stop() noexcept;

    RuntimeOptions options;  // with all seams set
    GuardTier guard_tier{};
    std::vector<std::unique_ptr<Worker>> workers;
    Idle idle;
    InjectQueue injected;
    Gate gate;
    Monitor monitor{*this};
    BlockingPool blocking{*this};

    Clock& clock() const noexcept { return *options.clock; }
    Threads& threads() const noexcept { return *options.threads; }
    bool caller_driven() const noexcept { return options.driven_by == DrivenBy::caller; }
    bool is_home() const noexcept;  // the calling thread is a worker of it

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
    void wake_all() noexcept;

    // A task begins and ends its life. begin_task throws Error(stopping) once the runtime goes
    // down.
    void begin_task();
    void end_task() noexcept;
    std::uint64_t tasks_alive() const noexcept { return tasks_.load(std::memory_order_relaxed); }
    // acquire: pairs with the store in stop().
    bool stopping() const noexcept { return stopping_.load(std::memory_order_acquire); }
    bool exiting() const noexcept { return exiting_.load(std::memory_order_seq_cst); }

    // A worker could not get a stack in reserve: spawns fail until it can.
    Atomic<std::uint32_t> workers_without_spare{0};

    // Runs `call(argument, worker)` on each worker, outside of turns. Returns how many have
    // answered by the deadline.
    std::size_t on_each_worker(void (*call)(void*, Worker&), void* argument, Deadline deadline);

    RunResult run_for(Duration budget);
    std::string dump();
    void ensure_driver(const void* key, const DriverFactory& factory);

private:
    void join_workers() noexcept;
    void kill_and_wait(Deadline give_up_at) noexcept;
    bool wait_for_tasks(Deadline deadline) noexcept;
    [[noreturn]] void give_up() noexcept;

    Atomic<std::int64_t> now_{0};
    Atomic<std::uint64_t> tasks_{0};
    Atomic<bool> stopping_{false};
    Atomic<bool> exiting_{false};
    FutexWord all_tasks_ended_{0};
    Atomic<const void*> driver_key_{nullptr};  // whose drivers the workers have
    Mutex driver_change_;
    Atomic<const void*> caller_{nullptr};  // caller-driven: the thread that it is bound to
    std::optional<AlternateStack> caller_overflow_report_;  // of that thread
    std::vector<std::unique_ptr<Threads::Handle>> threads_running_;
    RuntimeCore* next_unused_ = nullptr;
};

}  // namespace greenroom::detail
