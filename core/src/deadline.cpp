#include <greenroom/core/deadline.hpp>

#include "this_thread.hpp"

namespace greenroom {

Deadline Deadline::after(Duration from_now) noexcept {
    const TimePoint now = detail::this_thread().clock->now();
    if (from_now >= TimePoint::max() - now) return never();
    return Deadline{now + from_now};
}

bool Deadline::has_passed() const noexcept {
    return !is_never() && detail::this_thread().clock->now() >= at_;
}

}  // namespace greenroom
