#include <greenroom/core/detail/task_state.hpp>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/log.hpp>
#include <mutex>
#include <string>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

TaskState::TaskState(RuntimeCore& core, const char* name, StackClass stack_class, Where where)
    : Runnable{&run_task, nullptr},
      Activity{core},
      name_{name},
      where_{where},
      stack_class_{stack_class} {}

void TaskState::start() {
    const Visit visit{core()};
    if (!visit) throw Error{Errc::stopping, "spawn: the runtime has ended"};
    // relaxed: a flag, that orders nothing.
    if (core().workers_without_spare.load(std::memory_order_relaxed) != 0) {
        throw StacksExhausted{stack_class_, core().guard_tier, ENOMEM};
    }
    core().begin_task();
    schedule(core(), *this);
}

void TaskState::run_task(Runnable& self) noexcept {
    TaskState& state = static_cast<TaskState&>(self);
    try {
        if (run_on_stack_class(state.stack_class_, self)) state.run_here();
    } catch (...) {
        state.failure_ = std::current_exception();
        state.finish();
    }
}

void TaskState::run_here() noexcept {
    {
        const Turn turn{*this};
        if (cancel_requested() || core().stopping()) {
            cancelled_ = true;
        } else {
            guarded_call();
        }
        const CancellationMask mask;
        destroy_function();
    }
    finish();
}

void TaskState::guarded_call() noexcept {
    try {
        call();
    } catch (const Cancelled&) {
        cancelled_ = true;
    } catch (...) {
        failure_ = std::current_exception();
    }
}

void TaskState::finish() noexcept {
    Resumption resumption;
    {
        const std::lock_guard held(joiners_.lock);
        done_ = true;
        while (WaitEntry* const joiner = joiners_.first_waiting()) {
            if (joiners_.win(*joiner)) resumption.add(*joiner);
        }
    }
    resumption.run();
    RuntimeCore& runtime = core();
    release();
    runtime.end_task();
}

bool TaskState::done() noexcept {
    const std::lock_guard held(joiners_.lock);
    return done_;
}

void TaskState::join(Where where) {
    try {
        (void)join_before(Deadline::never(), where);
    } catch (const Cancelled&) {
        cancel();
        join_masked(where);
        throw;
    }
}

void TaskState::join_masked(Where where) noexcept {
    const CancellationMask mask;
    (void)join_before(Deadline::never(), where);
}

bool TaskState::join_before(Deadline deadline, Where where) {
    suspension_point();
    if (done()) return true;
    WaitRecord record{{"task", this, where}};  // outside of the lock: it may have to map a stack
    WaitEntry entry{record};
    std::unique_lock held(joiners_.lock);
    if (done_) return true;
    joiners_.add(entry);
    held.unlock();
    const Outcome outcome = record.wait(deadline);
    if (outcome == Outcome::woken) return true;
    held.lock();
    joiners_.remove(entry);
    held.unlock();
    if (outcome == Outcome::cancelled) throw_cancelled();
    return false;
}

void TaskState::rethrow() {
    seen_ = true;
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    if (cancelled_) {
        throw Error{Errc::cancelled, std::string{name_} + ", spawned at " + where_.file + ":" +
                                         std::to_string(where_.line)};
    }
}

void TaskState::drop(TaskState& state) noexcept {
    state.cancel();
    state.join_masked(state.where_);
    release_handle(state);
}

void TaskState::detach(TaskState& state) noexcept { state.release(); }

void TaskState::release_handle(TaskState& state) noexcept { state.release(); }

void TaskState::hold() noexcept {
    // relaxed: the caller has a reference already.
    references_.fetch_add(1, std::memory_order_relaxed);
}

void TaskState::release() noexcept {
    // acq_rel: all that the others did with it comes before its end.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (failure_ != nullptr && !seen_) log_unseen_failure();
    destroy();
}

void TaskState::log_unseen_failure() noexcept {
    std::string story = "something that is no std::exception";
    try {
        std::rethrow_exception(failure_);
    } catch (const std::exception& failure) {
        story = failure.what();
    } catch (...) {
    }
    log(LogLevel::error, std::string{name_} + ", spawned at " + where_.file + ":" +
                             std::to_string(where_.line) + ", failed and nobody saw it: " + story);
}

RuntimeCore& require_core(const char* call) {
    if (RuntimeCore* const core = current_core()) return *core;
    throw Error{Errc::wrong_thread, std::string{call} +
                                        ": this thread has no runtime; name it, as in " + call +
                                        "(runtime, ...)"};
}

}  // namespace greenroom::detail
