// FailureWindow: whether there were too many failures lately: of a pool's children, of supervised
// ones.
#pragma once

#include <cstddef>
#include <deque>
#include <greenroom/core/time.hpp>

namespace greenroom::detail {

class FailureWindow {
public:
    FailureWindow(std::size_t most, Duration within) noexcept : most_{most}, within_{within} {}

    // One more, now. False: with it there are more than `most` within the time.
    [[nodiscard]] bool add(TimePoint now) {
        while (!times_.empty() && now - times_.front() > within_) times_.pop_front();
        if (times_.size() >= most_) return false;
        times_.push_back(now);
        return true;
    }

private:
    const std::size_t most_;
    const Duration within_;
    std::deque<TimePoint> times_;  // oldest first; `most_` at most
};

}  // namespace greenroom::detail
