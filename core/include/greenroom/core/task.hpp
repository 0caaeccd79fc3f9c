// Task: a function that runs beside its caller, on a fiber of its own.
//
// spawn(f) returns at once; `f` never starts inside of it. It starts as soon as a worker is free
// for it: as a rule on the caller's, when the caller suspends or ends its turn, the task spawned
// last first; another worker takes it if that lasts. From its first wait on it stays on the worker
// that it waited on. It takes what it captures by value: it may run while the caller does. For
// tasks that end before their caller goes on, and may refer to its locals: gather.hpp, race.hpp,
// map.hpp, task_group.hpp.
//
// Threads       A Task may be used and destroyed from any fiber or plain thread, by one at a time,
//               but for cancel(): waiting for it in two threads at once aborts where it is found.
//               The others than valid() and cancel() require valid() (asserted).
// Ordering      What was done before spawn is visible to `f`; what `f` did, to who joined it.
// Lifetime      Destroying a Task that was neither joined nor detached cancels it and waits until
//               it has ended, like std::jthread. A failure that nobody saw is logged with its
//               place, and told to RuntimeOptions::on_unseen_failure.
// Inheritance   A task starts with no deadline and no scope of its spawner's.
// Cancellation  cancel() asks; the task hears of it as Cancelled at its next suspension point. One
//               that has not started never runs. Who is cancelled while it waits in get() or join()
//               cancels the task too, and goes on when that has ended.
#pragma once

#include <exception>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/task_state.hpp>
#include <greenroom/core/result.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/where.hpp>
#include <type_traits>
#include <utility>

namespace greenroom {

namespace detail {
struct SelectAccess;
}

struct SpawnOptions {
    // Shown in dumps and in the report of an overflow. A string literal: it is not copied.
    // Null: "task", or, for a structured task, the name of who waits for it.
    const char* name = nullptr;
    // How much stack the task may use.
    StackClass stack_class = StackClass::standard;
    // It waits for most of a long life, as one for each connection does. What waits never moves, so
    // such tasks are spread as they start: each goes to the worker that has the fewest of them.
    // Not for structured tasks, which stay where their caller is.
    bool lives_long = false;
};

template <class T>
class Task;

namespace detail {
template <class T>
TaskState& state_of(const Task<T>& task) noexcept;
}

// nodiscard: a task that is dropped is cancelled; keep it, or call detach().
template <class T>
class [[nodiscard]] Task {
public:
    Task() noexcept = default;
    Task(Task&& other) noexcept
        : state_{std::exchange(other.state_, nullptr)}, is_used_up_{other.is_used_up_} {}
    Task& operator=(Task&& other) noexcept {
        std::swap(state_, other.state_);
        std::swap(is_used_up_, other.is_used_up_);
        return *this;
    }
    ~Task() {
        if (state_ == nullptr) return;
        is_used_up_ ? detail::TaskState::release_handle(*state_) : detail::TaskState::drop(*state_);
    }

    // False after detach(), get(), a move, and for a Task made from nothing.
    bool valid() const noexcept { return state_ != nullptr && !is_used_up_; }

    // Waits for the end and returns the result, or throws what the task threw; Error(cancelled) if
    // it was cancelled. Once. A suspension point.
    T get(Where where = Where::here()) {
        GREENROOM_ASSERT(valid());
        state_->join(where);
        is_used_up_ = true;
        state_->rethrow();
        return static_cast<detail::TaskResult<T>&>(*state_).take();
    }

    // Waits like get(), and returns how it ended in place of throwing: the result, or what get()
    // would throw. Once. A suspension point.
    Result<T> result(Where where = Where::here()) {
        GREENROOM_ASSERT(valid());
        state_->join(where);
        is_used_up_ = true;
        if (std::exception_ptr failure = state_->failure()) return Result<T>{std::move(failure)};
        if constexpr (std::is_void_v<T>) {
            return {};
        } else {
            return static_cast<detail::TaskResult<T>&>(*state_).take();
        }
    }

    // Waits for the end; then get() does not wait. A suspension point.
    void join(Where where = Where::here()) {
        GREENROOM_ASSERT(valid());
        state_->join(where);
    }
    // False if it has not ended by the deadline.
    [[nodiscard]] bool join_before(Deadline deadline, Where where = Where::here()) {
        GREENROOM_ASSERT(valid());
        return state_->join_before(deadline, where);
    }

