#include <greenroom/core/detail/handed_down.hpp>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

// In a turn: so the thread is a worker's, and has its own already.
HandedDown::HandedDown(Deadline deadline) noexcept
    : of_fiber_{current_thread->worker->current().handed_down}, before_{of_fiber_} {
    of_fiber_ = deadline;
}

CallersTime callers_time(ThreadToken self) noexcept {
    const ThisThread& thread = thread_of(self);
    if (thread.worker == nullptr) return {Deadline::never(), thread.scopes.deadline()};
    const Fiber& fiber = thread.worker->current();
    return {fiber.handed_down, fiber.scopes.deadline()};
}

bool usual_time(ThreadToken self, const RuntimeCore& core, TimePoint& now,
                Deadline& handed_down) noexcept {
    const Worker* const worker = thread_of(self).worker;
    if (worker == nullptr || &worker->core() != &core) return false;
    const Fiber& fiber = worker->current();
    now = core.coarse_now();
    handed_down = fiber.handed_down;
    return fiber.scopes.innermost == nullptr && fiber.scopes.inherited == nullptr;
}

}  // namespace greenroom::detail
