#include <greenroom/core/detail/cancel_scope.hpp>

#include <algorithm>
#include <exception>
#include <greenroom/core/assert.hpp>

#include "interruption.hpp"
#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

constinit const char ScopeChain::from_outside = 0;

namespace {

Fiber* current_fiber() noexcept {
    Worker* const worker = this_thread().worker;
    return worker == nullptr ? nullptr : &worker->current();
}

}  // namespace

ScopeChain& current_scopes() noexcept {
    Fiber* const fiber = current_fiber();
    return fiber != nullptr ? fiber->scopes : this_thread().scopes;
}

CancelScope* ScopeChain::due(int uncaught) const noexcept {
    if (!has_requests) return nullptr;
    CancelScope* outermost = nullptr;
    for (CancelScope* scope = innermost; scope != nullptr; scope = scope->outer_) {
        if (scope->state_ == CancelScope::State::requested && scope->mask_depth_ == mask_depth &&
            scope->uncaught_ == uncaught) {
            outermost = scope;
        }
    }
    return outermost;
}

void ScopeChain::throws_for(CancelScope& scope) noexcept {
    GREENROOM_ASSERT(scope.state_ == CancelScope::State::requested);
    scope.state_ = CancelScope::State::thrown;
    cause = &scope;
    count_requests();
}

void ScopeChain::put_back() noexcept {
    for (CancelScope* scope = innermost; scope != nullptr; scope = scope->outer_) {
        if (scope != cause) continue;
        scope->state_ = CancelScope::State::requested;
        has_requests = true;
    }
}

void ScopeChain::count_requests() noexcept {
    has_requests = false;
    for (const CancelScope* scope = innermost; scope != nullptr; scope = scope->outer_) {
        if (scope->state_ == CancelScope::State::requested) has_requests = true;
    }
}

Deadline ScopeChain::deadline() const noexcept {
    Deadline earliest;
    const auto look_at = [&](const CancelScope* scope) {
        for (; scope != nullptr; scope = scope->outer_) {
            earliest = std::min(earliest, scope->deadline_);
            if (scope->outer_ == nullptr) return scope->chain_.inherited;
        }
        return static_cast<const CancelScope*>(nullptr);
    };
    const CancelScope* next = innermost == nullptr ? inherited : look_at(innermost);
    while (next != nullptr) next = look_at(next);
    return earliest;
}

void ScopeChain::cancel_passed(TimePoint now) noexcept {
    for (CancelScope* scope = innermost; scope != nullptr; scope = scope->outer_) {
        if (scope->deadline_.at() <= now && !scope->deadline_.is_never()) scope->cancel();
    }
}

Deadline ScopeChain::next_due(int uncaught) const noexcept {
    Deadline earliest;
    for (const CancelScope* scope = innermost; scope != nullptr; scope = scope->outer_) {
        if (scope->cancelled() || scope->mask_depth_ != mask_depth) continue;
        if (scope->uncaught_ == uncaught) earliest = std::min(earliest, scope->deadline_);
    }
    return earliest;
}

CancelScope::CancelScope(Deadline deadline, Where where) noexcept
    : chain_{current_scopes()},
      outer_{chain_.innermost},
      fiber_{current_fiber()},
      uncaught_{fiber_ == nullptr ? std::uncaught_exceptions() : fiber_->uncaught()},
      mask_depth_{chain_.mask_depth},
      where_{where} {
    GREENROOM_ASSERT(fiber_ == nullptr || fiber_->activity != nullptr);
    chain_.innermost = this;
    move_deadline(deadline);
}

CancelScope::~CancelScope() {
    GREENROOM_ASSERT(&current_scopes() == &chain_);
    GREENROOM_ASSERT(chain_.innermost == this);
    if (fiber_ != nullptr && fiber_->home().timers().cancel(timer_)) fiber_->home().count_timers();
    chain_.innermost = outer_;
    if (chain_.has_requests) chain_.count_requests();
}

void CancelScope::move_deadline(Deadline deadline) noexcept {
    GREENROOM_ASSERT(!cancelled());
    deadline_ = deadline;
    if (fiber_ == nullptr) return;
    Worker& home = fiber_->home();
    const bool had_one = home.timers().cancel(timer_);
    if (!deadline.is_never()) home.timers().add(timer_, deadline.at());
    if (had_one || !deadline.is_never()) home.count_timers();
}

void CancelScope::expires(TimerNode& timer) noexcept {
    CancelScope& scope = static_cast<Timer&>(timer).scope;
    Worker& home = scope.fiber_->home();
    home.count_timers();
    home.note_timer_lag(home.core().coarse_now() - std::max(timer.due, TimePoint{}));
    if (!mutant(Mutant::scope_expires_unheard)) return scope.cancel();
    scope.state_ = State::requested;
    scope.chain_.has_requests = true;
}

void CancelScope::cancel() noexcept {
    if (cancelled()) return;
    state_ = State::requested;
    chain_.has_requests = true;
    if (fiber_ != nullptr) end_wait_if_due(*fiber_);
}

bool CancelScope::ends_here() noexcept {
    if (mutant(Mutant::inner_scope_swallows)) return cancelled();
    const int uncaught = fiber_ == nullptr ? std::uncaught_exceptions() : fiber_->uncaught();
    if (fiber_ != nullptr && request_from_outside_is_due(*fiber_, uncaught)) {
        take_request_from_outside(*fiber_);
        return false;
    }
    if (!cancelled() || chain_.cause == &ScopeChain::from_outside) return false;
    // One further out has asked as well: then that is the one to tell of it.
    CancelScope* const asked = chain_.due(uncaught);
    for (CancelScope* scope = outer_; scope != nullptr; scope = scope->outer_) {
        if (chain_.cause == scope) return false;
        if (asked != scope) continue;
        chain_.throws_for(*scope);
        return false;
    }
    return true;
}

bool CancelScope::is_home() const noexcept {
    if (fiber_ == nullptr) return &this_thread().scopes == &chain_;
    return this_thread().worker == &fiber_->home();
}

void put_back_cancellation() noexcept {
    if (mutant(Mutant::put_back_forgets)) return;
    ScopeChain& chain = current_scopes();
    if (chain.cause == &ScopeChain::from_outside) {
        if (Fiber* const fiber = current_fiber()) fiber->activity->ask_again();
        return;
    }
    chain.put_back();
}

}  // namespace greenroom::detail
