// TimedCall: a timer that, when it is due, begins a task with a function of the user's.
#pragma once

#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/detail/shared_timer.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/where.hpp>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace greenroom::detail {

// By the runtime's clock.
TimePoint due_after(const RuntimeCore& core, Duration delay) noexcept;

// In a handler: logs why a timer's task could not begin, unless the runtime is ending.
void log_unbegun_call(Where where) noexcept;

template <class F>
class TimedCall final : public SharedTimer {
public:
    TimedCall(RuntimeCore& core, F&& function, Where where)
        : SharedTimer{core}, function_{std::move(function)}, where_{where} {}

    void destroy() noexcept override {
        std::destroy_at(this);
        release_block(this, sizeof(TimedCall), alignof(TimedCall));
    }

private:
    void begin() noexcept override {
        try {
            spawn_on(core(), std::move(*function_), {.name = "timer"}, where_).detach();
        } catch (...) {
            log_unbegun_call(where_);
        }
    }

    void destroy_function() noexcept override { function_.reset(); }

    std::optional<F> function_;
    const Where where_;
};

template <class F>
SharedTimer& make_timed_call(RuntimeCore& core, TimePoint due, F function, Where where) {
    using Call = TimedCall<F>;
    void* const place = allocate_block(sizeof(Call), alignof(Call));
    Call* call = nullptr;
    try {
        call = ::new (place) Call{core, std::move(function), where};
    } catch (...) {
        release_block(place, sizeof(Call), alignof(Call));
        throw;
    }
    try {
        call->start(due);
    } catch (...) {
        call->destroy();
        throw;
    }
    return *call;
}

}  // namespace greenroom::detail
