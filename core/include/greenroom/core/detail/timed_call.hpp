// TimedCall: a timer that, when it is due, begins a task with a function of the user's.
#pragma once

#include <concepts>
#include <cstdint>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/detail/shared_timer.hpp>
#include <greenroom/core/fields.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/where.hpp>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

// In a handler: logs why a timer's task could not begin, unless the runtime is ending.
void log_unbegun_call(Where where) noexcept;

// The function, which is destroyed before the timer is; of one that captures nothing, nothing is
// kept.
template <class F>
class TimedFunction {
public:
    explicit TimedFunction(F&& function) : function_{std::move(function)} {}
    F take() { return std::move(*function_); }
    void destroy() noexcept { function_.reset(); }

private:
    std::optional<F> function_;
};

template <class F>
concept CapturesNothing =
    std::is_empty_v<F> && std::is_trivially_copyable_v<F> && !std::is_final_v<F>;

template <CapturesNothing F>
class TimedFunction<F> : F {
public:
    explicit TimedFunction(F&& function) : F{function} {}
    F take() { return *this; }
    void destroy() noexcept {}
};

// Of who has none, which cost no memory.
struct NoFields {
    explicit NoFields(const FieldSet*) noexcept {}
    static const FieldSet* set() noexcept { return nullptr; }
};

// `ItsFields` is NoFields, or Fields.
template <class F, class ItsFields = NoFields>
class TimedCall final : public SharedTimer {
public:
    TimedCall(F&& function, Where where)
        : line_{static_cast<std::uint32_t>(where.line) & line_max},
          file_{where.file},
          fields_{fields_in_use()},
          function_{std::move(function)} {}

    void destroy() noexcept override {
        std::destroy_at(this);
        release_block(this, sizeof(TimedCall), alignof(TimedCall));
    }

private:
    void begin(RuntimeCore& core) noexcept override {
        const Where where{file_, static_cast<int>(line_)};
        const FieldsInUse mine{fields_.set()};
        try {
            spawn_on(core, function_.take(), {.name = "timer"}, where).detach();
        } catch (...) {
            log_unbegun_call(where);
        }
    }

    void destroy_function() noexcept override { function_.destroy(); }

    static constexpr std::uint32_t line_bits = 24;
    static constexpr std::uint32_t line_max = (1u << line_bits) - 1;

    // A Where, taken to pieces: the line is in the last bytes of what SharedTimer leaves of a word.
    const std::uint32_t line_ : line_bits;
    const char* const file_;
    [[no_unique_address]] const ItsFields fields_;
    [[no_unique_address]] TimedFunction<F> function_;
};

// `Call` is a TimedCall of F.
template <class Call, class F, class Start>
std::pair<RuntimeCore*, SharedTimer*> make_timed_call_of(F&& function, Where where,
                                                         const Start& start) {
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

// A timer with `function`; `start` puts it among those of a runtime, and returns that.
template <class F, class Start>
std::pair<RuntimeCore*, SharedTimer*> make_timed_call(F function, Where where, const Start& start) {
    if (fields_in_use() == nullptr) {
        return make_timed_call_of<TimedCall<F, NoFields>>(std::move(function), where, start);
    }
    return make_timed_call_of<TimedCall<F, Fields>>(std::move(function), where, start);
}

}  // namespace greenroom::detail
