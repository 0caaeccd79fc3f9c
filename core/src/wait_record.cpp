#include <greenroom/core/detail/wait_record.hpp>

#include <algorithm>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/group.hpp>

#include "interruption.hpp"
#include "runtime_core.hpp"
#include "this_thread.hpp"
#include "thread_registry.hpp"

namespace greenroom::detail {

namespace {

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

[[gnu::noinline]] void throw_if_due_in(ThisThread& thread) {
    if (thread.scopes.innermost != nullptr) throw_if_due(thread);
}

bool may_be_cancelled(const Worker& worker, const Fiber& fiber) noexcept {
    return (fiber.activity->signals() & Activity::interruptions) != 0 || worker.kills_all() ||
           fiber.scopes.has_requests;
}

void throw_if_cancelled(Worker& worker) {
    Fiber& fiber = worker.current();
    if (may_be_cancelled(worker, fiber)) throw_if_due(fiber);
}

// Apart, as block(): what is rare at a suspension point.
[[gnu::noinline]] ThreadToken let_others_run(ThisThread& thread) {
    thread.worker->yield_by_budget();
    throw_if_cancelled(*thread.worker);
    return &thread;
}
[[gnu::noinline]] ThreadToken throw_if_asked(ThisThread& thread) {
    if (thread.worker == nullptr) {
        throw_if_due_in(thread);
    } else {
        throw_if_cancelled(*thread.worker);
    }
    return &thread;
}

}  // namespace

WaitRecord::Waiter WaitRecord::whoever_runs(ThreadToken token) {
    ThisThread& thread = thread_of(token);
    Worker* const worker = thread.worker;
    if (worker == nullptr) [[unlikely]]
        return {nullptr, &thread.plain};
    if (!worker->has_spare()) [[unlikely]]
        return here_with_new_spare(*worker);
    return {&worker->current(), nullptr};
}

// Apart, so that the common way has no frame.
[[gnu::noinline]] WaitRecord::Waiter WaitRecord::here_with_new_spare(Worker& worker) {
    worker.require_spare();
    return {&worker.current(), nullptr};
}

Outcome WaitRecord::wait(Deadline deadline) {
    if (waiter_.fiber != nullptr) [[likely]]
        return waiter_.fiber->home().suspend(*this, deadline);
    return block(*this, deadline);
}

Outcome WaitRecord::wait_guarded(Deadline deadline) {
    if (waiter_.fiber != nullptr) [[likely]]
        return waiter_.fiber->home().suspend_guarded(*this, deadline);
    return block(*this, deadline);
}

bool WaitRecord::decide_woken() noexcept { return decide_woken(this_thread().worker); }

bool WaitRecord::decide_woken(const Worker* here) noexcept {
    const bool alone = listed_once_ && waiter_.fiber != nullptr && &waiter_.fiber->home() == here;
    if (!alone || mutant(Mutant::record_decided_by_store)) return decide(Outcome::woken);
    // relaxed: what others have decided was under the lock that the caller has. release: as
    // decide() does.
    if (state_.load(std::memory_order_relaxed) != Outcome::waiting) return false;
    state_.store(Outcome::woken, std::memory_order_release);
    woken_at_home_ = true;
    return true;
}

void WaitRecord::end_early(Outcome ending) noexcept {
    if (outcome() != Outcome::waiting) return;
    if (Group* const group = waiter_.fiber->groups) group->owner_leaves();
    waiter_.fiber->activity->wait_ends_early();
    if (decide(ending)) resume();
}

void WaitRecord::resume() noexcept {
    if (waiter_.fiber == nullptr) [[unlikely]]
        return waiter_.thread->wake();
    Fiber& fiber = *waiter_.fiber;
    if (woken_at_home_) [[likely]]
        return fiber.home().make_ready(fiber);
    resume_from_elsewhere(fiber);
}

[[gnu::noinline]] void WaitRecord::resume_from_elsewhere(Fiber& fiber) noexcept {
    Worker& home = fiber.home();
    if (this_thread().worker == &home) return home.make_ready(fiber);
    // Counted in before the push and out last of all: the woken fiber may be ending the runtime.
    const Visit visit{home.core()};
    home.post(fiber);
}

bool WaitRecord::decide_wrongly(Outcome ending) noexcept {
    state_.store(ending, std::memory_order_release);
    return true;
}

bool may_wait_at_once(ThreadToken self) noexcept {
    const Worker* const worker = thread_of(self).worker;
    return worker == nullptr || worker->has_spare();
}

void prepare_to_wait() {
    if (Worker* const worker = this_thread().worker) worker->require_spare();
}

ThreadToken suspension_point() {
    ThisThread& thread = this_thread();
    Worker* const worker = thread.worker;
    if (worker == nullptr) [[unlikely]]
        return throw_if_asked(thread);
    Fiber& fiber = worker->current();
    if (fiber.activity == nullptr) [[unlikely]]
        return &thread;  // the loop itself
    if (worker->spend_budget()) [[unlikely]]
        return let_others_run(thread);
    if (may_be_cancelled(*worker, fiber)) [[unlikely]]
        return throw_if_asked(thread);
    return &thread;
}

void cancellation_point() { cancellation_point(this_thread()); }

void cancellation_point(ThisThread& thread) {
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
