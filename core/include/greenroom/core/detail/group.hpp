// Group: structured tasks, and the fiber that does not go on before they have ended; what gather,
// race, map, on_big_stack and TaskGroup are made of.
//
//   open --first failure, if it is to cancel the rest; cancel()--> cancelled
//   open, cancelled --join has returned--> closed
//
// Its tasks run on the owner's worker and as the owner (Activity::runs_as): they start in its line
// of ready fibers and never leave it, so they interleave only where they suspend. A parallel group
// spreads its tasks over all workers instead; each is then a task of its own.
//
// A kill of the owner goes on to the tasks (Activity::control). Any other cancellation reaches the
// owner first, in whatever it waits for, and the group's end cancels the tasks.
//
// What its tasks wait for, the owner waits for as well, while it waits until all have ended. Who
// looks for circles of such waits (TaskWaits, of the actors) hears when that begins and ends.
//
// Threads   The owner's fiber, and its tasks, on its worker. Tasks of a parallel group end, fail
//           and start others on any worker: what they share is under the line's lock.
// Lifetime  On the owner's stack. A task's last touch is the unlock of the line, or the wake of the
//           owner after that.
#pragma once

#include <cstdint>
#include <exception>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/cancel_scope.hpp>
#include <greenroom/core/detail/task_state.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>
#include <utility>
#include <vector>

namespace greenroom::detail {

class ChildState;
class Group;

// The waits of an actor's tasks that are known to others. Outlives all groups.
class TaskWaits {
public:
    // The owner of a group that has noted them waits until all its tasks have ended, or is about
    // to: what they wait for it waits for as well. On the owner's worker.
    virtual void are_awaited() noexcept = 0;
    // That is about to end before they have, or they are about to be cancelled.
    virtual void are_left(const Group& group) noexcept = 0;

protected:
    ~TaskWaits() = default;
};

// One of them, of one task.
class TaskWait {
public:
    // See Activity::wait_ends_early.
    virtual void ends_early() noexcept = 0;

protected:
    ~TaskWait() = default;
};

struct GroupRules {
    const char* kind;       // for dumps: "gather"
    bool parallel = false;  // over all workers
    bool cancels_on_failure = false;
    bool keeps_all = false;  // until next() hands them out; else only those that failed
};

// A task of a group. The group has a reference until it has handed it out, or dropped it.
class ChildState : public TaskState {
public:
    Activity& runs_as() noexcept override;
    ChildState* as_child() noexcept override { return this; }
    Group& group() const noexcept { return group_; }
    // By itself: how it waits from here on; null: that is over.
    void waits(TaskWait* wait) noexcept { wait_ = wait; }
    void wait_ends_early() noexcept override {
        if (wait_ != nullptr) wait_->ends_early();
    }

protected:
    ChildState(Group& group, const char* name, StackClass stack_class, Where where);

private:
    friend class Group;

    void begin_turn(Fiber& fiber) noexcept override;
    void finish(Worker& here) noexcept override;

    Group& group_;
    Activity* const runs_as_;               // null: itself
    ChildState* next_ = nullptr;            // guarded by the group's lock: alive or ended, like
    ChildState* previous_ = nullptr;        // this one
    ChildState* next_to_cancel_ = nullptr;  // of who cancels the group, once
    ChildState* next_to_kill_ = nullptr;    // of the owner's worker
    TaskWait* wait_ = nullptr;              // of its worker
    bool has_begun_ = false;                // of its worker
};

class Group {
public:
    // Throws Error(wrong_thread) in a plain thread, and StacksExhausted if it could not wait.
    Group(const GroupRules& rules, Where where);
    // Cancels what still runs, and waits for it.
    ~Group();
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;

    // Starts a task of make_child. Throws Error(closed) when the group takes no more, and what a
    // spawn throws; then it never runs.
    void start(ChildState& child);

    // Asks all tasks to end, and takes no more. Each is asked once.
    void cancel() noexcept;
    // Waits until all have ended. Is the caller cancelled, it cancels them first, and throws on.
    void join();
    // The same for who cannot be interrupted.
    void join_masked() noexcept;
    // The oldest of those that have ended and were not handed out, with its reference; waits for
    // it. Null if there is none and none will come, or the deadline has passed.
    ChildState* next(Deadline deadline);
    void close() noexcept;

    // After a join.
    const std::exception_ptr& first_failure() const noexcept { return first_failure_; }
    std::vector<std::exception_ptr> failures();
    void mark_seen() noexcept;  // the caller has reported all failures

