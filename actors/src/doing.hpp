// What an actor does, by what the workers of its runtime have told: see Runtime::all_tasks.
#pragma once

#include <greenroom/core/runtime.hpp>
#include <string>
#include <vector>

namespace greenroom::detail {

class Cell;

struct Doing {
    const TaskInfo* itself = nullptr;  // its handler has begun, on a worker that has answered
    const TaskInfo* runs = nullptr;   // a worker that has not answered runs it, or one of its class
    const TaskInfo* stuck = nullptr;  // a worker that has not answered
};
Doing doing_of(const Cell& cell, const std::vector<TaskInfo>& tasks) noexcept;

// "ask at bank.cpp:12, for 3200 ms". Of one that waits.
std::string wait_of(const TaskInfo& task);
// "worker 2, which is in Miner". Of one that has not answered.
std::string stuck_worker(const TaskInfo& task);

}  // namespace greenroom::detail
