// TaskState: what a task and its handle share: the function, its end, and who waits for that.
//
//   queued --run--> running --finish--> done
//   queued --run, a cancellation was requested--> done, and the function never ran
//
// Lifetime  Counted: one reference is the handle's, one the runtime's until the task is done, one
//           a control turn's in flight.
#pragma once

#include <cstdint>
#include <exception>
#include <greenroom/core/detail/activity.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/runnable.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/where.hpp>
#include <new>
#include <optional>
#include <utility>

namespace greenroom::detail {

class TaskState : public Runnable, public Activity {
public:
    const char* name() const noexcept override { return name_; }
    Where where() const noexcept { return where_; }

    void join(Where where);
    bool join_before(Deadline deadline, Where where);
    bool done() noexcept;
    void cancel() noexcept { signal(cancel_signal); }
    // Throws what the task threw. Requires that it is done.
    void rethrow();

    // What becomes of the handle's reference.
    static void drop(TaskState& state) noexcept;  // cancels and joins first
    static void detach(TaskState& state) noexcept;
    static void release_handle(TaskState& state) noexcept;

protected:
    TaskState(RuntimeCore& core, const char* name, StackClass stack_class, Where where);
    virtual ~TaskState() = default;

    // Calls the function and keeps its result.
    virtual void call() = 0;
    // Destroys the function, whose captures may wait in their destructors.
    virtual void destroy_function() noexcept = 0;
    virtual void destroy() noexcept = 0;

    void hold() noexcept override;
    void release() noexcept override;

    template <class F, class R>
    friend TaskState& make_task(RuntimeCore&, F, const char*, StackClass, Where);
    void start();  // queues it; throws

private:
    static void run_task(Runnable& self) noexcept;
    void run_here() noexcept;
    void guarded_call() noexcept;
    void finish() noexcept;
    void join_masked(Where where) noexcept;
    void log_unseen_failure() noexcept;

    Atomic<std::uint32_t> references_{2};
    const char* const name_;
    const Where where_;
    const StackClass stack_class_;
    bool done_ = false;       // guarded by joiners_.lock
    bool cancelled_ = false;  // written before done_
    bool seen_ = false;       // the failure was thrown to somebody
    std::exception_ptr failure_;
    WaitQueue joiners_;
};

template <class R>
class TaskResult : public TaskState {
public:
    R take() { return std::move(*result_); }

protected:
    using TaskState::TaskState;
    std::optional<R> result_;
};

template <>
class TaskResult<void> : public TaskState {
public:
    void take() noexcept {}

protected:
    using TaskState::TaskState;
};

template <class F, class R>
class TaskBlock final : public TaskResult<R> {
public:
    TaskBlock(RuntimeCore& core, F&& function, const char* name, StackClass stack_class,
              Where where)
        : TaskResult<R>{core, name, stack_class, where}, function_{std::move(function)} {}

private:
    void call() override {
        if constexpr (std::is_void_v<R>) {
            (*function_)();
        } else {
            this->result_.emplace((*function_)());
        }
    }
    void destroy_function() noexcept override { function_.reset(); }
    void destroy() noexcept override {
        std::destroy_at(this);
        release_block(this, sizeof(TaskBlock));
    }

    std::optional<F> function_;
};

template <class F, class R>
TaskState& make_task(RuntimeCore& core, F function, const char* name, StackClass stack_class,
                     Where where) {
    using Block = TaskBlock<F, R>;
    static_assert(alignof(Block) <= 16, "captures of a task are aligned to 16 bytes at most");
    void* const place = allocate_block(sizeof(Block));
    TaskState* state = nullptr;
    try {
        state = ::new (place) Block{core, std::move(function), name, stack_class, where};
    } catch (...) {
        release_block(place, sizeof(Block));
        throw;
    }
    try {
        state->start();
    } catch (...) {
        state->destroy_function();
        state->destroy();
        throw;
    }
    return *state;
}

// The caller's runtime; throws Error(wrong_thread), naming `call`, in a plain thread.
RuntimeCore& require_core(const char* call);

}  // namespace greenroom::detail
