// Those that live on when a system should have ended, and what they do.
#include <algorithm>
#include <chrono>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/runtime.hpp>
#include <string>
#include <vector>

#include "doing.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

namespace {

// By what the workers have told.
std::string what_it_does(const Cell& cell, const std::vector<TaskInfo>& tasks) {
    if (&cell.core() != &cell.system().runtime_core()) return "is on a runtime of its own";
    const Doing doing = doing_of(cell, tasks);
    if (doing.itself != nullptr) {
        return doing.itself->waits_for == nullptr
                   ? "runs on worker " + std::to_string(doing.itself->worker)
                   : "waits for " + wait_of(*doing.itself);
    }
    if (doing.stuck == nullptr) return "waits for its children";
    const TaskInfo& worker = doing.runs != nullptr ? *doing.runs : *doing.stuck;
    const std::string number = std::to_string(worker.worker);
    if (doing.runs != nullptr) return "runs on worker " + number + ", which does not answer";
    return "cannot go on: worker " + number + " does not answer, in " + worker.name;
}

}  // namespace

// The first hundred, parents before their children; who calls releases them.
std::vector<Cell*> SystemCore::held_living() const {
    constexpr std::size_t cells_max = 100;
    std::vector<Cell*> cells;
    root.list_children(cells, cells_max);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i]->list_children(cells, cells_max - cells.size());
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
