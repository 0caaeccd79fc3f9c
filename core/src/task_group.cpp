#include <greenroom/core/task_group.hpp>

#include <greenroom/core/assert.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/result.hpp>
#include <string>
#include <utility>

namespace greenroom {

namespace {

std::string stories_of(const std::vector<std::exception_ptr>& failures) {
    std::string stories = std::to_string(failures.size()) + ":";
    for (const std::exception_ptr& failure : failures) {
        stories += " [" + Result<void>{failure}.story() + "]";
    }
    return stories;
}

}  // namespace

GroupFailed::GroupFailed(std::vector<std::exception_ptr> failures)
    : Error{Errc::group_failed, stories_of(failures)}, failures_{std::move(failures)} {
    GREENROOM_ASSERT(!failures_.empty());
}

namespace detail {

TaskGroupBase::TaskGroupBase(GroupOptions options, bool keeps_all, Where where)
    : group_{rules_of("task group", options, true, keeps_all), where},
      uncaught_{std::uncaught_exceptions()} {}

TaskGroupBase::~TaskGroupBase() {
    if (std::uncaught_exceptions() > uncaught_) return;  // the Group cancels and joins
    try {
        group_.join();
    } catch (const Cancelled&) {
        put_back_cancellation();
    } catch (const Error&) {
        // No stack to wait on: the Group tries again, and cancels.
    }
}

void TaskGroupBase::join() {
    try {
        group_.join();
    } catch (const Cancelled&) {
        if (group_.failures().empty()) throw;
        put_back_cancellation();
    }
    throw_failures();
}

void TaskGroupBase::throw_failures(std::exception_ptr first) {
    std::vector<std::exception_ptr> failures = group_.failures();
    if (first != nullptr) failures.insert(failures.begin(), std::move(first));
    group_.mark_seen();
    if (!failures.empty()) throw GroupFailed{std::move(failures)};
}

void TaskGroupBase::begin_body() {
    GREENROOM_ASSERT(!body_);
    body_.emplace(Deadline::never(), group_.where());
    group_.guard(&*body_);
}

void TaskGroupBase::end_body(std::exception_ptr failure, bool cancelled) {
    group_.guard(nullptr);
    body_.reset();
    if (cancelled) put_back_cancellation();  // join() throws it
    if (failure == nullptr) return join();
    group_.cancel();
    group_.join_masked();
    group_.close();
    throw_failures(std::move(failure));
}

void await_all(const std::vector<TaskState*>& tasks, Where where) {
    try {
        TaskWatcher watcher{tasks};
        while (TaskState* const ended = watcher.next(Deadline::never(), where)) {
            if (ended->failed()) ended->throw_failure();
        }
    } catch (const Cancelled&) {
        for (TaskState* const task : tasks) task->cancel();
        for (TaskState* const task : tasks) task->join_masked(where);
        throw;
    }
}

}  // namespace detail

}  // namespace greenroom
