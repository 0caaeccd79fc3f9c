#include <greenroom/core/detail/wait_record.hpp>

#include <greenroom/core/cancellation.hpp>

#include "runtime_core.hpp"
#include "this_thread.hpp"
#include "thread_registry.hpp"

namespace greenroom::detail {

namespace {

Fiber* current_fiber(ThisThread& thread) noexcept {
    return thread.worker == nullptr ? nullptr : &thread.worker->current();
}

Outcome block(PlainThread& thread, WaitRecord& record, Deadline deadline) {
    if (thread.block(deadline)) return record.outcome();
    if (!record.decide(Outcome::expired)) {
        // Its waker was faster, and still holds the record.
        while (!thread.block(Deadline::never())) {
        }
    }
    return record.outcome();
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
    return block(*thread_, *this, deadline);
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
    Worker* const worker = this_thread().worker;
    if (worker == nullptr) return;
    Fiber& fiber = worker->current();
    if (fiber.activity == nullptr) return;
    if (!fiber.activity->cancel_requested() && !worker->kills_all()) return;
    if (fiber.may_be_cancelled()) throw_cancelled();
}

void throw_cancelled() {
    if (Activity* const activity = current_activity()) {
        activity->clear_signals(Activity::cancel_signal);
    }
    throw Cancelled{};
}

}  // namespace greenroom::detail

namespace greenroom {

CancellationMask::CancellationMask() noexcept : depth_{nullptr} {
    detail::Worker* const worker = detail::this_thread().worker;
    if (worker == nullptr) return;
    depth_ = &worker->current().mask_depth;
    ++*depth_;
}

CancellationMask::~CancellationMask() {
    if (depth_ != nullptr) --*depth_;
}

void check_cancellation() { detail::suspension_point(); }

}  // namespace greenroom
