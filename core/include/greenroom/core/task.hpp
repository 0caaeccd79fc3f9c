// Task: a function that runs beside its caller, on a fiber of its own.
//
// spawn(f) returns at once. `f` starts later, on any worker of the runtime, and from its first wait
// on stays on the worker that it waited on. It takes what it captures by value: it may run while
// the caller does.
//
// Threads       A Task may be used and destroyed from any fiber or plain thread, by one at a time.
// Ordering      What was done before spawn is visible to `f`; what `f` did, to who joined it.
// Lifetime      Destroying a Task that was neither joined nor detached cancels it and waits until
//               it has ended, like std::jthread. A failure that nobody saw is logged with its
//               place.
// Cancellation  cancel() asks; the task hears of it as Cancelled at its next suspension point. One
//               that has not started never runs. Who is cancelled while it waits in get() or join()
//               cancels the task too, and goes on when that has ended.
#pragma once

#include <exception>
#include <greenroom/core/detail/task_state.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/where.hpp>
#include <type_traits>
#include <utility>

namespace greenroom {

struct SpawnOptions {
    // Shown in dumps and in the report of an overflow. A string literal: it is not copied.
    const char* name = "task";
    // How much stack the task may use.
    StackClass stack_class = StackClass::standard;
};

// nodiscard: a task that is dropped is cancelled; keep it, or call detach().
template <class T>
class [[nodiscard]] Task {
public:
    Task() noexcept = default;
    Task(Task&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    Task& operator=(Task&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~Task() {
        if (state_ != nullptr) detail::TaskState::drop(*state_);
    }

    // False after detach(), get(), a move, and for a Task made from nothing.
    bool valid() const noexcept { return state_ != nullptr; }

    // Waits for the end and returns the result, or throws what the task threw; Error(cancelled) if
    // it was cancelled. Once. A suspension point.
    T get(Where where = Where::here()) {
        GREENROOM_ASSERT(valid());
        state_->join(where);
        const Owner owner{std::exchange(state_, nullptr)};
        owner.state->rethrow();
        return static_cast<detail::TaskResult<T>*>(owner.state)->take();
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
    bool done() const noexcept { return state_->done(); }

    // Asks it to end. Never waits.
    void cancel() noexcept {
        GREENROOM_ASSERT(valid());
        state_->cancel();
    }

    // Lets it run on its own.
    void detach() noexcept {
        GREENROOM_ASSERT(valid());
        detail::TaskState::detach(*std::exchange(state_, nullptr));
    }

private:
    template <class F>
    friend auto spawn_on(detail::RuntimeCore& core, F function, const SpawnOptions& options,
                         Where where);

    struct Owner {
        explicit Owner(detail::TaskState* its_state) noexcept : state{its_state} {}
        ~Owner() { detail::TaskState::release_handle(*state); }
        Owner(const Owner&) = delete;
        Owner& operator=(const Owner&) = delete;
        detail::TaskState* state;
    };

    explicit Task(detail::TaskState& state) noexcept : state_{&state} {}

    detail::TaskState* state_ = nullptr;
};

template <class F>
auto spawn_on(detail::RuntimeCore& core, F function, const SpawnOptions& options, Where where) {
    using Result = std::invoke_result_t<F&>;
    static_assert(!std::is_reference_v<Result>, "a task returns a value, not a reference");
    auto& state = detail::make_task<F, Result>(core, std::move(function), options.name,
                                               options.stack_class, where);
    return Task<Result>{state};
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

// Runs `function` as a task of `runtime` and waits for it: returns what it returns, throws what it
// throws. For main(), and for plain threads.
template <class F>
auto run(Runtime& runtime, F function, Where where = Where::here()) {
    return spawn(runtime, std::move(function), {.name = "main task"}, where).get(where);
}

}  // namespace greenroom
