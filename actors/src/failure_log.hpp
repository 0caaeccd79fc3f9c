// FailureLog: tells of failures of actors, and of a storm of them so much that others are seen.
//
// Threads  Any.
// Limits   `lines_max` lines in a second, of all; what is not said is counted in the next. Beside
//          those, the first in a second of each of classes_max classes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/log_limit.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/log.hpp>
#include <mutex>

namespace greenroom::detail {

struct ActorType;

class FailureLog {
public:
    static constexpr std::uint32_t lines_max = 100;
    static constexpr std::size_t classes_max = 32;
    static constexpr Duration window = std::chrono::seconds{1};

    // `story()` returns the line. `now` is the time of the runtime's clock.
    template <class Story>
    void log(const ActorType& of, const Story& story, TimePoint now) {
        if (is_first(of, now)) {
            greenroom::log(LogLevel::error, story());
        } else {
            limit_.log(LogLevel::error, story, now);
        }
    }

private:
    bool is_first(const ActorType& of, TimePoint now) noexcept {
        const std::lock_guard held(lock_);
        if (now >= began_ + window) {
            began_ = now;
            count_ = 0;
        }
        const auto end = told_.begin() + static_cast<std::ptrdiff_t>(count_);
        if (count_ == classes_max || std::find(told_.begin(), end, &of) != end) return false;
        told_[count_++] = &of;
        return true;
    }

    LogLimit limit_{window, lines_max};
    SpinLock lock_;
    TimePoint began_ = TimePoint::min();                // these under it
    std::array<const ActorType*, classes_max> told_{};  // since then
    std::size_t count_ = 0;
};

}  // namespace greenroom::detail
