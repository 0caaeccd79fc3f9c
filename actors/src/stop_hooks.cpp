#include "stop_hooks.hpp"

#include <algorithm>
#include <exception>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>
#include <iterator>
#include <mutex>
#include <utility>

namespace greenroom::detail {

namespace {

// Who stops a caller-driven runtime drives it meanwhile.
void await(Task<void>& task, Runtime& runtime, bool caller_driven, Deadline deadline) {
    constexpr Duration slice = std::chrono::milliseconds{1};
    while (caller_driven && !task.done() && !deadline.has_passed()) runtime.run_for(slice);
    with_deadline(deadline, [&] { task.get(); });
}

std::string failure() {
    try {
        throw;
    } catch (const Timeout&) {
        return "has not ended in time";
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "threw something that is no std::exception";
    }
}

}  // namespace

void StopHooks::add(StopPhase phase, std::string name, std::function<void()> call) {
    const std::lock_guard held(lock_);
    if (hooks_.size() >= hooks_max) {
        throw Error{Errc::limit_reached, "on_stop of " + name + ": the system has " +
                                             std::to_string(hooks_max) + " hooks already"};
    }
    hooks_.push_back({phase, std::move(name), std::move(call)});
}

std::vector<StopHooks::Hook> StopHooks::take(StopPhase phase) {
    const std::lock_guard held(lock_);
    const auto others = std::stable_partition(
        hooks_.begin(), hooks_.end(), [phase](const Hook& hook) { return hook.phase != phase; });
    std::vector<Hook> taken(std::make_move_iterator(others), std::make_move_iterator(hooks_.end()));
    hooks_.erase(others, hooks_.end());
    std::reverse(taken.begin(), taken.end());
    return taken;
}

void StopHooks::call_all(StopPhase phase, Runtime& runtime, bool caller_driven, Deadline deadline,
                         StopReport& report) {
    for (Hook& hook : take(phase)) {
        Task<void> task;
        try {
            task = spawn(runtime, std::move(hook.call), {.name = "hook of a stop"});
            await(task, runtime, caller_driven, deadline);
        } catch (...) {
            report.failed_hooks.push_back(hook.name + ": " + failure());
            log(LogLevel::error,
                "a hook of the system's stop failed: " + report.failed_hooks.back());
            if (!task.valid()) continue;
            task.cancel();
            task.detach();  // a stop always returns
        }
    }
}

}  // namespace greenroom::detail
