// Those that live on when a system should have ended, and what they do.
#include <algorithm>
#include <chrono>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/runtime.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "system_core.hpp"

namespace greenroom::detail {

namespace {

std::string doing(const TaskInfo& task) {
    const std::string worker = std::to_string(task.worker);
    if (task.waits_for == nullptr) return "runs on worker " + worker;
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(task.waited).count();
    return std::string{"waits for "} + task.waits_for + " at " + task.where.file + ":" +
           std::to_string(task.where.line) + ", for " + std::to_string(waited) + " ms";
}

// By what the workers have told. Those that have not are named in entries without identity.
std::string what_it_does(const Cell& cell, const std::vector<TaskInfo>& tasks) {
    if (&cell.core() != &cell.system().runtime_core()) return "is on a runtime of its own";
    const TaskInfo* runs = nullptr;
    const TaskInfo* stuck = nullptr;
    for (const TaskInfo& task : tasks) {
        if (task.identity == static_cast<const Activity*>(&cell)) return doing(task);
        if (task.identity != nullptr) continue;
        stuck = &task;
        if (task.name == std::string_view{cell.name()}) runs = &task;
    }
    if (stuck == nullptr) return "waits for its children";
    const TaskInfo& worker = runs != nullptr ? *runs : *stuck;
    const std::string number = std::to_string(worker.worker);
    if (runs != nullptr) return "runs on worker " + number + ", which does not answer";
    return "cannot go on: worker " + number + " does not answer, in " + worker.name;
}

}  // namespace

// The first hundred, parents before their children; who calls releases them.
std::vector<Cell*> SystemCore::held_living() const {
    constexpr std::size_t cells_max = 100;
    std::vector<Cell*> cells;
    root.list_children(cells);
    for (std::size_t i = 0; i < std::min(cells.size(), cells_max); ++i) {
        cells[i]->list_children(cells);
    }
    while (cells.size() > cells_max) {
        cells.back()->release();
        cells.pop_back();
    }
    return cells;
}

// "Account 17".
std::vector<std::string> SystemCore::living() const {
    std::vector<std::string> found;
    for (Cell* const cell : held_living()) {
        found.push_back(numbered(*cell));
        cell->release();
    }
    return found;
}

// "Account 17: waits for ask at bank.cpp:12, for 3200 ms".
std::vector<std::string> SystemCore::survivors() const {
    constexpr Duration patience = std::chrono::milliseconds{200};
    const std::vector<TaskInfo> tasks = runtime_->all_tasks(patience);
    std::vector<std::string> found;
    for (Cell* const cell : held_living()) {
        found.push_back(numbered(*cell) + ": " + what_it_does(*cell, tasks));
        cell->release();
    }
    return found;
}

}  // namespace greenroom::detail
