#include "doing.hpp"

#include <chrono>
#include <greenroom/actors/detail/cell.hpp>
#include <string_view>

namespace greenroom::detail {

// Workers that have not answered are told by entries without identity.
Doing doing_of(const Cell& cell, const std::vector<TaskInfo>& tasks) noexcept {
    Doing doing;
    for (const TaskInfo& task : tasks) {
        if (task.identity == static_cast<const Activity*>(&cell)) doing.itself = &task;
        if (task.identity != nullptr) continue;
        doing.stuck = &task;
        if (task.name == std::string_view{cell.name()}) doing.runs = &task;
    }
    return doing;
}

std::string wait_of(const TaskInfo& task) {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(task.waited).count();
    return std::string{task.waits_for} + " at " + task.where.file + ":" +
           std::to_string(task.where.line) + ", for " + std::to_string(waited) + " ms";
}

std::string stuck_worker(const TaskInfo& task) {
    return "worker " + std::to_string(task.worker) + ", which is in " + task.name;
}

}  // namespace greenroom::detail
