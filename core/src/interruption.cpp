#include "interruption.hpp"

#include <exception>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/cancel_scope.hpp>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

[[noreturn]] void throw_for(ScopeChain& chain, CancelScope& scope) {
    chain.throws_for(scope);
    throw Cancelled{};
}

}  // namespace

bool request_from_outside_is_due(const Fiber& fiber, int uncaught) noexcept {
    const Activity& activity = *fiber.activity;
    if (!activity.cancel_requested() && !fiber.home().kills_all()) return false;
    return fiber.scopes.is_open(uncaught);
}

void take_request_from_outside(Fiber& fiber) noexcept {
    fiber.scopes.cause = &ScopeChain::from_outside;
    fiber.activity->clear_signals(Activity::cancel_signal);
}

void end_wait_if_due(Fiber& fiber) noexcept {
    if (fiber.waiting == nullptr) return;
    const int uncaught = fiber.uncaught();
    if (!request_from_outside_is_due(fiber, uncaught) && fiber.scopes.due(uncaught) == nullptr) {
        return;
    }
    fiber.waiting->end_early(Outcome::cancelled);
}

void throw_if_due(Fiber& fiber) {
    fiber.activity->tell_groups(fiber);
    const int uncaught = fiber.uncaught();
    if (request_from_outside_is_due(fiber, uncaught)) {
        take_request_from_outside(fiber);
        throw Cancelled{};
    }
    if (CancelScope* const scope = fiber.scopes.due(uncaught)) throw_for(fiber.scopes, *scope);
}

void throw_if_due(ThisThread& thread) {
    ScopeChain& chain = thread.scopes;
    chain.cancel_passed(thread.clock->now());
    if (CancelScope* const scope = chain.due(std::uncaught_exceptions())) throw_for(chain, *scope);
}

Deadline scopes_end(const ThisThread& thread) noexcept {
    return thread.scopes.innermost == nullptr ? Deadline::never()
                                              : thread.scopes.next_due(std::uncaught_exceptions());
}

Deadline scopes_end() noexcept { return scopes_end(this_thread()); }

}  // namespace greenroom::detail
