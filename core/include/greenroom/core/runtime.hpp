// Runtime: workers that run fibers, on threads of their own or on a thread of the caller's.
//
// There is no global one: several may live in one process, and each joins its threads in its
// destructor. `spawn` (task.hpp) starts a task on it; `greenroom::System` (actors) brings its own.
//
// Threads   Every member is safe from any thread, except that a caller-driven runtime belongs to
//           the first thread that calls run_for() or run_until_idle(). From any other, spawns,
//           wakes and messages are queued for the next run_for(), and make fd() readable; dump() is
//           answered by the next one, too.
// Lifetime  The destructor refuses new tasks, cancels what still runs and waits for it to unwind,
//           for `stop_grace` at most; what refuses to end is named on stderr, and the process ends
//           by std::terminate: never a hang, never a silent leak. A worker that is still in
//           on_worker_start is waited for, for 5 minutes at most. It must run on a plain thread,
//           that of a caller-driven runtime on the thread that drives it.
// Fork      In a forked child the parent's runtimes are dead: they have no threads there, whatever
//           would wait for one throws Error(stopping), and their destructors do nothing. A child
//           may make runtimes of its own if no other thread of the parent was in a call of the
//           library just then. In a fiber, fork only to exec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <greenroom/core/chance.hpp>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/driver.hpp>
#include <greenroom/core/latencies.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/stack_memory.hpp>
#include <greenroom/core/threads.hpp>
#include <greenroom/core/where.hpp>
#include <string>
#include <vector>

namespace greenroom {

class Runtime;

namespace detail {
class RuntimeCore;
RuntimeCore& core_of(Runtime& runtime) noexcept;
}  // namespace detail

// Whose thread the workers run on.
enum class DrivenBy {
    workers,  // threads of the runtime's own
    caller,   // run_for() on a thread of the caller's: one worker, no threads (games, GUIs)
};

// The threads that run what blocking() is given (blocking.hpp).
struct BlockingOptions {
    // Most threads at once, and most calls that wait for one; beyond, blocking() throws. Of
    // threads at least 1, else the runtime throws std::invalid_argument; with a queue_max of 0
    // every call is refused.
    std::size_t threads_max = 64;
    std::size_t queue_max = 10'000;
    // A thread that was without work for so long ends.
    Duration idle_max = std::chrono::seconds{10};
};

// A task that failed, and nobody took its result: see RuntimeOptions::on_unseen_failure.
struct UnseenFailure {
    const char* name;
    Where where;  // of the spawn
    std::exception_ptr failure;
};

struct RuntimeOptions {
    // 0: as many as this process may use processors: its affinity, or the quota of its container
    // (cgroups) if that is less, rounded up. 0 to 256, else the constructor throws
    // std::invalid_argument. With DrivenBy::caller always 1.
    int workers = 0;
    // Binds worker i to the i-th of the processors that the process may use (and begins anew where
    // there are more workers). For machines that do nothing else. The threads of blocking() are not
    // bound; threads that a handler starts itself inherit it.
    bool pin_workers = false;
    // Called on each worker's thread as it starts, before it runs anything: for thread-local
    // set-up. What it throws ends the process. Not for a caller-driven runtime.
    std::function<void(int worker)> on_worker_start{};
    DrivenBy driven_by = DrivenBy::workers;
    // Shown in thread names, dumps and the log.
    std::string name = "greenroom";
    // How long the destructor waits for cancelled tasks to unwind. Zero or less: nobody is waited
    // for, and what has not ended by then ends the process.
    Duration stop_grace = std::chrono::seconds{5};
    // Most stacks of each worker; beyond it a spawn or a wait fails with StacksExhausted.
    // At least 2, the loop's stack and a spare, else the constructor throws StacksExhausted.
    std::size_t stacks_max = 4'000'000;
    // Run on unguarded stacks with a canary where neither kind of guard is to be had.
    bool allow_unguarded_stacks = false;
    // Report a stack overflow before the process dies (a SIGSEGV handler, chained).
    bool report_stack_overflow = true;
    // A handler or task that has held its worker for so long without a wait is logged by name, and
    // counted (WorkerStats::long_handlers); a caller-driven runtime does so when it is over. What
    // is bound to that worker stands still meanwhile: put long computations into blocking(), or let
    // others run by yield(). In the log it is one line in a second at most; all are counted.
    // Zero: never.
    Duration long_handler = std::chrono::seconds{1};
    BlockingOptions blocking{};
    // Measure how deep tasks and actors use their stacks: Runtime::stack_use(). Costs, for each
    // turn, a call of the kernel and the clearing and reading of the stack below it.
    bool measure_stacks = false;
    // Called for a task whose failure is dropped unseen, beside the line in the log, of which there
    // are a hundred in a second at most while the runtime runs. On whatever thread drops it, fibers
    // included: it must not suspend. What it throws is logged.
    std::function<void(const UnseenFailure&)> on_unseen_failure{};

