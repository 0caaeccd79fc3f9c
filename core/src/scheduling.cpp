#include <greenroom/core/detail/scheduling.hpp>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <string>

#include "held_back_slot.hpp"
#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

[[gnu::noinline]] bool inject_from_outside(RuntimeCore& core, Runnable& runnable) noexcept {
    const Visit visit{core};
    if (!visit) return false;
    core.inject(runnable);
    return true;
}

// Apart, as the above, so that the common way has no frame.
[[gnu::noinline]] bool push_displaced(Worker& here, Runnable& displaced) noexcept {
    here.push_last(displaced);
    return true;
}

}  // namespace

bool schedule(RuntimeCore& core, Runnable& runnable) noexcept {
    Worker* const worker = core.worker_here();
    if (worker == nullptr) [[unlikely]]
        return inject_from_outside(core, runnable);
    Runnable* const displaced = worker->newest().put(runnable);
    return displaced == nullptr || push_displaced(*worker, *displaced);
}

bool schedule_last(RuntimeCore& core, Runnable& runnable) noexcept {
    Worker* const worker = core.worker_here();
    if (worker == nullptr) return inject_from_outside(core, runnable);
    worker->push_last(runnable);
    return true;
}

bool runs_on(const Worker& here, StackClass stack_class) noexcept {
    return here.current().stack_class() == stack_class;
}

bool run_on_stack_class(Worker& here, StackClass stack_class, Runnable& runnable) {
    if (runs_on(here, stack_class)) return true;
    here.run_on(stack_class, runnable);
    return false;
}

Visit::Visit(RuntimeCore& core) noexcept : core_{&core}, counted_{core.worker_here() == nullptr} {
    if (!counted_) return;
    if (!core.gate.enter()) {
        core_ = nullptr;
    } else if (is_of_parent(core)) {
        core.gate.leave();
        core_ = nullptr;
    }
}

Visit::~Visit() {
    if (counted_ && core_ != nullptr) core_->gate.leave();
}

RuntimeLink::RuntimeLink(RuntimeCore& core) noexcept : core_{core}, life_{core.life()} {}

bool RuntimeLink::leads_to_it() const noexcept { return core_.life() == life_; }
bool is_of_parent(const RuntimeCore& core) noexcept { return core.birthplace.is_elsewhere(); }

void forbid_parents(const RuntimeCore& core, const char* call) {
    if (!is_of_parent(core)) return;
    throw Error{Errc::stopping, std::string{call} + ": runtime \"" + core.options.name +
                                    "\" is of the process that this one was forked from"};
}

Turn::Turn(Worker& here, Activity& activity) noexcept : fiber_{here.current()} {
    here.begins(activity.name());
    GREENROOM_ASSERT(fiber_.is_free());
    if (!activity.stays_at(static_cast<std::uint16_t>(here.index()))) here.note_moved();
    fiber_.activity = &activity;
    fiber_.scopes = {};
    if (here.measures_stacks()) here.begin_measuring();
}

Turn::~Turn() {
    if (fiber_.locals.first != nullptr || fiber_.home().measures_stacks()) [[unlikely]]
        end_unusually(fiber_);
    fiber_.activity = nullptr;
}

[[gnu::noinline]] void Turn::end_unusually(Fiber& fiber) noexcept {
    if (fiber.locals.first != nullptr) {
        const CancellationMask mask{fiber.scopes};
        fiber.locals.destroy_all();
    }
    Worker& worker = fiber.home();
    if (worker.measures_stacks()) worker.note_stack_use(fiber, true);
}

Activity* running_activity() noexcept {
    Worker* const worker = this_worker();
    return worker == nullptr ? nullptr : worker->current().activity;
}

Activity* current_activity() noexcept {
    Activity* const activity = running_activity();
    return activity == nullptr ? nullptr : &activity->runs_as();
}

std::unique_ptr<TurnSlot> reserve_turn() {
    Activity* const activity = current_activity();
    return activity == nullptr ? nullptr : activity->reserve_turn();
}

RuntimeCore* current_core() noexcept {
    Worker* const worker = this_worker();
    return worker == nullptr ? nullptr : &worker->core();
}

Driver* current_driver() noexcept {
    Worker* const worker = this_worker();
    return worker == nullptr ? nullptr : &worker->driver();
}

int worker_count(const RuntimeCore& core) noexcept { return static_cast<int>(core.workers.size()); }

int worker_index(const RuntimeCore& core) noexcept {
    const Worker* const worker = core.worker_here();
    return worker == nullptr ? -1 : worker->index();
}

Driver& driver_of(RuntimeCore& core, int worker) noexcept {
    return core.workers[static_cast<std::size_t>(worker)]->driver();
}

void ensure_driver(RuntimeCore& core, const void* key, const DriverFactory& factory) {
    core.ensure_driver(key, factory);
}

std::uint32_t choose_number(RuntimeCore& core, std::uint32_t count) noexcept {
    return core.options.chance->choose(count);
}

void note_magazine_used() noexcept {
    // Of a thread that has asked for its own, as it has a cache.
    Worker* const worker = this_worker();
    if (worker != nullptr) worker->note_magazine_used();
}

bool slice_is_over() noexcept {
    Worker* const worker = this_worker();
    return worker != nullptr && worker->slice_is_over();
}

SliceHere::SliceHere() noexcept : over_{this_thread().worker->slice_over()} {}

HoldBackHere::HoldBackHere(HeldBack* what) noexcept : what_{what} {
    if (what == nullptr) return;
    Worker& here = *this_thread().worker;
    if (here.core().caller_driven()) {
        what->let_go();  // it has no monitor
    } else {
        here.held_back().put(*what);
    }
}

// It has been let go already, if a handler was suspended.
HoldBackHere::~HoldBackHere() {
    if (what_ != nullptr) let_go_here();
}

void let_go_here() noexcept {
    Worker* const here = this_thread().worker;
    if (here != nullptr && !here->held_back().empty()) here->held_back().let_go();
}

TimePoint coarse_now(const RuntimeCore& core) noexcept {
    return core.worker_here() != nullptr ? core.coarse_now() : core.clock().now();
}

TimePoint not_before_now(const RuntimeCore& core) noexcept {
    return core.monitor.keeps_time() ? core.coarse_now() + Monitor::coarse_lag_max
                                     : core.clock().now();
}

TimePoint now_to_wait(const RuntimeCore& core, const char* call) {
    if (core.worker_here() == nullptr) {
        forbid_parents(core, call);
        core.forbid_wait_of_driver(call);
    }
    return core.clock().now();
}

}  // namespace greenroom::detail
