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

// In a handler: logs why a timer's task could not begin, unless the runtime is ending.
void log_unbegun_call(Where where) noexcept;

template <class F>
class TimedCall final : public SharedTimer {
public:
    TimedCall(F&& function, Where where)
        : file_{where.file}, line_{where.line}, function_{std::move(function)} {}

    void destroy() noexcept override {
        std::destroy_at(this);
        release_block(this, sizeof(TimedCall), alignof(TimedCall));
    }

private:
    void begin(RuntimeCore& core) noexcept override {
        const Where where{file_, line_};
        try {
            spawn_on(core, std::move(*function_), {.name = "timer"}, where).detach();
        } catch (...) {
            log_unbegun_call(where);
        }
    }

    void destroy_function() noexcept override { function_.reset(); }

    // A Where, taken to pieces: a small function fits behind it.
    const char* const file_;
    const int line_;
    std::optional<F> function_;
};

// A timer with `function`; `start` puts it among those of a runtime, and returns that.
template <class F, class Start>
std::pair<RuntimeCore*, SharedTimer*> make_timed_call(F function, Where where, const Start& start) {
    using Call = TimedCall<F>;
    void* const place = allocate_block(sizeof(Call), alignof(Call));
    Call* call = nullptr;
    try {
        call = ::new (place) Call{std::move(function), where};
    } catch (...) {
        release_block(place, sizeof(Call), alignof(Call));
        throw;
    }
    try {
        RuntimeCore& core = start(*call);
        return {&core, call};
    } catch (...) {
        call->destroy();
        throw;
    }
}

}  // namespace greenroom::detail
