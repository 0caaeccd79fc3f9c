// TaskGroup: structured tasks whose number is not known in advance.
//
//   TaskGroup group;
//   for (const Url& url : urls) group.spawn([&] { store(fetch(url)); });
//   group.join();                       // throws GroupFailed if one failed
//
//   TaskGroup<Page> pages;              // with results, taken as they come
//   for (const Url& url : urls) pages.spawn([&] { return fetch(url); });
//   while (auto page = pages.next()) show(page->value());
//
// The tasks run as structured.hpp says, and end before the group does. The first failure cancels
// the rest (unless keep_going), and the group takes no more; all errors are kept for join().
//
// Threads       spawn() from the fiber that made the group and from its tasks; of a parallel group
//               from its tasks on any worker. All else from the fiber that made it.
// Lifetime      In a function: made and destroyed by the same task or handler. The destructor
//               joins; if an exception unwinds, it cancels first. A failure that then nobody hears
//               of is logged. A cancellation of the owner cancels the tasks, is kept, and is
//               thrown at the owner's next suspension point.
// Cancellation  join() and next() are suspension points. An owner that is cancelled in join()
//               cancels the tasks and waits for them. If they failed as well, their errors are
//               thrown, and the cancellation at the next suspension point.
#pragma once

#include <greenroom/core/detail/gathering.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/result.hpp>
#include <greenroom/core/structured.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/where.hpp>
#include <optional>
#include <vector>

namespace greenroom {

// Tasks of a group failed. what() tells all their stories.
class GroupFailed : public Error {
public:
    // At least one (asserted).
    explicit GroupFailed(std::vector<std::exception_ptr> failures);

    // What they threw, in the order in which they failed.
    const std::vector<std::exception_ptr>& failures() const noexcept { return failures_; }

private:
    std::vector<std::exception_ptr> failures_;
};

namespace detail {

// What a TaskGroup is without its type.
class TaskGroupBase {
public:
    TaskGroupBase(const TaskGroupBase&) = delete;
    TaskGroupBase& operator=(const TaskGroupBase&) = delete;

    // Waits until all tasks have ended; from then on the group takes none. Throws GroupFailed.
    void join();

    // Asks all tasks to end, once, and takes no more. Never waits. Then join() is no failure.
    void cancel() noexcept { group_.cancel(); }

    // How many have not ended.
    std::size_t size() noexcept { return group_.alive(); }

    // Calls `body` as the caller itself, but so that the first failure of a task ends what it waits
    // for; then joins. A group with a body that waits for something else, as a server does.
    template <class F>
    void run(F&& body) {
        begin_body();
        std::exception_ptr failure;
        bool cancelled = false;
        try {
            body();
        } catch (const Cancelled&) {
            cancelled = !body_->ends_here();
        } catch (...) {
            failure = std::current_exception();
        }
        end_body(std::move(failure), cancelled);
    }

protected:
    TaskGroupBase(GroupOptions options, bool keeps_all, Where where);
    ~TaskGroupBase();

    void throw_failures(std::exception_ptr first = nullptr);

    Group group_;

private:
    void begin_body();
    void end_body(std::exception_ptr failure, bool cancelled);

    const int uncaught_;
    std::optional<CancelScope> body_;
};

}  // namespace detail

template <class T = void>
class TaskGroup : public detail::TaskGroupBase {
public:
    explicit TaskGroup(GroupOptions options = {}, Where where = Where::here())
        : TaskGroupBase{options, true, where} {}

    // Starts `function` in the group. Throws Error(closed) once the group has failed, was cancelled
    // or has ended; then it never runs.
    template <class F>
    void spawn(F function, SpawnOptions options = {}, Where where = Where::here()) {
        static_assert(std::is_same_v<std::invoke_result_t<F&>, T>, "the group's tasks return T");
        group_.start(detail::make_child<F>(group_, std::move(function), options.name,
                                           options.stack_class, where));
    }

    // The result of the next task that ended, in the order of their ends; waits for one. Nothing if
    // all were handed out. A failure that is handed out so is not in GroupFailed.
    std::optional<Result<T>> next() { return next_before(Deadline::never()); }
    // Nothing by the deadline, too; then size() tells how many go on.
    std::optional<Result<T>> next_before(Deadline deadline) {
        detail::ChildState* const ended = group_.next(deadline);
        if (ended == nullptr) return std::nullopt;
        auto& state = static_cast<detail::TaskResult<T, detail::ChildState>&>(*ended);
        const detail::TaskHandle owner{state};
        return detail::result_of_ended(state);
    }
};

template <>
class TaskGroup<void> : public detail::TaskGroupBase {
public:
    explicit TaskGroup(GroupOptions options = {}, Where where = Where::here())
        : TaskGroupBase{options, false, where} {}

    template <class F>
    void spawn(F function, SpawnOptions options = {}, Where where = Where::here()) {
        static_assert(std::is_void_v<std::invoke_result_t<F&>>, "TaskGroup<T> has results");
        group_.start(detail::make_child<F>(group_, std::move(function), options.name,
                                           options.stack_class, where));
    }
};

TaskGroup()->TaskGroup<void>;
TaskGroup(GroupOptions)->TaskGroup<void>;

}  // namespace greenroom
