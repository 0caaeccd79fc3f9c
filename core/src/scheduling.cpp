#include <greenroom/core/detail/scheduling.hpp>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

// The calling worker if it is one of `core`'s, else null.
Worker* home_worker(const RuntimeCore& core) noexcept {
    Worker* const worker = this_thread().worker;
    return worker != nullptr && &worker->core() == &core ? worker : nullptr;
}

bool inject_from_outside(RuntimeCore& core, Runnable& runnable) noexcept {
    const Visit visit{core};
    if (!visit) return false;
    core.inject(runnable);
    return true;
}

}  // namespace

bool schedule(RuntimeCore& core, Runnable& runnable) noexcept {
    Worker* const worker = home_worker(core);
    if (worker == nullptr) return inject_from_outside(core, runnable);
    worker->push_newest(runnable);
    return true;
}

bool schedule_last(RuntimeCore& core, Runnable& runnable) noexcept {
    Worker* const worker = home_worker(core);
    if (worker == nullptr) return inject_from_outside(core, runnable);
    worker->push_last(runnable);
    return true;
}

bool run_on_stack_class(StackClass stack_class, Runnable& runnable) {
    Worker& worker = *this_thread().worker;
    if (worker.current().stack_class() == stack_class) return true;
    worker.run_on(stack_class, runnable);
    return false;
}

Visit::Visit(RuntimeCore& core) noexcept : core_{&core}, counted_{home_worker(core) == nullptr} {
    if (counted_ && !core.gate.enter()) core_ = nullptr;
}

Visit::~Visit() {
    if (counted_ && core_ != nullptr) core_->gate.leave();
}

Turn::Turn(Activity& activity) noexcept {
    Fiber& fiber = this_thread().worker->current();
    GREENROOM_ASSERT(fiber.activity == nullptr);
    fiber.activity = &activity;
    fiber.mask_depth = 0;
}

Turn::~Turn() { this_thread().worker->current().activity = nullptr; }

Activity* current_activity() noexcept {
    Worker* const worker = this_thread().worker;
    return worker == nullptr ? nullptr : worker->current().activity;
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

Driver& driver_of(RuntimeCore& core, int worker) noexcept {
    return core.workers[static_cast<std::size_t>(worker)]->driver();
}

void ensure_driver(RuntimeCore& core, const void* key, const DriverFactory& factory) {
    core.ensure_driver(key, factory);
}

bool slice_is_over() noexcept {
    Worker* const worker = this_thread().worker;
    return worker != nullptr && worker->slice_is_over();
}

TimePoint coarse_now(const RuntimeCore& core) noexcept {
    return home_worker(core) != nullptr ? core.coarse_now() : core.clock().now();
}

}  // namespace greenroom::detail
