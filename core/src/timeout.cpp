#include <greenroom/core/timeout.hpp>

#include <algorithm>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/handed_down.hpp>
#include <string>

namespace greenroom {

void TimeoutScope::begin() {
    GREENROOM_ASSERT(!ended_);
    GREENROOM_ASSERT(!scope_);
    check_cancellation();
    if (deadline_.has_passed()) {
        ended_ = true;
        expired_ = true;
        throw_timeout();
    }
    scope_.emplace(deadline_, where_);
}

void TimeoutScope::end() noexcept {
    expired_ = scope_->cancelled();
    ended_ = true;
    scope_.reset();
}

void TimeoutScope::reschedule(Deadline deadline) {
    if (ended_ || expired()) {
        throw Error{Errc::closed, std::string{"reschedule: the scope at "} + where_.file + ":" +
                                      std::to_string(where_.line) +
                                      (expired() ? " has timed out" : " has ended")};
    }
    deadline_ = deadline;
    if (!scope_) return;
    GREENROOM_ASSERT(scope_->is_home());
    scope_->move_deadline(deadline);
}

void TimeoutScope::throw_timeout() const {
    throw Timeout{std::string{"the deadline set at "} + where_.file + ":" +
                  std::to_string(where_.line) + " has passed"};
}

Deadline current_deadline() noexcept {
    const detail::CallersTime time = detail::callers_time(detail::thread_token());
    return std::min(time.scopes, time.handed_down);
}

}  // namespace greenroom
