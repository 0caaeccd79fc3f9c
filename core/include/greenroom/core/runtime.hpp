// Runtime: workers that run fibers, on threads of their own or on a thread of the caller's.
//
// There is no global one: several may live in one process, and each joins its threads in its
// destructor. `spawn` (task.hpp) starts a task on it; `greenroom::System` (actors) brings its own.
//
// Threads   Every member is safe from any thread, except that run_for() binds a caller-driven
//           runtime to the first thread that calls it.
// Lifetime  The destructor refuses new tasks, cancels what still runs and waits for it to unwind,
//           for `stop_grace` at most; what refuses to end is named on stderr, and the process ends
//           by std::terminate: never a hang, never a silent leak. It must run on a plain thread,
//           that of a caller-driven runtime on the thread that drives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/chance.hpp>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/driver.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/stack_memory.hpp>
#include <greenroom/core/threads.hpp>
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
    // Most threads at once, and most calls that wait for one; beyond, blocking() throws.
    std::size_t threads_max = 64;
    std::size_t queue_max = 10'000;
    // A thread that was without work for so long ends.
    Duration idle_max = std::chrono::seconds{10};
};

struct RuntimeOptions {
    // 0: as many as this process may use processors (its affinity). At most 256.
    int workers = 0;
    DrivenBy driven_by = DrivenBy::workers;
    // Shown in thread names, dumps and the log.
    std::string name = "greenroom";
    // How long the destructor waits for cancelled tasks to unwind.
    Duration stop_grace = std::chrono::seconds{5};
    // Most stacks of each worker; beyond it a spawn or a wait fails with StacksExhausted.
    std::size_t stacks_max = 4'000'000;
    // Run on unguarded stacks with a canary where neither kind of guard is to be had.
    bool allow_unguarded_stacks = false;
    // Report a stack overflow before the process dies (a SIGSEGV handler, chained).
    bool report_stack_overflow = true;
    BlockingOptions blocking{};

    // The seams. Null means the real one.
    Clock* clock = nullptr;
    Threads* threads = nullptr;
    Chance* chance = nullptr;
    StackMemory* stack_memory = nullptr;
    DriverFactory driver{};
};

// What one worker has done since it started.
struct WorkerStats {
    std::uint64_t turns = 0;     // runnables run and fibers gone on with
    std::uint64_t steals = 0;    // times it took work from another worker
    std::uint64_t parks = 0;     // times it went to sleep
    std::uint64_t suspends = 0;  // times a fiber of it suspended
    std::size_t fibers = 0;      // stacks it has, free ones included
    std::size_t timers = 0;      // waits with a deadline
};

struct RuntimeStats {
    std::vector<WorkerStats> workers;
    std::uint64_t tasks_alive = 0;
    GuardTier guard_tier{};
};

// What run_for() did.
struct RunResult {
    bool more = false;  // there is work left: call again soon
    // When the next timer is due; Deadline::never() if there is none. Wait for it on fd().
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

    // Caller-driven only: becomes readable when run_for() has something to do that came from
    // outside. -1 where there is none.
    int fd() const noexcept;

    RuntimeStats stats() const;

    // A line for each suspended fiber: its name, what it waits for, where, and for how long. A
    // worker that does not answer within a second is reported as stuck. Not from a fiber of this
    // runtime with a single worker in a long handler: it is that worker which answers.
    std::string dump() const;

    // Puts `factory`'s drivers in place of the workers' present ones, once for each `key` (the
    // address of a static object); returns when all workers have theirs. For floors above that
    // wait for more than wakes.
    void ensure_driver(const void* key, const DriverFactory& factory);

private:
    friend detail::RuntimeCore& detail::core_of(Runtime& runtime) noexcept;

    detail::RuntimeCore* core_;
};

// Lets what else is runnable on this worker go first. In a plain thread it yields the processor.
// A suspension point.
void yield();

}  // namespace greenroom
