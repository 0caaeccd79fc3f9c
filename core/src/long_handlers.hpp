// LongHandlers: tells of handlers and tasks that keep their worker to themselves for too long.
//
// Who notices: the monitor, while it lasts; of a caller-driven worker, which has no monitor, the
// worker itself, when it is over.
//
// Threads  Any, but for begin().
// Limits   A line each `silence` at most; what is not said is counted in the next one.
#pragma once

#include <greenroom/core/detail/log_limit.hpp>
#include <greenroom/core/time.hpp>
#include <optional>
#include <string>

namespace greenroom::detail {

class LongHandlers {
public:
    static constexpr Duration silence = std::chrono::seconds{1};

    // For a new runtime. `time_max` zero: none is too long.
    void begin(Duration time_max) noexcept;

    bool too_long(Duration time) const noexcept {
        return time_max_ > Duration::zero() && time >= time_max_;
    }
    // `name` of what runs; null: the worker is between two turns.
    void tell(const std::string& runtime, int worker, const char* name, Duration time) noexcept;

private:
    Duration time_max_{};
    std::optional<LogLimit> log_;
};

}  // namespace greenroom::detail
