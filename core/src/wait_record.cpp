#include <greenroom/core/detail/wait_record.hpp>

#include <algorithm>
#include <greenroom/core/cancellation.hpp>

#include "interruption.hpp"
#include "runtime_core.hpp"
#include "this_thread.hpp"
#include "thread_registry.hpp"

namespace greenroom::detail {

namespace {

Fiber* current_fiber(ThisThread& thread) noexcept {
    return thread.worker == nullptr ? nullptr : &thread.worker->current();
}

// Apart, so that the way of a fiber has no frame here: see Worker::switch_away.
[[gnu::noinline]] Outcome block(WaitRecord& record, Deadline deadline) {
    const BlockedThread listed{record};
    ThisThread& thread = this_thread();
    const Deadline scopes = scopes_end(thread);
    if (thread.plain.block(std::min(deadline, scopes))) return record.outcome();
    if (!record.decide(deadline <= scopes ? Outcome::expired : Outcome::cancelled)) {
        // Its waker was faster, and still holds the record.
        while (!thread.plain.block(Deadline::never())) {
        }
    }
    return record.outcome();
}

void throw_if_due_in(ThisThread& thread) {
    if (thread.scopes.innermost != nullptr) throw_if_due(thread);
}

void throw_if_cancelled(Worker& worker) {
    Fiber& fiber = worker.current();
    const bool asked =
        (fiber.activity->signals() & Activity::interruptions) != 0 || worker.kills_all();
    if (asked || fiber.scopes.has_requests) throw_if_due(fiber);
}

}  // namespace

WaitRecord::WaitRecord(const WaitReason& reason, Listed listed)
    : why_{reason},
      fiber_{current_fiber(this_thread())},
      thread_{fiber_ == nullptr ? &this_thread().plain : nullptr},
      listed_once_{listed == Listed::once} {
    if (fiber_ != nullptr) fiber_->home().require_spare();
}

WaitRecord::~WaitRecord() = default;

Outcome WaitRecord::wait(Deadline deadline) {
    if (fiber_ != nullptr) return fiber_->home().suspend(*this, deadline);
    return block(*this, deadline);
}

bool WaitRecord::decide_woken() noexcept {
    const bool alone = listed_once_ && fiber_ != nullptr && &fiber_->home() == this_thread().worker;
    if (!alone || mutant(Mutant::record_decided_by_store)) return decide(Outcome::woken);
    // relaxed: what others have decided was under the lock that the caller has. release: as
    // decide() does.
    if (state_.load(std::memory_order_relaxed) != Outcome::waiting) return false;
    state_.store(Outcome::woken, std::memory_order_release);
    woken_at_home_ = true;
    return true;
}

void WaitRecord::resume() noexcept {
    if (fiber_ == nullptr) return thread_->wake();
    Fiber& fiber = *fiber_;
    Worker& home = fiber.home();
    if (woken_at_home_ || this_thread().worker == &home) return home.make_ready(fiber);
    // Counted in before the push and out last of all: the woken fiber may be ending the runtime.
    const Visit visit{home.core()};
    home.post(fiber);
}

bool WaitRecord::decide_wrongly(Outcome ending) noexcept {
    state_.store(ending, std::memory_order_release);
    return true;
}

bool may_wait_at_once() noexcept {
    const Worker* const worker = this_thread().worker;
    return worker == nullptr || worker->has_spare();
}

void prepare_to_wait() {
    if (Worker* const worker = this_thread().worker) worker->require_spare();
}

void suspension_point() {
    ThisThread& thread = this_thread();
    if (thread.worker == nullptr) return throw_if_due_in(thread);
    if (thread.worker->current().activity == nullptr) return;  // the loop itself
    if (thread.worker->spend_budget()) [[unlikely]]
        thread.worker->yield_by_budget();
    throw_if_cancelled(*thread.worker);
}

void cancellation_point() {
    ThisThread& thread = this_thread();
    if (thread.worker == nullptr) return throw_if_due_in(thread);
    Worker& worker = *thread.worker;
    if (worker.current().activity == nullptr) return;
    // Who computes and never waits keeps the loop from its inbox, where the order to kill all lies.
    if (worker.core().stopping() && !worker.kills_all()) [[unlikely]]
        worker.kill_all();
    throw_if_cancelled(worker);
}

void throw_cancelled() {
    ThisThread& thread = this_thread();
    if (thread.worker == nullptr) {
        throw_if_due(thread);
    } else {
        throw_if_due(thread.worker->current());
    }
    throw Cancelled{};  // what has ended the wait was taken back meanwhile
}

}  // namespace greenroom::detail
