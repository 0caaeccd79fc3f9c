// Promise, Future, SharedFuture: a result that somebody will give, and those who wait for it.
//
//   Promise<int> promise;
//   Future<int> future = promise.future();
//   ... promise.set(7);          // from any fiber or thread
//   ... int seven = future.get();
//
// A promise that is destroyed without a result gives Error(broken).
//
// Threads       A promise and a future may be on different fibers and plain threads, of different
//               runtimes; each of them, like each copy of a SharedFuture, is used by one at a time.
// Ordering      What was written before set() or fail() is visible to whoever sees the result.
// Lifetime      The result lives as long as a future refers to it.
// Cancellation  get, result, wait and wait_before are suspension points. If the result and a
//               cancellation meet, one wins: who was woken returns with the result, and hears of
//               the cancellation at its next suspension point.
#pragma once

#include <concepts>
#include <exception>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/continuation.hpp>
#include <greenroom/core/detail/future_state.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/result.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/where.hpp>
#include <type_traits>
#include <utility>

namespace greenroom {

namespace detail {
struct SelectAccess;
}

// What Future and SharedFuture have in common.
template <class T>
class FutureBase {
public:
    // False for one made from nothing, moved from, or used up.
    bool valid() const noexcept { return static_cast<bool>(state_); }
    // True if get() would return at once.
    bool ready() const noexcept { return state().is_settled(); }
    // Until the result is there. A dump shows `where`.
    void wait(Where where = Where::here()) const { (void)wait_before(Deadline::never(), where); }
    // False if it was not there by the deadline.
    [[nodiscard]] bool wait_before(Deadline deadline, Where where = Where::here()) const {
        return state().wait_before(deadline, where);
    }

protected:
    FutureBase() noexcept = default;
    explicit FutureBase(detail::FutureHold<T> state) noexcept : state_{std::move(state)} {}

    detail::FutureState<T>& state() const noexcept {
        GREENROOM_ASSERT(valid());
        return *state_;
    }
    detail::FutureHold<T> use_up() noexcept { return std::move(state_); }
    const detail::FutureHold<T>& hold() const noexcept { return state_; }

private:
    friend struct detail::SelectAccess;

    detail::FutureHold<T> state_;
};

template <class T>
class SharedFuture;

// The one future of a promise. Members other than valid() require valid() (asserted).
template <class T>
class Future : public FutureBase<T> {
public:
    Future() noexcept = default;

    // Waits; returns the value or throws the failure. Uses the future up.
    T get(Where where = Where::here()) { return result(where).value(); }

    // Waits; returns the value or the failure, and throws neither. Uses the future up.
    Result<T> result(Where where = Where::here()) {
        this->wait(where);
        const detail::FutureHold<T> state = this->use_up();
        return std::move(state->result());
    }

    // Has `function` run when the result is there: as a task of `runtime`, not in whoever gives the
    // result, so it may wait. It takes a Result<T>; or a T (nothing, if T is void), and then a
    // failure passes it by. Returns the future of what it returns, a Result unwrapped, or throws;
    // Error(broken) if the runtime ends before. If that future was dropped, a failure is one of the
    // task, which logs it. Uses this future up.
    template <class F>
    auto then(Runtime& runtime, F function, Where where = Where::here()) {
        GREENROOM_ASSERT(this->valid());
        return detail::continue_with<false>(detail::core_of(runtime), nullptr, this->use_up(),
                                            std::move(function), where);
    }
    // The same on the caller's runtime; in an actor, as a turn of that actor between its messages,
    // and not at all once it has ended. A failure that nobody else hears of is then the actor's.
    // Throws Error(wrong_thread) in a plain thread, which has no runtime.
    template <class F>
    auto then(F function, Where where = Where::here()) {
        GREENROOM_ASSERT(this->valid());
        return detail::continue_with<false>(detail::require_core("then"), detail::reserve_turn(),
                                            this->use_up(), std::move(function), where);
    }

    // For several who wait. Uses this future up.
    SharedFuture<T> share() {
        GREENROOM_ASSERT(this->valid());
        return SharedFuture<T>{this->use_up()};
    }

private:
    template <class>
    friend class Promise;

    explicit Future(detail::FutureHold<T> state) noexcept : FutureBase<T>{std::move(state)} {}
};

// One of several futures of one result. A copy for each fiber or thread.
template <class T>
class SharedFuture : public FutureBase<T> {
public:
    SharedFuture() noexcept = default;

    // Waits; returns the value or throws the failure. It lives as long as a future of it does.
    std::add_lvalue_reference_t<const T> get(Where where = Where::here()) const {
        return result(where).value();
    }
    // Waits; returns the value or the failure.
    const Result<T>& result(Where where = Where::here()) const {
        this->wait(where);
        return this->state().result();
    }

    // As of a Future, but `function` takes a const Result<T>& or a const T&.
    template <class F>
    auto then(Runtime& runtime, F function, Where where = Where::here()) const {
        GREENROOM_ASSERT(this->valid());
        return detail::continue_with<true>(detail::core_of(runtime), nullptr, this->hold(),
                                           std::move(function), where);
    }
    template <class F>
    auto then(F function, Where where = Where::here()) const {
        GREENROOM_ASSERT(this->valid());
        return detail::continue_with<true>(detail::require_core("then"), detail::reserve_turn(),
                                           this->hold(), std::move(function), where);
    }

private:
    friend class Future<T>;

    explicit SharedFuture(detail::FutureHold<T> state) noexcept : FutureBase<T>{std::move(state)} {}
};

template <class T>
class Promise {
public:
    // Throws std::bad_alloc.
    Promise() : state_{detail::FutureHold<T>::make()} {}
    ~Promise() { drop(); }
    Promise(Promise&& other) noexcept = default;
    Promise& operator=(Promise&& other) noexcept {
        drop();
        state_ = std::move(other.state_);
        has_future_ = other.has_future_;
        settled_ = other.settled_;
        return *this;
    }

    // Once: throws Error(operation_not_permitted) the second time.
    [[nodiscard]] Future<T> future() {
        if (std::exchange(has_future_, true)) refuse("future: the promise has given it already");
        return Future<T>{state_};
    }

    // Whether somebody may still hear of the result. A look in passing.
    bool is_awaited() const noexcept { return state_ && state_->has_others(); }

    // Gives the result: once, by one of the three. Throws Error(operation_not_permitted), and
    // changes nothing, if it was given already.
    template <class... Value>
    void set(Value&&... value) {
        settle(Result<T>{std::forward<Value>(value)...});
    }
    template <std::derived_from<std::exception> E>
    void fail(E failure) {
        settle(Result<T>{std::move(failure)});
    }
    void settle(Result<T> result) {
        GREENROOM_ASSERT(state_);
        if (settled_) refuse("set: the promise has its result already");
        settled_ = true;
        state_->settle(std::move(result));
    }

private:
    [[noreturn]] static void refuse(const char* story) {
        throw Error{std::make_error_code(std::errc::operation_not_permitted), story};
    }
    void drop() noexcept {
        if (!state_ || settled_) return;
        state_->settle(Error{Errc::broken, "the promise was dropped without a result"});
    }

    detail::FutureHold<T> state_;
    bool has_future_ = false;
    bool settled_ = false;
};

}  // namespace greenroom
