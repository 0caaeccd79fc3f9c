// LogLimit: says a thing that may happen a thousand times a second once in a while, with a count.
//
// Threads  Any.
// Limits   `lines_max` lines, one as a rule, in each `window`, which the first of them begins; of
//          all that goes through one LogLimit.
#pragma once

#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/log.hpp>
#include <mutex>
#include <string>
#include <utility>

namespace greenroom::detail {

class LogLimit {
public:
    static constexpr Duration usual_window = std::chrono::seconds{10};

    explicit LogLimit(Duration window = usual_window, std::uint32_t lines_max = 1) noexcept
        : window_{window}, lines_max_{lines_max} {}

    // `story()` returns the line, and is called only if it is time to say it. Time is that of the
    // calling thread's clock, or the one given.
    template <class Story>
    void log(LogLevel level, const Story& story, TimePoint now = Deadline::after({}).at()) {
        const std::string line = next_line(story, now);
        if (!line.empty()) greenroom::log(level, line);
    }
    // The same for who says it himself; empty: it is not time.
    template <class Story>
    [[nodiscard]] std::string next_line(const Story& story, TimePoint now) {
        std::uint64_t unsaid = 0;
        if (!is_time(now, unsaid)) return {};
        std::string line = story();
        if (unsaid > 0) line += " (and " + std::to_string(unsaid) + " more that were not said)";
        return line;
    }

private:
    bool is_time(TimePoint now, std::uint64_t& unsaid) noexcept {
        const std::lock_guard held(lock_);
        // Of long before it is the time of another runtime's clock only; a coarse one lags.
        const bool in_window =
            said_ > 0 && now - window_began_ < window_ && window_began_ - now < window_;
        if (!in_window) {
            window_began_ = now;
            said_ = 0;
        }
        if (said_ == lines_max_) {
            ++unsaid_;
            return false;
        }
        ++said_;
        unsaid = std::exchange(unsaid_, 0);
        return true;
    }

    const Duration window_;
    const std::uint32_t lines_max_;
    SpinLock lock_;
    TimePoint window_began_{};  // these under lock_
    std::uint64_t unsaid_ = 0;
    std::uint32_t said_ = 0;  // in this window
};

}  // namespace greenroom::detail
