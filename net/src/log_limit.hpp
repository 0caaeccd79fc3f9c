// LogLimit: says a thing that may happen a thousand times a second once in a while, with a count.
//
// Threads  Any.
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
    static constexpr Duration silence = std::chrono::seconds{10};

    void log(LogLevel level, const std::string& story) {
        std::uint64_t unsaid = 0;
        {
            const std::lock_guard held(lock_);
            if (!silent_until_.has_passed() && said_once_) {
                ++unsaid_;
                return;
            }
            said_once_ = true;
            silent_until_ = Deadline::after(silence);
            unsaid = std::exchange(unsaid_, 0);
        }
        const std::string times = " (and " + std::to_string(unsaid) + " times since it was said)";
        greenroom::log(level, unsaid == 0 ? story : story + times);
    }

private:
    SpinLock lock_;
    Deadline silent_until_;  // these under lock_
    std::uint64_t unsaid_ = 0;
    bool said_once_ = false;
};

}  // namespace greenroom::detail
