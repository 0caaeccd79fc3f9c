#include <greenroom/core/detail/scheduling.hpp>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <string>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

bool inject_from_outside(RuntimeCore& core, Runnable& runnable) noexcept {
    const Visit visit{core};
    if (!visit) return false;
    core.inject(runnable);
    return true;
}

}  // namespace

bool schedule(RuntimeCore& core, Runnable& runnable) noexcept {
    Worker* const worker = core.worker_here();
    if (worker == nullptr) return inject_from_outside(core, runnable);
    worker->push_newest(runnable);
    return true;
}

bool schedule_last(RuntimeCore& core, Runnable& runnable) noexcept {
    Worker* const worker = core.worker_here();
    if (worker == nullptr) return inject_from_outside(core, runnable);
    worker->push_last(runnable);
    return true;
}

bool run_on_stack_class(Worker& here, StackClass stack_class, Runnable& runnable) {
    if (here.current().stack_class() == stack_class) return true;
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
    GREENROOM_ASSERT(fiber_.activity == nullptr);
    fiber_.activity = &activity;
    GREENROOM_ASSERT(fiber_.scopes.innermost == nullptr);
    GREENROOM_ASSERT(fiber_.groups == nullptr);
    fiber_.scopes = {};
    if (here.core().options.measure_stacks) here.begin_measuring();
}

Turn::~Turn() {
    Worker& worker = fiber_.home();
    if (fiber_.locals.first != nullptr) {
        const CancellationMask mask{fiber_.scopes};
        fiber_.locals.destroy_all();
    }
    if (worker.core().options.measure_stacks) worker.note_stack_use(fiber_, true);
    fiber_.activity = nullptr;
}

Activity* running_activity() noexcept {
    Worker* const worker = this_thread().worker;
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
    Worker* const worker = this_thread().worker;
    return worker == nullptr ? nullptr : &worker->core();
}

Driver* current_driver() noexcept {
    Worker* const worker = this_thread().worker;
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

bool slice_is_over() noexcept {
    Worker* const worker = this_thread().worker;
    return worker != nullptr && worker->slice_is_over();
}

TimePoint coarse_now(const RuntimeCore& core) noexcept {
    return core.worker_here() != nullptr ? core.coarse_now() : core.clock().now();
}

TimePoint now_to_wait(const RuntimeCore& core, const char* call) {
    if (core.worker_here() == nullptr) {
        forbid_parents(core, call);
        core.forbid_wait_of_driver(call);
    }
    return core.clock().now();
}

}  // namespace greenroom::detail
