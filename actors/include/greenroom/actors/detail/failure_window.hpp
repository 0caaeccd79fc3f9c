// FailureWindow: whether there were too many failures lately: of a pool's children, of supervised
// ones.
#pragma once

#include <algorithm>
#include <cstddef>
#include <greenroom/core/time.hpp>
#include <list>

namespace greenroom::detail {

class FailureWindow {
public:
    FailureWindow(std::size_t most, Duration within) noexcept : most_{most}, within_{within} {}

    // One more, now. False: with it there are more than `most` within the time.
    [[nodiscard]] bool add(TimePoint now) {
        std::list<TimePoint> one{now};
        return add(one);
    }
    // The same of the one in `times`, for who has a spin lock: nothing is allocated or freed. What
    // is left in there on return is not needed any more.
    [[nodiscard]] bool add(std::list<TimePoint>& times) noexcept {
        const TimePoint now = times.front();
        while (!times_.empty() && now - times_.front() > within_) {
            times.splice(times.end(), times_, times_.begin());
        }
        if (times_.size() >= most_) return false;
        times_.splice(times_.end(), times, times.begin());
        return true;
    }

    // How many there were within the time before `now`.
    std::size_t count(TimePoint now) const noexcept {
        return static_cast<std::size_t>(std::count_if(
            times_.begin(), times_.end(), [&](TimePoint time) { return now - time <= within_; }));
    }

    // Moves all to `times`, for who has a spin lock.
    void forget(std::list<TimePoint>& times) noexcept { times.splice(times.end(), times_); }

private:
    const std::size_t most_;
    const Duration within_;
    std::list<TimePoint> times_;  // oldest first; `most_` at most
};

}  // namespace greenroom::detail
