#include <greenroom/core/sleep.hpp>

#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/runtime.hpp>

namespace greenroom {

void sleep_for(Duration duration, Where where) {
    if (duration <= Duration::zero()) return yield();
    sleep_until(Deadline::after(duration).at(), where);
}

void sleep_until(TimePoint time, Where where) {
    detail::suspension_point();
    const Deadline until{time};
    if (until.has_passed()) return yield();
    detail::WaitRecord record{{"sleep", nullptr, where}};
    if (record.wait(until) == detail::Outcome::cancelled) detail::throw_cancelled();
}

}  // namespace greenroom
