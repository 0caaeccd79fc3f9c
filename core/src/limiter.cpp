#include <greenroom/core/limiter.hpp>

#include <algorithm>
#include <greenroom/core/detail/wait_record.hpp>
#include <mutex>
#include <stdexcept>

#include "this_thread.hpp"
#include "timer_wheel.hpp"

namespace greenroom {

namespace {

Duration between(const LimiterOptions& options) {
    if (options.at_once_max == 0) {
        throw std::invalid_argument{"LimiterOptions::at_once_max is 0: nobody could pass"};
    }
    if (options.burst_max == 0) {
        throw std::invalid_argument{"LimiterOptions::burst_max is 0: nobody could pass"};
    }
    if (options.per_period == 0) return Duration::zero();
    const Duration each = options.period / options.per_period;
    if (each <= Duration::zero()) {
        throw std::invalid_argument{"LimiterOptions::period is too short for per_period passes"};
    }
    return each;
}

TimePoint clock_now() noexcept { return detail::this_thread().clock->now(); }

}  // namespace

Limiter::Limiter(const LimiterOptions& options)
    : between_{between(options)},
      allowance_{std::max<Duration>(between_ * (options.burst_max - 1),
                                    detail::TimerWheel::tick - between_)},
      places_{options.at_once_max, options.at_once_max} {}

Limiter::Pass Limiter::acquire(Where where) {
    return std::move(*acquire_before(Deadline::never(), where));
}

std::optional<Limiter::Pass> Limiter::acquire_before(Deadline deadline, Where where) {
    if (!turn_.lock_as({"limiter", this, where}, deadline)) return std::nullopt;
    const std::lock_guard turn{turn_, std::adopt_lock};
    if (!places_.acquire_as({"limiter", this, where}, deadline, 1)) return std::nullopt;
    Pass pass{places_};
    if (!wait_for_token(deadline, where)) return std::nullopt;
    return pass;
}

std::optional<Limiter::Pass> Limiter::try_acquire() {
    const std::unique_lock turn{turn_, std::try_to_lock};
    if (!turn.owns_lock()) return std::nullopt;
    const TimePoint now = clock_now();
    if (next_token(now) > now || !places_.try_acquire()) return std::nullopt;
    take_token(now);
    return Pass{places_};
}

// For who has the turn, as all below. True: it has taken a token.
bool Limiter::wait_for_token(Deadline deadline, Where where) {
    TimePoint now = clock_now();
    const Deadline due{next_token(now)};
    if (due.at() > now) {
        // Nobody is ahead, so it comes then and not before.
        if (due > deadline) return false;
        detail::WaitRecord record{{"limiter", this, where}};
        if (record.wait(due) == detail::Outcome::cancelled) detail::throw_cancelled();
        now = clock_now();
    }
    take_token(now);
    return true;
}

TimePoint Limiter::next_token(TimePoint now) const noexcept {
    if (between_ == Duration::zero()) return now;
    return std::max(now, even_pace_ - allowance_);
}

void Limiter::take_token(TimePoint now) noexcept {
    even_pace_ = std::max(now, even_pace_) + between_;
}

}  // namespace greenroom
