// Deadline: the moment at which a wait gives up, or never.
//
// Made from a duration it is counted from now on the clock of the calling thread's runtime (virtual
// under simulation), and is never early: runtimes round up to their tick of 1 ms.
#pragma once

#include <greenroom/core/time.hpp>

namespace greenroom {

class Deadline {
public:
    // Never.
    constexpr Deadline() noexcept = default;
    constexpr explicit Deadline(TimePoint at) noexcept : at_{at} {}

    static constexpr Deadline never() noexcept { return {}; }
    // `from_now` may be zero or negative: then the deadline has passed already. Too far to be told
    // as a TimePoint means never.
    static Deadline after(Duration from_now) noexcept;

    constexpr bool is_never() const noexcept { return at_ == TimePoint::max(); }
    constexpr TimePoint at() const noexcept { return at_; }
    // Looks at the calling thread's clock.
    bool has_passed() const noexcept;

    friend constexpr bool operator==(Deadline, Deadline) noexcept = default;
    friend constexpr auto operator<=>(Deadline left, Deadline right) noexcept {
        return left.at_ <=> right.at_;
    }

private:
    TimePoint at_ = TimePoint::max();
};

}  // namespace greenroom
