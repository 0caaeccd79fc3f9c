// TaskWatch, TaskWatcher: hearing of the ends of several tasks, in the order in which they end.
//
// A watch is listed at its task until that ends; then it goes to the end of its watcher's line.
//
// Threads   A watcher belongs to one fiber or plain thread; tasks end on any thread. What both
//           touch is under a lock: first the task's, then the watcher's.
// Lifetime  The watcher takes its watches back before it dies. A task's last touch of it is the
//           unlock of its line, or the wake after that.
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>
#include <vector>

namespace greenroom::detail {

class TaskState;
class TaskWatcher;

struct TaskWatch {
    TaskState* task = nullptr;
    TaskWatcher* watcher = nullptr;
    std::size_t index = 0;
    TaskWatch* next_of_task = nullptr;  // guarded by the task's lock
    TaskWatch* next_ended = nullptr;    // guarded by the watcher's lock
    bool ended = false;                 // likewise

    // Under the task's lock.
    void task_ended(Resumption& woken) noexcept;
};

class TaskWatcher {
public:
    // Watches `tasks`; the index of each is what next() returns.
    explicit TaskWatcher(const std::vector<TaskState*>& tasks);
    ~TaskWatcher();
    TaskWatcher(const TaskWatcher&) = delete;
    TaskWatcher& operator=(const TaskWatcher&) = delete;

    // The next that has ended; waits for it. Null when all were handed out, or by the deadline.
    // A suspension point.
    TaskState* next(Deadline deadline, Where where);
    // The same without waiting: null if none is there.
    TaskState* try_next() noexcept;
    // That one's, of the last next().
    std::size_t index() const noexcept { return index_; }
    // How many were not handed out.
    std::size_t left() const noexcept { return left_; }
    // Of those not handed out.
    std::vector<std::size_t> indices_left() const;

private:
    friend struct TaskWatch;
    TaskWatch* take() noexcept;

    std::vector<TaskWatch> watches_;
    std::vector<bool> handed_out_;
    std::size_t left_;
    std::size_t index_ = 0;
    WaitQueue line_;  // the watcher, when it waits; its lock guards the rest
    TaskWatch* first_ended_ = nullptr;
    TaskWatch* last_ended_ = nullptr;
};

}  // namespace greenroom::detail
