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

Outcome block(ThisThread& thread, WaitRecord& record, Deadline deadline) {
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

WaitRecord::WaitRecord(const WaitReason& reason)
    : why_{reason},
      fiber_{current_fiber(this_thread())},
      thread_{fiber_ == nullptr ? &this_thread().plain : nullptr} {
    if (fiber_ != nullptr) fiber_->home().require_spare();
}

WaitRecord::~WaitRecord() = default;

Outcome WaitRecord::wait(Deadline deadline) {
    if (fiber_ != nullptr) return fiber_->home().suspend(*this, deadline);
    const BlockedThread listed{*this};
    return block(this_thread(), *this, deadline);
}

void WaitRecord::resume() noexcept {
    if (fiber_ == nullptr) return thread_->wake();
    Fiber& fiber = *fiber_;
    Worker& home = fiber.home();
    Worker* const here = this_thread().worker;
    if (here == &home) return home.make_ready(fiber);
    // Counted in before the push and out last of all: the woken fiber may be ending the runtime.
    const Visit visit{home.core()};
    home.post(fiber);
}

bool WaitRecord::decide_wrongly(Outcome ending) noexcept {
    state_.store(ending, std::memory_order_release);
    return true;
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
