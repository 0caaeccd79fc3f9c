#include <greenroom/core/runtime.hpp>

#include <greenroom/core/error.hpp>
#include <utility>

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
    core_->stop();
    core_->give_back();
}

int Runtime::worker_count() const noexcept { return static_cast<int>(core_->workers.size()); }

const std::string& Runtime::name() const noexcept { return core_->options.name; }

RunResult Runtime::run_for(Duration budget) { return core_->run_for(budget); }

int Runtime::fd() const noexcept {
    return core_->caller_driven() ? core_->workers.front()->driver().fd() : -1;
}

RuntimeStats Runtime::stats() const {
    RuntimeStats stats;
    for (const auto& worker : core_->workers) stats.workers.push_back(worker->stats());
    stats.tasks_alive = core_->tasks_alive();
    stats.guard_tier = core_->guard_tier;
    return stats;
}

std::string Runtime::dump() const { return core_->dump(); }

void Runtime::ensure_driver(const void* key, const DriverFactory& factory) {
    core_->ensure_driver(key, factory);
}

void yield() {
    detail::suspension_point();
    detail::ThisThread& thread = detail::this_thread();
    if (thread.worker == nullptr) return thread.threads->pause();
    thread.worker->yield();
}

}  // namespace greenroom