    // The seams. Null means the real one.
    Clock* clock = nullptr;
    Threads* threads = nullptr;
    Chance* chance = nullptr;
    StackMemory* stack_memory = nullptr;
    DriverFactory driver{};
};

// What one worker has done since it started.
struct WorkerStats {
    std::uint64_t turns = 0;          // runnables run and fibers gone on with
    std::uint64_t steals = 0;         // times it took work from another worker
    std::uint64_t parks = 0;          // times it went to sleep
    std::uint64_t suspends = 0;       // times a fiber of it suspended
    std::size_t queued = 0;           // runnables that wait in its own queue
    std::size_t long_lived = 0;       // tasks that were spawned as long-lived and have not ended
    Latencies queue_latency;          // how long a runnable waits in its queue: a sample
    Latencies timer_lag;              // how much later than due its timers fired
    std::uint64_t long_handlers = 0;  // times that one held it for RuntimeOptions::long_handler
    std::size_t fibers = 0;           // stacks it has, free ones included
    std::size_t timers = 0;           // waits and scopes with a deadline
};

// How deep the turns of tasks, or of actors, of one name have used their stacks.
struct StackUse {
    const char* name = "";
    StackClass stack_class = StackClass::standard;
    std::size_t bytes_max = 0;  // the library's own part included
    std::uint64_t turns = 0;
};

struct RuntimeStats {
    std::vector<WorkerStats> workers;
    std::uint64_t tasks_alive = 0;
    std::size_t injected = 0;  // runnables that belong to no worker yet
    GuardTier guard_tier{};
};

// What dump() tells.
struct DumpOptions {
    // They take time for each fiber, and some KiB of its stack for a moment.
    bool stacks = true;
    // How long each worker may be kept from its work; who was not asked by then is counted.
    Duration time_max = std::chrono::seconds{2};
};

// A task or an actor's handler that has begun and has not ended.
struct TaskInfo {
    const char* name;       // lives for ever
    int worker;             // which it is bound to
    const char* waits_for;  // the kind of wait: "mutex"; null: it runs, or is about to
    Where where;            // it waits
    Duration waited;        // for how long
    const void* identity;   // tells those of one name apart, and no more; null: not known
};

// What run_for() did.
struct RunResult {
    bool more = false;  // there is work left: call again soon
    // When the next timer is due, or a few times earlier while that is far; Deadline::never() if
    // there is none. Wait for it on fd(), or call again then.
    Deadline call_again;
};

class Runtime {
public:
    // Throws std::system_error if the kernel gives no thread or no memory for stacks, and
    // std::invalid_argument for an option out of its range.
    explicit Runtime(RuntimeOptions options = {});
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    int worker_count() const noexcept;
    const std::string& name() const noexcept;

    // Caller-driven only: works for `budget` or until nothing is runnable, and returns after the
    // budget plus one handler at most. Throws Error(wrong_thread) from a second thread, from inside
    // of the runtime, or if the runtime has threads of its own.
    RunResult run_for(Duration budget);

    // The same until nothing is runnable, and it is no tick (next_tick()): for what comes in
    // between two frames. Endless work keeps it for ever.
    RunResult run_until_idle();

    // Caller-driven only: readable while run_for() has something to do: work that came from
    // outside, an event of a socket, a timer that is due. The same for the runtime's whole life.
    // For poll() and its kin alone. -1 where there is none. Timers need the real clock.
    int fd() const noexcept;

    RuntimeStats stats() const;

    // By name and class; with RuntimeOptions::measure_stacks, else empty. Of the turns that have
    // ended, and of those suspended for long.
    std::vector<StackUse> stack_use() const;

    // A line for each suspended fiber: its name, what it waits for, where, and for how long; with
    // the stacks that they stand in, each told once for all whose stacks are equal. Then a line for
    // each plain thread that waits in a call of the library. Returns after DumpOptions::time_max
    // and a second more; a worker that has not answered by then is reported as stuck, by name. From
    // a fiber it is a suspension point that is not cancelled.
    // The functions of a stripped program are named only as far as it exports them (-rdynamic).
    std::string dump(DumpOptions options = {}) const;

    // All that has begun: what runs or is suspended on the workers that answer within `patience`,
    // and what keeps the others from that. What is queued and has not begun is not among them;
    // RuntimeStats counts it.
    std::vector<TaskInfo> all_tasks(Duration patience = std::chrono::seconds{1}) const;

    // Puts `factory`'s drivers in place of the workers' present ones, once for each `key` (the
    // address of a static object); returns when all workers have theirs. For floors above that
    // wait for more than wakes.
    void ensure_driver(const void* key, const DriverFactory& factory);

private:
    friend detail::RuntimeCore& detail::core_of(Runtime& runtime) noexcept;

    detail::RuntimeCore* core_;
};

// Waits until the caller's loop calls run_for() next: for what is to be done once in each frame,
//     spawn(runtime, [&] { for (;;) { next_tick(); world.step(); } })
// A call that comes while the fiber still does its work is not waited for later. Throws
// Error(wrong_thread) where the runtime is not caller-driven. A suspension point.
void next_tick(Where where = Where::here());

// The name of the task or the actor that calls; null in a plain thread.
const char* current_task_name() noexcept;

// Lets all that is ready or queued on this worker now go first, once each. In a plain thread it
// yields the processor. A suspension point.
void yield();

}  // namespace greenroom
