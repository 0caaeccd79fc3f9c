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

namespace {

// From which on a delay may be counted from the coarse clock, and is rounded up accordingly.
constexpr Duration long_delay = std::chrono::seconds{1};

TimePoint end_of(Duration delay, TimePoint begins) noexcept {
    return delay >= TimePoint::max() - begins ? TimePoint::max() : begins + delay;
}

}  // namespace

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
    const TimePoint begins = delay >= long_delay ? not_before_now(core) : core.clock().now();
    wait_with(*thread.worker, &thread, end_of(delay, begins));
    return core;
}

// By that worker.
void SharedTimer::wait_with(Worker& worker, ThreadToken self, TimePoint when) noexcept {
    worker_ = static_cast<std::uint16_t>(worker.index());
    worker.shared_timers().add(*this, when, self);
}

void SharedTimer::start_again(RuntimeCore& core, TimePoint when) noexcept {
    Worker* const here = core.worker_here();
    GREENROOM_ASSERT(here != nullptr);
    // relaxed: the lock of the timers orders it with who takes it out of them.
    const std::uint8_t before =
        life_.fetch_add(static_cast<std::uint8_t>(one_reference + State::waiting - State::begun),
                        std::memory_order_relaxed);
    GREENROOM_ASSERT((before & state_bits) == State::begun);
    wait_with(*here, thread_token(), when);
}

bool SharedTimer::cancel(RuntimeCore& core) noexcept {
    ThisThread& thread = this_thread();
    if (thread.worker != nullptr && &thread.worker->core() == &core) return end(&core, &thread);
    const Visit visit{core};
    return end(visit ? &core : nullptr, &thread);
}

// Null: the runtime has ended. Else it is kept from that, and while the timer says that it waits,
// the timers that hold it are there.
bool SharedTimer::end(RuntimeCore* core, ThreadToken self) noexcept {
    // acquire: pairs with the release in leave_due().
    const bool waits = (life_.load(std::memory_order_acquire) & state_bits) == State::waiting;
    if (waits && core != nullptr && core->workers[worker_]->shared_timers().cancel(*this, self)) {
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
    life_.fetch_add(State::due - State::waiting, std::memory_order_release);
}

// True for the one call that takes it from `due`.
bool SharedTimer::leave_due(State to) noexcept {
    // acquire: who finds it decided may be about to destroy it, after all that the winner did.
    std::uint8_t seen = life_.load(std::memory_order_acquire);
    for (;;) {
        if ((seen & state_bits) != State::due) return false;
        const auto left = static_cast<std::uint8_t>(seen + to - State::due);
        if (mutant(Mutant::timer_cancelled_by_look) && to == State::cancelled) {
            life_.store(left, std::memory_order_release);
            return true;
        }
        // acq_rel and acquire: likewise. Fails at most twice for a reference that was let go.
        if (life_.compare_exchange_weak(seen, left, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
            return true;
        }
    }
}

void SharedTimer::run(Worker& here) noexcept {
    if (leave_due(State::begun) || mutant(Mutant::timer_runs_though_cancelled)) begin(here.core());
    release();
}

void SharedTimer::drop() noexcept {
    if (leave_due(State::cancelled)) destroy_function();
    release();
}

TimePoint due_after(const RuntimeCore& core, Duration delay) noexcept {
    return end_of(delay, core.clock().now());
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
