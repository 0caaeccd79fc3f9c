// TaskState: what a task and its handle share: the function, its end, and who waits for that.
//
//   queued --run--> running --finish--> done
//   queued --run, a cancellation was requested--> done, and the function never ran
//
// Whoever watches it hears of its end in the order of the ends (task_watch.hpp).
//
// Threads   A handle is used by one thread at a time, but for cancel(): so while somebody waits in
//           join() nobody of another thread lists or unlists himself here (asserted).
// Lifetime  Counted: one reference is the handle's, one the runtime's until the task is done, one
//           a control turn's in flight. Of a task that is joined on the worker where it ends, the
//           handle gets the runtime's.
#pragma once

#include <cstdint>
#include <exception>
#include <greenroom/core/detail/activity.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/runnable.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/fields.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/where.hpp>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

struct TaskWatch;
class Worker;

class TaskState : public Runnable, public Activity {
public:
    const char* name() const noexcept override { return name_; }
    TaskState* as_task() noexcept override { return this; }
    Where where() const noexcept { return where_; }

    void join(Where where);
    bool join_before(Deadline deadline, Where where);
    bool done() const noexcept {
        // acquire: pairs with the release in announce_end().
        return done_.load(std::memory_order_acquire);
    }
    // Waits until it is done, whatever happens to the caller.
    void join_masked(Where where) noexcept;
    void cancel() noexcept;
    // Throws what the task threw, or Error(cancelled). Requires that it is done, like failure(),
    // which returns that, or null.
    void rethrow();
    std::exception_ptr failure();
    // Like rethrow(), for who leaves the handle as it was: the failure stays.
    void throw_failure();
    bool failed() const noexcept { return failure_ != nullptr || cancelled_; }
    void mark_seen() noexcept { seen_ = true; }

    // By the task itself: the requests to cancel it that were not taken back.
    std::uint32_t cancel_requests() const noexcept;
    std::uint32_t uncancel() noexcept;
    std::stop_token stop_token();

    // Has `watch` hear of the end; at once if it is done.
    void add_watch(TaskWatch& watch) noexcept;
    void remove_watch(TaskWatch& watch) noexcept;

    // What becomes of the handle's reference.
    static void drop(TaskState& state) noexcept;  // cancels and joins first
    static void release_handle(TaskState& state) noexcept;

    // On a stack of its class.
    void run(Worker& here) noexcept override;

    void hold() noexcept override;
    void release() noexcept override { let_go(1); }

protected:
    TaskState(RuntimeCore& core, const char* name, StackClass stack_class, Where where);
    virtual ~TaskState();

    // Calls the function and keeps its result.
    virtual void call() = 0;
    // Destroys the function, whose captures may wait in their destructors.
    virtual void destroy_function() noexcept = 0;
    // The result that nobody has fetched, if there is one.
    virtual void destroy_result() noexcept {}
    virtual void destroy() noexcept = 0;

    // What a structured task inherits is put into its fiber here, at the start of its turn.
    virtual void begin_turn(Fiber&) noexcept {}
    // Tells of the end. The last touch of the runtime's reference.
    virtual void finish(Worker& here) noexcept;
    void announce_end(Worker& here) noexcept;
    void control() noexcept override;

    template <class F, class R>
    friend TaskState& make_task(RuntimeCore&, F, const char*, StackClass, bool, Where);
    void queue(bool lives_long = false);  // on any worker; throws
    // The caller's, who begins it, become its own.
    [[gnu::noinline]] void take_fields() noexcept { fields_ = current_fields(); }
    void start(Worker& here) noexcept override { run(here); }

    const StackClass stack_class_;
    bool cancelled_ = false;        // written before done_
    bool seen_ = false;             // the failure was thrown to somebody
    bool handle_has_both_ = false;  // the handle lets go of the runtime's reference too; likewise
    std::exception_ptr failure_;

private:
    friend struct SelectAccess;

    void queue_from_outside(bool lives_long);
    void queue_for_long(Worker* here);
    void run_on_carrier(Worker& here) noexcept;
    [[gnu::noinline]] void run_with_fields(Worker& here) noexcept;
    void guarded_call() noexcept;
    bool wait_here(Worker& here, WaitEntry& joiner, Deadline deadline);
    void forbid_second_user() const noexcept;
    void tell_all(Worker& here, Resumption& resumption) noexcept;
    void let_go(std::uint32_t references) noexcept;
    // Apart, so that the common way keeps no frame for them.
    [[gnu::noinline]] void tell_unseen_failure() noexcept;
    [[gnu::noinline, noreturn]] void throw_no_stack() const;
    [[gnu::noinline, noreturn]] void throw_was_cancelled() const;
    std::string story() const;

