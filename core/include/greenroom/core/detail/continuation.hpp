// What Future::then makes: a function that waits for a result, and becomes a task when it is there.
#pragma once

#include <greenroom/core/detail/future_state.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/result.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/where.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class T>
class Future;
template <class T>
class Promise;

}  // namespace greenroom

namespace greenroom::detail {

template <class T>
struct Unwrapped {
    using type = T;
};
template <class T>
struct Unwrapped<Result<T>> {
    using type = T;
};

// How `function` takes the result of a T: `shared` by reference, else as its own.
template <class F, class T, bool shared>
struct Reception {
    using Argument = std::conditional_t<shared, const Result<T>&, Result<T>&&>;

    static auto call(F& function, Argument result) {
        if constexpr (std::is_invocable_v<F&, Argument>) {
            return function(static_cast<Argument>(result));
        } else if constexpr (std::is_void_v<T>) {
            result.value();
            return function();
        } else {
            return function(static_cast<Argument>(result).value());
        }
    }
};

// What `function` returns, or throws, as a Result of T.
template <class T, class F>
Result<T> unwrapped_result_of(F&& function) {
    if constexpr (std::is_same_v<std::invoke_result_t<F&>, Result<T>>) {
        Result<Result<T>> result = result_of(function);
        if (!result.ok()) return Result<T>{result.failure()};
        return std::move(result).value();
    } else {
        return result_of(function);
    }
}

template <class F, class T, bool shared>
class Follower final : public Continuation {
    using Received = Reception<F, T, shared>;
    using Argument = typename Received::Argument;
    using Value = typename Unwrapped<decltype(Received::call(std::declval<F&>(),
                                                             std::declval<Argument>()))>::type;

public:
    Follower(RuntimeCore& core, FutureHold<T> state, F function, Where where)
        : runtime_{core}, state_{std::move(state)}, function_{std::move(function)}, where_{where} {}

    Promise<Value>& promise() noexcept { return promise_; }

    void begin() noexcept override {
        const std::unique_ptr<Follower> self{this};
        const Visit visit{runtime_.core()};
        // Without a runtime, or the memory for a task, the promise ends here, and is broken by it.
        if (!visit || !runtime_.leads_to_it()) return;
        try {
            auto run = [state = std::move(state_), function = std::move(function_),
                        promise = std::move(promise_)]() mutable {
                promise.settle(unwrapped_result_of<Value>([&] {
                    return Received::call(function, static_cast<Argument>(state->result()));
                }));
            };
            spawn_on(runtime_.core(), std::move(run), {.name = "continuation"}, where_).detach();
        } catch (...) {
        }
    }

private:
    RuntimeLink runtime_;
    FutureHold<T> state_;
    F function_;
    Promise<Value> promise_;
    const Where where_;
};

template <bool shared, class T, class F>
auto continue_with(RuntimeCore& core, FutureHold<T> state, F function, Where where) {
    using Next = Follower<F, T, shared>;
    FutureStateBase& first = *state;
    auto next = std::make_unique<Next>(core, state, std::move(function), where);
    auto future = next->promise().future();
    first.then(std::move(next));
    return future;
}

}  // namespace greenroom::detail
