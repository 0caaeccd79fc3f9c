#include <greenroom/core/timers.hpp>

#include <algorithm>

namespace greenroom::detail {

TimePoint next_tick(TimePoint due, TimePoint now, Duration period, MissedTicks missed) noexcept {
    switch (missed) {
        case MissedTicks::burst: return due + period;
        case MissedTicks::skip: {
            const auto missed_ticks = std::max<Duration::rep>(0, (now - due) / period);
            return due + period * (missed_ticks + 1);
        }
        case MissedTicks::delay: return now + period;
    }
    return now + period;
}

}  // namespace greenroom::detail
