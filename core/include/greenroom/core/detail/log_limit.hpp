// LogLimit: says a thing that may happen a thousand times a second once in a while, with a count.
//
// Threads  Any.
// Limits   One line in each `silence`, of all that goes through one LogLimit.
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
    static constexpr Duration usual_silence = std::chrono::seconds{10};

    explicit LogLimit(Duration silence = usual_silence) noexcept : silence_{silence} {}

    // `story()` returns the line, and is called only if it is time to say it. Time is that of the
    // calling thread's clock, or the one given.
    template <class Story>
    void log(LogLevel level, const Story& story, TimePoint now = Deadline::after({}).at()) {
        std::uint64_t unsaid = 0;
        if (!is_time(now, unsaid)) return;
        std::string line = story();
        if (unsaid > 0) line += " (and " + std::to_string(unsaid) + " more that were not said)";
        greenroom::log(level, line);
    }

private:
    bool is_time(TimePoint now, std::uint64_t& unsaid) noexcept {
        const std::lock_guard held(lock_);
        // Of before the last line is the time of another runtime's clock only.
        const bool silent = said_once_ && now >= said_at_ && now - said_at_ < silence_;
        if (silent) {
            ++unsaid_;
            return false;
        }
        said_once_ = true;
        said_at_ = now;
        unsaid = std::exchange(unsaid_, 0);
        return true;
    }

    const Duration silence_;
    SpinLock lock_;
    TimePoint said_at_{};  // these under lock_
    std::uint64_t unsaid_ = 0;
    bool said_once_ = false;
};

}  // namespace greenroom::detail
