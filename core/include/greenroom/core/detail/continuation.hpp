// What Future::then makes: a function that waits for a result. When it is there, it becomes a task,
// or a turn of the actor that called `then`.
#pragma once

#include <exception>
#include <greenroom/core/detail/future_state.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/detail/turn_call.hpp>
#include <greenroom/core/fields.hpp>
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
class Follower final : public Continuation, public TurnCall {
    using Received = Reception<F, T, shared>;
    using Argument = typename Received::Argument;
    using Value = typename Unwrapped<decltype(Received::call(std::declval<F&>(),
                                                             std::declval<Argument>()))>::type;

public:
    // With a slot it runs there, else as a task.
    Follower(RuntimeCore& core, std::unique_ptr<TurnSlot> slot, FutureHold<T> state, F function,
             Where where)
        : runtime_{core},
          slot_{std::move(slot)},
          state_{std::move(state)},
          function_{std::move(function)},
          where_{where} {}

    Promise<Value>& promise() noexcept { return promise_; }

    void begin() noexcept override {
        std::unique_ptr<Follower> self{this};
        if (slot_ != nullptr) return slot_.release()->post(std::move(self));
        const Visit visit{runtime_.core()};
        // Without a runtime, or the memory for a task, the promise ends here, and is broken by it.
        if (!visit || !runtime_.leads_to_it()) return;
        RuntimeCore& core = runtime_.core();
        const Where where = where_;
        try {
            const Fields its = fields_;  // the task may end this at once
            const FieldsInUse in_use{its.set()};
            auto run = [me = std::move(self)] { me->run(); };
            spawn_on(core, std::move(run), {.name = "continuation"}, where).detach();
        } catch (...) {
        }
    }

    void run() override {
        Result<Value> result = unwrapped_result_of<Value>(
            [this] { return Received::call(function_, static_cast<Argument>(state_->result())); });
        // A failure that nobody else can hear of is one of who runs this.
        if (!result.ok() && !promise_.is_awaited()) std::rethrow_exception(result.failure());
        promise_.settle(std::move(result));
    }

private:
    RuntimeLink runtime_;
    std::unique_ptr<TurnSlot> slot_;
    FutureHold<T> state_;
    F function_;
    Promise<Value> promise_;
    const Where where_;
    const Fields fields_ = current_fields();  // a slot has them itself
};

template <bool shared, class T, class F>
auto continue_with(RuntimeCore& core, std::unique_ptr<TurnSlot> slot, FutureHold<T> state,
                   F function, Where where) {
    using Next = Follower<F, T, shared>;
    FutureStateBase& first = *state;
    auto next = std::make_unique<Next>(core, std::move(slot), state, std::move(function), where);
    auto future = next->promise().future();
    first.then(std::move(next));
    return future;
}

}  // namespace greenroom::detail
