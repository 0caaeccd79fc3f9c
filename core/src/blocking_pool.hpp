// BlockingPool: the plain threads of one runtime that run what would hold up a worker.
//
//   a thread: started --> runs jobs, oldest first --> idle --call--> runs jobs
//                                                     idle --idle_max, end()--> ended
//
// A job goes to the queue, and with it one thread is called: an idle one, newest first, so that the
// rest can end; else a new one, up to threads_max; else the queue waits for whoever is ready first.
// No thread becomes idle while the queue holds a job, so none is forgotten.
//
// Threads   Any, except for open() and end(), which the runtime's owner calls.
// Lifetime  Its memory is a RuntimeCore's. A thread's last touch of it is the unlock with which it
//           ends, or the wake of end() after that.
// Limits    BlockingOptions: threads_max threads, queue_max jobs that wait for one.
#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/blocking_call.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/threads.hpp>
#include <memory>
#include <mutex>
#include <stop_token>

namespace greenroom::detail {

class RuntimeCore;

class BlockingPool {
public:
    explicit BlockingPool(RuntimeCore& core) noexcept : core_{core} {}

    void open();

    // Queues `job`. Throws, and then it is the caller's still: Error(limit_reached), and
    // Error(stopping) for a detached one when the runtime ends. If the kernel gives not even one
    // thread, all that is queued is refused.
    void submit(BlockingJob& job);

    // True if it had not started, and now never will.
    bool withdraw(BlockingJob& job) noexcept;

    // The runtime goes down: sets the detached jobs' stop token, refuses those that have not
    // started and all that still come.
    void begin_stop() noexcept;

    // When the last fiber has ended: ends the threads. False if a job still runs at `deadline`.
    [[nodiscard]] bool end(Deadline deadline) noexcept;

    std::size_t running() noexcept;

private:
    using Held = std::unique_lock<SpinLock>;

    // A thread's place: free, or in use until the thread has ended and its handle has arrived.
    struct Slot {
        std::unique_ptr<Threads::Handle> handle;
        bool in_use = false;
        bool ended = false;
    };

    // A thread without a job, on its stack.
    struct IdleThread {
        PlainThread& sleeper;
        IdleThread* next = nullptr;
        IdleThread* previous = nullptr;
        bool called = false;
    };

    void start_thread(Held& held);
    Slot& free_slot() noexcept;
    void work(Slot& slot) noexcept;
    bool wait_for_call(Held& held) noexcept;
    IdleThread* pop_idle() noexcept;
    void remove_idle(IdleThread& thread) noexcept;
    void push(BlockingJob& job) noexcept;
    BlockingJob* pop() noexcept;
    void remove(BlockingJob& job) noexcept;
    void refuse_all(Held& held, bool detached_only, const std::exception_ptr& reason) noexcept;
    void tell_end(Held& held) noexcept;

    RuntimeCore& core_;
    WaitQueue end_;  // where end() waits; its lock guards all below
    BlockingJob* oldest_ = nullptr;
    BlockingJob* newest_ = nullptr;
    std::size_t queued_ = 0;
    IdleThread* idle_ = nullptr;  // newest first
    std::deque<Slot> slots_;      // as many as ever ran at once
    std::size_t alive_ = 0;       // threads that were started and have not ended
    std::size_t starting_ = 0;    // calls of start_thread()
    std::size_t running_ = 0;     // jobs
    bool stopping_ = false;       // takes no detached job
    bool ending_ = false;         // no thread becomes idle
    std::stop_source detached_stop_{std::nostopstate};
};

}  // namespace greenroom::detail
