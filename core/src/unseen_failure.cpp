// What is told of a task that failed, and whose result nobody took.
#include <greenroom/core/detail/fields_in_use.hpp>
#include <greenroom/core/detail/log_limit.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/detail/task_state.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/result.hpp>
#include <string>

#include "runtime_core.hpp"

namespace greenroom::detail {

void TaskState::tell_unseen_failure() noexcept {
    const FieldsInUse mine{fields_.set()};
    const auto told = [this] {
        return story() + ", failed and nobody saw it: " + Result<void>{failure_}.story();
    };
    std::string line;
    {
        // The runtime is there as long as one of its tasks runs; a handle may outlive it.
        const Visit visit{core()};
        line = visit ? core().unseen_failure_log->next_line(told, coarse_now(core())) : told();
    }
    if (!line.empty()) log(LogLevel::error, line);  // what is called for it may end the runtime
    const Visit visit{core()};
    if (!visit || !core().options.on_unseen_failure) return;
    try {
        core().options.on_unseen_failure({name_, where_, failure_});
    } catch (...) {
        core().unseen_failure_log->log(
            LogLevel::error, [] { return std::string{"on_unseen_failure threw"}; },
            coarse_now(core()));
    }
}

}  // namespace greenroom::detail