    // The calling fiber has tasks in one, which may run while it waits elsewhere.
    static bool has_tasks_here() noexcept;

    std::size_t alive() noexcept;
    bool cancelled() noexcept;
    const GroupRules& rules() const noexcept { return rules_; }
    Where where() const noexcept { return where_; }
    Activity& owner() const noexcept { return owner_; }
    const CancelScope* scope() const noexcept { return scope_; }

    // The group whose task the owner is, or null.
    Group* around() const noexcept;
    // A task of it, or of a group within it, has a wait that is known to others. True: the owner
    // waits until all tasks have ended, and nobody has cancelled them.
    bool note_wait(TaskWaits& waits) noexcept;
    // The same, and nothing is noted.
    bool awaits_all() noexcept;

    // A scope of the owner that the first failure cancels; null takes it back.
    void guard(CancelScope* body) noexcept { body_ = body; }

    // ---- The runtime, on the owner's worker.

    Group* outer() const noexcept { return outer_; }
    // The owner was killed, or a task of it failed on another worker.
    void hear(bool killed) noexcept;
    // What the owner waits for is about to end early.
    void owner_leaves() noexcept;

private:
    friend class ChildState;
    enum class State : std::uint8_t { open, cancelled, closed };
    enum class Wanted : std::uint8_t { nothing, one_end, all_ends };

    bool wait(bool for_one, Deadline deadline);
    void link(ChildState& child) noexcept;
    void unlink(ChildState& child) noexcept;
    void take_out(ChildState& child) noexcept;
    void ended(ChildState& child) noexcept;
    ChildState* begin_cancel() noexcept;
    void cancel_chain(ChildState* first) noexcept;
    bool owner_awaits_all() const noexcept;
    void leave_waits() noexcept;
    void tell_failure(ChildState* to_cancel) noexcept;
    bool is_over(bool for_one) const noexcept;

    const GroupRules rules_;
    const Where where_;
    Fiber& fiber_;  // the owner's
    Activity& owner_;
    const CancelScope* const scope_;  // the owner's innermost when the group began
    const Deadline handed_down_;      // to the owner; likewise
    Group* const outer_;              // of the same fiber
    CancelScope* body_ = nullptr;     // of the owner alone

    WaitQueue line_;  // the owner, when it waits; its lock guards all below
    State state_ = State::open;
    Wanted wanted_ = Wanted::nothing;  // by the owner, when it waits
    int telling_ = 0;                  // tasks that are about to tell of the first failure
    std::size_t alive_count_ = 0;
    ChildState* alive_ = nullptr;        // newest first
    ChildState* ended_first_ = nullptr;  // oldest first
    ChildState* ended_last_ = nullptr;
    std::exception_ptr first_failure_;
    TaskWaits* waits_ = nullptr;  // noted
};

// A task of `group` that calls `function`; not started. By value, or by reference with F& for those
// that end before their function does. Its handle's reference is the group's.
template <class F>
auto& make_child(Group& group, F&& function, const char* name, StackClass stack_class,
                 Where where) {
    using Kept = std::conditional_t<std::is_lvalue_reference_v<F>, F, std::remove_reference_t<F>>;
    using Result = std::invoke_result_t<std::remove_reference_t<F>&>;
    static_assert(!std::is_reference_v<Result>, "a task returns a value, not a reference");
    return make_block<Kept, Result, ChildState>(std::forward<F>(function), group, name, stack_class,
                                                where);
}

// A reference to a child beside the group's, by the type of its result.
template <class R>
class Child {
public:
    using State = TaskResult<R, ChildState>;

    Child() noexcept = default;
    explicit Child(State& state) noexcept : state_{&state} { state.hold(); }
    Child(Child&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    Child& operator=(Child&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~Child() {
        if (state_ != nullptr) state_->release();  // the group may still hand out its result
    }
    State& operator*() const noexcept { return *state_; }
    State* operator->() const noexcept { return state_; }

private:
    State* state_ = nullptr;
};

// Starts `function` in the group, and returns a handle to its result.
template <class F>
auto start_child(Group& group, F&& function, const char* name = nullptr,
                 StackClass stack_class = StackClass::standard) {
    auto& state = make_child<F>(group, std::forward<F>(function), name, stack_class, group.where());
    Child<std::invoke_result_t<std::remove_reference_t<F>&>> child{state};
    group.start(state);
    return child;
}

}  // namespace greenroom::detail
