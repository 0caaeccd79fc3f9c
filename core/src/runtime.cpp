#include <greenroom/core/runtime.hpp>

#include <greenroom/core/error.hpp>
#include <utility>

#include "interruption.hpp"
#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom {

namespace detail {

RuntimeCore& core_of(Runtime& runtime) noexcept { return *runtime.core_; }

}  // namespace detail

Runtime::Runtime(RuntimeOptions options) : core_{&detail::RuntimeCore::acquire()} {
    try {
        core_->start(std::move(options));
    } catch (...) {
        core_->give_back();
        throw;
    }
}

Runtime::~Runtime() {
    if (core_->birthplace.is_elsewhere()) return;  // leaks: its threads are the parent's
    core_->stop();
    core_->give_back();
}

int Runtime::worker_count() const noexcept { return static_cast<int>(core_->workers.size()); }

const std::string& Runtime::name() const noexcept { return core_->options.name; }

RunResult Runtime::run_for(Duration budget) { return core_->run_for(budget); }

RunResult Runtime::run_until_idle() { return core_->run_until_idle(); }

int Runtime::fd() const noexcept { return core_->workers.front()->caller_fd(); }

RuntimeStats Runtime::stats() const {
    RuntimeStats stats;
    for (const auto& worker : core_->workers) stats.workers.push_back(worker->stats());
    stats.tasks_alive = core_->tasks_alive();
    stats.injected = core_->injected.size_hint();
    stats.guard_tier = core_->guard_tier;
    return stats;
}

std::vector<StackUse> Runtime::stack_use() const { return core_->stack_use.list(); }

std::string Runtime::dump(DumpOptions options) const { return core_->dump(options); }

std::vector<TaskInfo> Runtime::all_tasks(Duration patience) const {
    return core_->all_tasks(patience);
}

std::vector<TaskInfo> detail::tasks_of(RuntimeCore& core, std::shared_ptr<const Activity> activity,
                                       Duration patience) {
    return core.all_tasks(patience, std::move(activity));
}

void Runtime::ensure_driver(const void* key, const DriverFactory& factory) {
    core_->ensure_driver(key, factory);
}

const char* current_task_name() noexcept {
    // A structured task's own name, and not that of whom it runs as.
    detail::Worker* const worker = detail::this_thread().worker;
    const detail::Activity* const activity =
        worker == nullptr ? nullptr : worker->current().activity;
    return activity == nullptr ? nullptr : activity->name();
}

void yield() {
    detail::ThisThread& thread = detail::this_thread();
    detail::cancellation_point(thread);
    if (thread.worker == nullptr) return thread.threads->pause();
    thread.worker->yield();
}

}  // namespace greenroom