    // True once it has ended.
    bool done() const noexcept {
        GREENROOM_ASSERT(valid());
        return state_->done();
    }

    // A task that waits for this one and returns what `function` makes of its result. A failure
    // goes on to it, a cancellation of it to this one. This handle is used up.
    template <class F>
    auto then(F function, SpawnOptions options = {}, Where where = Where::here());

    // Asks it to end. Never waits. From any thread, unlike the rest: beside a join(), a get() or a
    // result(), and after them for nothing. Not beside a move, then(), detach() or the destructor.
    void cancel() noexcept {
        GREENROOM_ASSERT(state_ != nullptr);
        state_->cancel();
    }

    // Lets it run on its own.
    void detach() noexcept {
        GREENROOM_ASSERT(valid());
        detail::TaskState::release_handle(*std::exchange(state_, nullptr));
    }

private:
    friend struct detail::SelectAccess;
    template <class F>
    friend auto spawn_on(detail::RuntimeCore& core, F function, const SpawnOptions& options,
                         Where where);
    friend detail::TaskState& detail::state_of<T>(const Task& task) noexcept;

    explicit Task(detail::TaskState& state) noexcept : state_{&state} {}

    // Kept until the end, so that a cancel() beside get() finds it.
    detail::TaskState* state_ = nullptr;
    bool is_used_up_ = false;
};

namespace detail {

template <class T>
TaskState& state_of(const Task<T>& task) noexcept {
    GREENROOM_ASSERT(task.valid());
    return *task.state_;
}

}  // namespace detail

template <class F>
auto spawn_on(detail::RuntimeCore& core, F function, const SpawnOptions& options, Where where) {
    using Value = std::invoke_result_t<F&>;
    static_assert(!std::is_reference_v<Value>, "a task returns a value, not a reference");
    auto& state = detail::make_task<F, Value>(core, std::move(function), options.name,
                                              options.stack_class, options.lives_long, where);
    return Task<Value>{state};
}

// Runs `function` as a task of `runtime`. From any thread. Throws Error(stopping) if the runtime is
// ending, and StacksExhausted if there is no memory for its stack; then `function` never runs.
template <class F>
auto spawn(Runtime& runtime, F function, SpawnOptions options = {}, Where where = Where::here()) {
    return spawn_on(detail::core_of(runtime), std::move(function), options, where);
}

// The same on the caller's runtime. Throws Error(wrong_thread) in a plain thread, which has none.
template <class F>
    requires std::is_invocable_v<F&>
auto spawn(F function, SpawnOptions options = {}, Where where = Where::here()) {
    return spawn_on(detail::require_core("spawn"), std::move(function), options, where);
}

template <class T>
template <class F>
auto Task<T>::then(F function, SpawnOptions options, Where where) {
    detail::RuntimeCore& core = detail::state_of(*this).core();
    auto go_on = [first = std::move(*this), next = std::move(function), where]() mutable {
        if constexpr (std::is_void_v<T>) {
            first.get(where);
            return next();
        } else {
            return next(first.get(where));
        }
    };
    return spawn_on(core, std::move(go_on), options, where);
}

// Waits for `task` without a hold on it: a caller that is cancelled meanwhile leaves at once with
// Cancelled, and the task goes on. (get() and join() take it with them.) A suspension point.
template <class T>
void shield(const Task<T>& task, Where where = Where::here()) {
    (void)detail::state_of(task).join_before(Deadline::never(), where);
}

// Runs `function` so that no cancellation and no deadline from outside reaches it; what was asked
// meanwhile is thrown at the caller's next suspension point. Deadlines set inside work.
template <class F>
    requires std::is_invocable_v<F&>
auto shield(F&& function) {
    const CancellationMask mask;
    return function();
}

// Runs `function` as a task of `runtime` and waits for it: returns what it returns, throws what it
// throws. For main(), and for plain threads.
template <class F>
auto run(Runtime& runtime, F function, Where where = Where::here()) {
    return spawn(runtime, std::move(function), {.name = "main task"}, where).get(where);
}

// The same on a runtime of its own, which ends with the call: what is still suspended there by then
// is cancelled and unwinds. From a plain thread; throws Error(wrong_thread) in a fiber.
template <class F>
    requires std::is_invocable_v<F&>
auto run(F function, RuntimeOptions options = {}, Where where = Where::here()) {
    detail::require_plain_thread("run");
    Runtime runtime{std::move(options)};
    return run(runtime, std::move(function), where);
}

}  // namespace greenroom
