#include <greenroom/core/detail/task_watch.hpp>

#include <greenroom/core/detail/task_state.hpp>
#include <greenroom/core/wait_tasks.hpp>
#include <mutex>

namespace greenroom::detail {

void TaskWatch::task_ended(Resumption& woken) noexcept {
    TaskWatcher& mine = *watcher;
    const std::lock_guard held(mine.line_.lock);
    ended = true;
    next_ended = nullptr;
    (mine.first_ended_ == nullptr ? mine.first_ended_ : mine.last_ended_->next_ended) = this;
    mine.last_ended_ = this;
    WaitEntry* const waiting = mine.line_.first_waiting();
    if (waiting != nullptr && mine.line_.win(*waiting)) woken.add(*waiting);
}

TaskWatcher::TaskWatcher(const std::vector<TaskState*>& tasks)
    : watches_(tasks.size()), handed_out_(tasks.size(), false), left_{tasks.size()} {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        watches_[i].task = tasks[i];
        watches_[i].watcher = this;
        watches_[i].index = i;
        tasks[i]->add_watch(watches_[i]);
    }
}

TaskWatcher::~TaskWatcher() {
    // Whoever is telling of an end holds its task's lock until it has let go of this.
    for (std::size_t i = 0; i < watches_.size(); ++i) {
        if (!handed_out_[i]) watches_[i].task->remove_watch(watches_[i]);
    }
    const std::lock_guard held(line_.lock);
}

// Under the lock.
TaskWatch* TaskWatcher::take() noexcept {
    TaskWatch* const watch = first_ended_;
    if (watch == nullptr) return nullptr;
    first_ended_ = watch->next_ended;
    index_ = watch->index;
    --left_;
    handed_out_[index_] = true;
    return watch;
}

TaskState* TaskWatcher::next(Deadline deadline, Where where) {
    suspension_point();
    if (left_ == 0) return nullptr;
    for (;;) {
        std::unique_lock held(line_.lock);
        if (TaskWatch* const watch = take()) return watch->task;
        held.unlock();
        WaitRecord record{{"tasks", this, where}};
        WaitEntry entry{record};
        held.lock();
        if (first_ended_ != nullptr) continue;
        line_.add(entry);
        held.unlock();
        const Outcome outcome = record.wait(deadline);
        if (outcome == Outcome::woken) continue;
        held.lock();
        line_.remove(entry);
        TaskWatch* const late = outcome == Outcome::expired ? take() : nullptr;
        held.unlock();
        if (late != nullptr) return late->task;
        if (outcome == Outcome::cancelled) throw_cancelled();
        return nullptr;
    }
}

TaskState* TaskWatcher::try_next() noexcept {
    const std::lock_guard held(line_.lock);
    TaskWatch* const watch = take();
    return watch == nullptr ? nullptr : watch->task;
}

std::vector<std::size_t> TaskWatcher::indices_left() const {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < handed_out_.size(); ++i) {
        if (!handed_out_[i]) indices.push_back(i);
    }
    return indices;
}

WaitedTasks wait_states(const std::vector<TaskState*>& tasks, WaitUntil until, Deadline deadline,
                        Where where) {
    WaitedTasks waited;
    TaskWatcher watcher{tasks};
    while (TaskState* const ended = watcher.next(deadline, where)) {
        waited.done.push_back(watcher.index());
        if (until == WaitUntil::first_done) break;
        if (until == WaitUntil::first_failure && ended->failed()) break;
    }
    // What has ended in the same moment is done as well.
    while (watcher.try_next() != nullptr) waited.done.push_back(watcher.index());
    waited.pending = watcher.indices_left();
    return waited;
}

}  // namespace greenroom::detail
