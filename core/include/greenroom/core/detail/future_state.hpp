// FutureState: what a promise and its futures share: the result, who waits for it, what follows.
//
//   open --settle--> settled, once; the result does not change any more
//
// Who waits is woken, and each continuation is begun as a task of the runtime that it was given, so
// that whoever settles runs nobody else's code.
//
// Lifetime  Counted: the promise holds it, and each future and continuation.
#pragma once

#include <exception>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/result.hpp>
#include <greenroom/core/where.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace greenroom::detail {

class FutureStateBase;
struct SelectAccess;

// What is to be done when a future is settled.
class Continuation {
public:
    Continuation() noexcept = default;
    virtual ~Continuation() = default;
    Continuation(const Continuation&) = delete;
    Continuation& operator=(const Continuation&) = delete;

    // Begins it, and destroys this.
    virtual void begin() noexcept = 0;

private:
    friend class FutureStateBase;
    Continuation* next_ = nullptr;
};

class FutureStateBase {
public:
    FutureStateBase() noexcept = default;
    FutureStateBase(const FutureStateBase&) = delete;
    FutureStateBase& operator=(const FutureStateBase&) = delete;

    void hold() noexcept { references_.add(); }
    [[nodiscard]] bool drop() noexcept { return references_.drop(); }
    // By who has a reference: whether anybody else has one.
    bool has_others() const noexcept { return references_.is_shared(); }

    bool is_settled() const noexcept {
        // acquire: pairs with the release in publish().
        return settled_.load(std::memory_order_acquire);
    }
    // A suspension point. False: it was not settled by the deadline.
    bool wait_before(Deadline deadline, Where where);
    // Begins it when the result is there, which may be now.
    void then(std::unique_ptr<Continuation> continuation) noexcept;

protected:
    ~FutureStateBase() = default;

    // The result is in place.
    void publish() noexcept;

private:
    friend struct SelectAccess;

    RefCount references_{1};
    Atomic<bool> settled_{false};    // written under the line's lock
    WaitQueue waiters_;              // its lock guards the list too
    Continuation* first_ = nullptr;  // oldest first
    Continuation** end_ = &first_;
};

template <class T>
class FutureState final : public FutureStateBase {
public:
    void settle(Result<T>&& result) noexcept {
        try {
            result_.emplace(std::move(result));
        } catch (...) {  // it cannot be moved
            result_.emplace(std::current_exception());
        }
        publish();
    }
    // Requires that it is settled.
    Result<T>& result() noexcept { return *result_; }

private:
    std::optional<Result<T>> result_;
};

// One reference to a state, or none.
template <class T>
class FutureHold {
public:
    FutureHold() noexcept = default;
    // Takes over a reference that is there already.
    explicit FutureHold(FutureState<T>& state) noexcept : state_{&state} {}
    FutureHold(const FutureHold& other) noexcept : state_{other.state_} {
        if (state_ != nullptr) state_->hold();
    }
    FutureHold(FutureHold&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    FutureHold& operator=(FutureHold other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~FutureHold() {
        if (state_ == nullptr || !state_->drop()) return;
        std::destroy_at(state_);
        release_block(state_, sizeof(FutureState<T>), alignof(FutureState<T>));
    }

    static FutureHold make() {
        void* const place = allocate_block(sizeof(FutureState<T>), alignof(FutureState<T>));
        return FutureHold{*::new (place) FutureState<T>};
    }

    explicit operator bool() const noexcept { return state_ != nullptr; }
    FutureState<T>& operator*() const noexcept { return *state_; }
    FutureState<T>* operator->() const noexcept { return state_; }

private:
    FutureState<T>* state_ = nullptr;
};

}  // namespace greenroom::detail
