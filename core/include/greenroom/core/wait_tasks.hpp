// wait_tasks, wait_any, as_completed: waiting for some of several Tasks. The tasks stay the
// caller's, finished or not: nothing is cancelled and nothing is lost.
//
//   std::vector<Task<Page>> tasks = ...;
//   Task<Page>& first = tasks[wait_any(tasks)];
//
//   AsCompleted pages{tasks, Deadline::after(5s)};
//   while (auto index = pages.next()) show(tasks[*index].get());
//   for (std::size_t index : pages.pending()) tasks[index].cancel();
//
// All are suspension points; a caller that is cancelled leaves the tasks as they are. The tasks
// must not be moved or used up by others meanwhile.
#pragma once

#include <cstddef>
#include <greenroom/core/detail/gathering.hpp>
#include <greenroom/core/detail/task_watch.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/where.hpp>
#include <optional>
#include <vector>

namespace greenroom {

// Which tasks have ended, in the order of their ends, and which have not; by their places.
struct WaitedTasks {
    std::vector<std::size_t> done;
    std::vector<std::size_t> pending;
};

enum class WaitUntil {
    all_done,
    first_done,
    first_failure,  // a task that threw or was cancelled, or all
};

namespace detail {

template <Tasks R>
std::vector<TaskState*> states_of(R& tasks) {
    std::vector<TaskState*> states;
    for (auto& task : tasks) states.push_back(&state_of(task));
    return states;
}

WaitedTasks wait_states(const std::vector<TaskState*>& tasks, WaitUntil until, Deadline deadline,
                        Where where);

}  // namespace detail

// Waits until what `until` says, by `deadline` at the latest.
template <detail::Tasks R>
WaitedTasks wait_tasks(R&& tasks, WaitUntil until = WaitUntil::all_done,
                       Deadline deadline = Deadline::never(), Where where = Where::here()) {
    return detail::wait_states(detail::states_of(tasks), until, deadline, where);
}

// The place of one that has ended, the first to do so; requires at least one task (asserted).
template <detail::Tasks R>
std::size_t wait_any(R&& tasks, Where where = Where::here()) {
    const WaitedTasks waited = wait_tasks(tasks, WaitUntil::first_done, Deadline::never(), where);
    GREENROOM_ASSERT(!waited.done.empty());
    return waited.done.front();
}

// Hands out the places of tasks in the order in which they end.
class AsCompleted {
public:
    template <detail::Tasks R>
    explicit AsCompleted(R&& tasks, Deadline deadline = Deadline::never(),
                         Where where = Where::here())
        : watcher_{detail::states_of(tasks)}, deadline_{deadline}, where_{where} {}

    // The next that has ended; waits for it. Nothing when all were handed out, or by the deadline.
    std::optional<std::size_t> next() {
        if (watcher_.next(deadline_, where_) == nullptr) return std::nullopt;
        return watcher_.index();
    }

    // Those that were not handed out.
    std::vector<std::size_t> pending() const { return watcher_.indices_left(); }

private:
    detail::TaskWatcher watcher_;
    const Deadline deadline_;
    const Where where_;
};

}  // namespace greenroom
