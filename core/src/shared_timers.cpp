#include "shared_timers.hpp"

#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/log.hpp>
#include <mutex>
#include <string>
#include <utility>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

bool SharedTimers::add(SharedTimer& timer, TimePoint due, ThreadToken self) noexcept {
    lock_.lock(self);
    const std::lock_guard held(lock_, std::adopt_lock);
    wheel_.add(timer, due);
    if (due >= look_at()) return false;
    look_again_at(due);
    return true;
}

bool SharedTimers::cancel(SharedTimer& timer, ThreadToken self) noexcept {
    lock_.lock(self);
    const std::lock_guard held(lock_, std::adopt_lock);
    return wheel_.cancel(timer);
}

TimerNode* SharedTimers::collect_due(TimePoint now) noexcept {
    const std::lock_guard held(lock_);
    TimerNode* first = nullptr;
    TimerNode** end = &first;
    if (wheel_.size() > 0) {
        wheel_.advance(now, [&end](TimerNode& node) {
            static_cast<SharedTimer&>(node).fall_due();
            *end = &node;
            end = &node.next;
        });
    }
    *end = nullptr;
    look_again_at(wheel_.next_due());
    return first;
}

TimePoint SharedTimers::next_due() noexcept {
    const std::lock_guard held(lock_);
    const TimePoint first = wheel_.next_due();
    look_again_at(first);
    return first;
}

void SharedTimers::drop_all() noexcept {
    take_due(TimePoint::max(), [](SharedTimer& timer) { timer.drop(); });
}

SharedTimer::SharedTimer() noexcept : Runnable{&run_due} {}

void SharedTimer::start(RuntimeCore& core, TimePoint when) {
    if (Worker* const here = core.worker_here()) return wait_with(*here, thread_token(), when);
    const Visit visit{core};
    if (!visit) throw Error{Errc::stopping, "call_at: the runtime has ended"};
    const auto count = static_cast<std::uint32_t>(core.workers.size());
    const std::uint32_t chosen = count == 1 ? 0 : core.options.chance->choose(count);
    worker_ = static_cast<std::uint16_t>(chosen);
    core.workers[chosen]->add_timer(*this, when);
}

RuntimeCore& SharedTimer::start_here(TimePoint when) {
    RuntimeCore& core = require_core("call_at");
    start(core, when);
    return core;
}

RuntimeCore& SharedTimer::start_here_after(Duration delay) {
    ThisThread& thread = this_thread();
    if (thread.worker == nullptr) [[unlikely]]
        require_core("call_later");  // throws
    RuntimeCore& core = thread.worker->core();
    wait_with(*thread.worker, &thread, due_after(core, delay));
    return core;
}

// By that worker.
void SharedTimer::wait_with(Worker& worker, ThreadToken self, TimePoint when) noexcept {
    worker_ = static_cast<std::uint16_t>(worker.index());
    worker.shared_timers().add(*this, when, self);
}

bool SharedTimer::cancel(RuntimeCore& core) noexcept {
    const Visit visit{core};
    // acquire: pairs with the release in leave_due(). While it says waiting and the runtime is kept
    // from ending, the timers that hold it are there.
    const bool waits = visit && state_.load(std::memory_order_acquire) == State::waiting;
    if (waits && core.workers[worker_]->shared_timers().cancel(*this, thread_token())) {
        destroy();  // nobody else knows it
        return true;
    }
    const bool was_first = leave_due(State::cancelled);
    if (was_first) destroy_function();  // here: nobody begins it, and the loop cannot wait for it
    release();
    return was_first;
}

// Taken out by the wheel, under the lock.
void SharedTimer::fall_due() noexcept {
    // release: pairs with the acquires in cancel() and leave_due().
    state_.store(State::due, std::memory_order_release);
}

// True for the one call that takes it from `due`.
bool SharedTimer::leave_due(State to) noexcept {
    State seen = State::due;
    if (mutant(Mutant::timer_cancelled_by_look) && to == State::cancelled) {
        const bool is_due = state_.load(std::memory_order_acquire) == State::due;
        if (is_due) state_.store(to, std::memory_order_release);
        return is_due;
    }
    // acq_rel and acquire: who loses may destroy it, after all that the winner did before.
    return state_.compare_exchange_strong(seen, to, std::memory_order_acq_rel,
                                          std::memory_order_acquire);
}

void SharedTimer::run_due(Runnable& runnable, Worker& here) noexcept {
    SharedTimer& timer = static_cast<SharedTimer&>(runnable);
    if (timer.leave_due(State::begun) || mutant(Mutant::timer_runs_though_cancelled)) {
        timer.begin(here.core());
    }
    timer.release();
}

void SharedTimer::drop() noexcept {
    if (leave_due(State::cancelled)) destroy_function();
    release();
}

TimePoint due_after(const RuntimeCore& core, Duration delay) noexcept {
    const TimePoint now = core.clock().now();
    return delay >= TimePoint::max() - now ? TimePoint::max() : now + delay;
}

void log_unbegun_call(Where where) noexcept {
    try {
        throw;
    } catch (const Error& error) {
        if (error.code() == Errc::stopping) return;
        log(LogLevel::error, std::string{"the timer of "} + where.file + ":" +
                                 std::to_string(where.line) + " could not run: " + error.what());
    } catch (...) {
        log(LogLevel::error, "a timer could not run: no memory");
    }
}

}  // namespace greenroom::detail