    Atomic<std::uint32_t> references_{2};
    const char* const name_;
    const Where where_;
    Fields fields_;             // of who began it
    Atomic<bool> done_{false};  // written by tell_all()
    Atomic<std::uint32_t> cancel_requests_{0};
    Atomic<std::stop_source*> stop_{nullptr};  // made by the task, and owned
    WaitQueue joiners_;
    // The worker where it is joined and runs, so that nobody takes the lock (wait_here); written by
    // that one alone.
    Atomic<Worker*> joined_on_{nullptr};
    TaskWatch* watches_ = nullptr;  // guarded by joiners_.lock
};

// The reference of a handle.
struct TaskHandle {
    explicit TaskHandle(TaskState& its_task) noexcept : task{its_task} {}
    ~TaskHandle() { TaskState::release_handle(task); }
    TaskHandle(const TaskHandle&) = delete;
    TaskHandle& operator=(const TaskHandle&) = delete;
    TaskState& task;
};

// A task and its result. `Base` is TaskState, or ChildState for a structured task.
template <class R, class Base = TaskState>
class TaskResult : public Base {
public:
    R take() { return std::move(*result_); }

protected:
    using Base::Base;
    void destroy_result() noexcept override { result_.reset(); }
    std::optional<R> result_;
};

template <class Base>
class TaskResult<void, Base> : public Base {
public:
    void take() noexcept {}

protected:
    using Base::Base;
};

// F is kept by value, or by reference if it is F&.
template <class F>
class TaskFunction {
public:
    explicit TaskFunction(F&& function) : function_{std::move(function)} {}
    decltype(auto) operator()() { return (*function_)(); }
    void destroy() noexcept { function_.reset(); }

private:
    std::optional<F> function_;
};

template <class F>
class TaskFunction<F&> {
public:
    explicit TaskFunction(F& function) : function_{function} {}
    decltype(auto) operator()() { return function_(); }
    void destroy() noexcept {}

private:
    F& function_;
};

template <class F, class R, class Base>
class TaskBlock final : public TaskResult<R, Base> {
public:
    template <class... Args>
    explicit TaskBlock(F&& function, Args&&... args)
        : TaskResult<R, Base>{std::forward<Args>(args)...}, function_{std::forward<F>(function)} {}

private:
    void call() override {
        if constexpr (std::is_void_v<R>) {
            function_();
        } else {
            this->result_.emplace(function_());
        }
    }
    void destroy_function() noexcept override { function_.destroy(); }
    void destroy() noexcept override {
        std::destroy_at(this);
        release_block(this, sizeof(TaskBlock));
    }

    TaskFunction<F> function_;
};

// A task in a block of the pool, with two references; not queued.
template <class F, class R, class Base, class... Args>
auto& make_block(F&& function, Args&&... args) {
    using Block = TaskBlock<F, R, Base>;
    static_assert(alignof(Block) <= 16, "captures of a task are aligned to 16 bytes at most");
    void* const place = allocate_block(sizeof(Block));
    try {
        return static_cast<TaskResult<R, Base>&>(
            *::new (place) Block{std::forward<F>(function), std::forward<Args>(args)...});
    } catch (...) {
        release_block(place, sizeof(Block));
        throw;
    }
}

template <class F, class R>
TaskState& make_task(RuntimeCore& core, F function, const char* name, StackClass stack_class,
                     bool lives_long, Where where) {
    TaskState& state =
        make_block<F, R, TaskState>(std::move(function), core, name, stack_class, where);
    try {
        state.queue(lives_long);
    } catch (...) {
        state.destroy_function();
        state.destroy();
        throw;
    }
    return state;
}

// The caller's runtime; throws Error(wrong_thread), naming `call`, in a plain thread.
RuntimeCore& require_core(const char* call);

// Throws Error(wrong_thread), naming `call`, in a fiber.
void require_plain_thread(const char* call);

}  // namespace greenroom::detail
