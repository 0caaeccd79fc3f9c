// BlockingCall, DetachedCall: a function on its way to a thread of the blocking pool, and back.
//
//   queued --a thread takes it--> running --> done
//   queued --withdraw, refuse--> done, and the function never ran
//
// Lifetime  A BlockingCall is on the stack of the fiber that waits for it: the pool's last touch is
//           the wake, or the unlock of its line. A DetachedCall destroys itself.
#pragma once

#include <exception>
#include <functional>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/detail/task_state.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/fields.hpp>
#include <greenroom/core/where.hpp>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

// What the pool's queue holds. Either member is called once, and is the pool's last touch of it.
class BlockingJob {
public:
    BlockingJob(const BlockingJob&) = delete;
    BlockingJob& operator=(const BlockingJob&) = delete;

    // On a thread of the pool. `stop` is set when the runtime ends.
    virtual void run(const std::stop_token& stop) noexcept = 0;
    // Instead of run(): it will not come to that.
    virtual void refuse(std::exception_ptr reason) noexcept = 0;

    const bool detached;

protected:
    explicit BlockingJob(bool is_detached) noexcept : detached{is_detached} {}
    ~BlockingJob() = default;

private:
    friend class BlockingPool;
    BlockingJob* next_ = nullptr;      // guarded by the pool's lock, like
    BlockingJob* previous_ = nullptr;  // this one
    bool queued_ = false;              // and this
};

template <class F>
decltype(auto) call_blocking(F& function, [[maybe_unused]] const std::stop_token& stop) {
    if constexpr (std::is_invocable_v<F&, std::stop_token>) {
        return std::invoke(function, stop);
    } else {
        return std::invoke(function);
    }
}

template <class F>
using BlockingResult =
    decltype(call_blocking(std::declval<F&>(), std::declval<const std::stop_token&>()));

class BlockingCall : public BlockingJob {
public:
    // Has it run and waits for it. Throws what the function threw.
    void perform(Where where);

protected:
    explicit BlockingCall(std::stop_source stop) noexcept
        : BlockingJob{false}, stop_{std::move(stop)} {}
    ~BlockingCall() = default;

    virtual void call(const std::stop_token& stop) = 0;

private:
    void run(const std::stop_token& stop) noexcept override;
    void refuse(std::exception_ptr reason) noexcept override;
    void finish() noexcept;
    void wait_until_done(WaitEntry& gave_up, Where where) noexcept;

    std::stop_source stop_;
    const Fields fields_ = current_fields();
    std::exception_ptr failure_;  // written before done_
    bool done_ = false;           // guarded by waiters_.lock
    WaitQueue waiters_;
};

template <class F, class R>
class BlockingCallOf final : public BlockingCall {
public:
    explicit BlockingCallOf(F& function) : BlockingCall{stop_for_it()}, function_{function} {}

    R take() {
        if constexpr (!std::is_void_v<R>) return std::move(*result_);
    }

private:
    struct Nothing {};

    // Only for a function that takes it: it allocates.
    static std::stop_source stop_for_it() {
        if constexpr (std::is_invocable_v<F&, std::stop_token>) {
            return std::stop_source{};
        } else {
            return std::stop_source{std::nostopstate};
        }
    }
    void call(const std::stop_token& stop) override {
        if constexpr (std::is_void_v<R>) {
            call_blocking(function_, stop);
        } else {
            result_.emplace(call_blocking(function_, stop));
        }
    }

    F& function_;
    std::optional<std::conditional_t<std::is_void_v<R>, Nothing, R>> result_;
};

class DetachedCall : public BlockingJob {
protected:
    explicit DetachedCall(Where where) noexcept : BlockingJob{true}, where_{where} {}
    virtual ~DetachedCall() = default;

    virtual void call(const std::stop_token& stop) = 0;

private:
    friend void submit_detached(RuntimeCore& core, DetachedCall& call);
    void run(const std::stop_token& stop) noexcept override;
    void refuse(std::exception_ptr reason) noexcept override;
    void log_failure(const char* what, const std::exception_ptr& failure) noexcept;

    const Where where_;
    const Fields fields_ = current_fields();
};

template <class F>
class DetachedCallOf final : public DetachedCall {
public:
    DetachedCallOf(F&& function, Where where)
        : DetachedCall{where}, function_{std::move(function)} {}

private:
    void call(const std::stop_token& stop) override { call_blocking(function_, stop); }

    F function_;
};

// Takes `call` over, also when it throws.
void submit_detached(RuntimeCore& core, DetachedCall& call);

}  // namespace greenroom::detail
