// Generator: a function that gives values one by one, and goes on where it was at each.
//
//   Generator<int> squares{[](auto& yield) {
//       for (int i = 1;; ++i) yield(i * i);
//   }};
//   for (int square : squares) if (square > 100) break;
//
// With a second type it is sent a value at each resume, as the answer of its yield:
//
//   Generator<int, int> sums{[](auto& yield, int number) {
//       for (int sum = 0;;) number = yield(sum += number);
//   }};
//   sums.resume(3);   // 3
//   sums.resume(4);   // 7
//
// It has a stack, so it may yield from any depth, and wait: then the fiber that resumed it waits.
//
// Threads       Fibers of the worker that resumed it first, one at a time; elsewhere resuming it
//               throws Error(wrong_thread), and destroying it when it has begun aborts. So keep it
//               in a task or in a handler, not in an actor, which moves between workers.
// Lifetime      Destroying one that has not ended unwinds its function: its locals are destroyed,
//               and may wait. A `catch (...)` in it must throw again.
// Cancellation  As of the fiber that resumes it. A function that Cancelled leaves has ended. Inside
//               of a scope, a CancellationMask or a group that it has opened, a yield throws
//               Error(operation_not_permitted): the resumer would go on inside of that.
// Cost          A stack while it is under way; two switches a value.
#pragma once

#include <cstddef>
#include <greenroom/core/detail/generator_state.hpp>
#include <greenroom/core/stack_class.hpp>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class T, class Sent = void>
class Generator;

// What the function of a generator is given.
template <class T, class Sent>
class Yield : protected detail::GeneratorState {
public:
    // Gives `value`, and goes on when the generator is resumed; returns what was sent then.
    Sent operator()(T value) {
        given_ = std::addressof(value);
        try {
            yield();
        } catch (...) {
            given_ = nullptr;  // it was not given, or long ago
            throw;
        }
        if constexpr (!std::is_void_v<Sent>) return take_sent();
    }

protected:
    using GeneratorState::GeneratorState;
    ~Yield() override = default;

    struct Nothing {};
    using Slot = std::conditional_t<std::is_void_v<Sent>, Nothing, Sent>;

    Slot take_sent() { return std::move(*sent_); }

private:
    friend class Generator<T, Sent>;

    std::optional<T> next() {
        given_ = nullptr;
        resume();
        if (given_ == nullptr) return std::nullopt;
        return std::move(*given_);
    }

    T* given_ = nullptr;  // in the frame of the yield that waits
    std::optional<Slot> sent_;
};

template <class T, class Sent>
class Generator {
public:
    class Iterator;

    // `function` takes a Yield<T, Sent>&, and if something is sent the first of that. It begins at
    // the first resume.
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, Generator>)
    explicit Generator(F function, StackClass stack_class = StackClass::standard)
        : body_{std::make_unique<Body<F>>(std::move(function), stack_class)} {}
    Generator(Generator&&) noexcept = default;
    Generator& operator=(Generator&&) noexcept = default;

    // The next value; empty when the function has ended. Throws what the function throws, which
    // then has ended. Two forms: for one that is sent something, and for one that is not.
    template <class S = Sent>
        requires(!std::is_void_v<S>)
    std::optional<T> resume(S sent) {
        if (ended()) return std::nullopt;
        yielder().sent_.emplace(std::move(sent));
        return yielder().next();
    }
    std::optional<T> next() requires std::is_void_v<Sent> {
        return ended() ? std::nullopt : yielder().next();
    }

    bool ended() const noexcept { return body_ == nullptr || body_->has_ended(); }

    // What a range-for takes, one by one.
    Iterator begin() requires std::is_void_v<Sent> { return Iterator{*this}; }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    struct AnyBody : Yield<T, Sent> {
        using Yield<T, Sent>::Yield;
        virtual ~AnyBody() = default;
        bool has_ended() const noexcept { return this->ended(); }
    };

    template <class F>
    struct Body final : AnyBody {
        Body(F&& its_function, StackClass stack_class)
            : AnyBody{stack_class}, function{std::move(its_function)} {}
        ~Body() override { this->abandon(); }

        void call() override {
            Yield<T, Sent>& yield = *this;
            if constexpr (std::is_void_v<Sent>) {
                function(yield);
            } else {
                function(yield, this->take_sent());
            }
        }

        F function;
    };

    Yield<T, Sent>& yielder() noexcept { return *body_; }

    std::unique_ptr<AnyBody> body_;
};

template <class T, class Sent>
class Generator<T, Sent>::Iterator {
public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    explicit Iterator(Generator& generator) : generator_{&generator} { ++*this; }

    T& operator*() const noexcept { return *value_; }
    Iterator& operator++() {
        value_.reset();
        std::optional<T> next = generator_->next();
        if (next) value_.emplace(std::move(*next));
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept {
        return !iterator.value_.has_value();
    }

private:
    Generator* generator_;
    mutable std::optional<T> value_;
};

}  // namespace greenroom
