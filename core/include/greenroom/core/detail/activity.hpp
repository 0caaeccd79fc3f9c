// Activity: what a fiber runs for, a task or an actor's handler; where its signals arrive.
//
// A signal is a bit that is set from any thread and acted on by the runtime: between turns, at a
// suspension point, or at once while the activity is suspended. The last is the race to get right:
//
//   signaller  sets the bit   (seq_cst), then reads bound_to (seq_cst)
//   suspender  sets bound_to  (seq_cst), then reads the bits (seq_cst)
//
// In the single order of the four at least one reads what the other set. So a signal is seen by the
// suspender before it switches, or its control turn is posted to the worker that it is bound to.
//
// A task stays bound, from its first suspension to its end: a later suspension only reads the bits.
// It needs no order with the signaller, who finds the worker in any case: the control turn runs on
// the same thread, either before that suspension, which then sees the bits that came with it, or
// while it lasts. An actor may go on elsewhere with its next message, and is let go at each wake.
//
// Threads   signal() from any thread that holds the activity alive; all else on the worker where it
//           runs or is suspended.
// Lifetime  A control turn in flight holds a reference.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/inbox_node.hpp>
#include <greenroom/core/detail/turn_call.hpp>
#include <memory>
#include <utility>

namespace greenroom::detail {

class ChildState;
class Fiber;
class RuntimeCore;
class TaskState;

class Activity : private InboxNode {
public:
    // The bits that core acts on; others may use those from first_free_signal up.
    static constexpr std::uint32_t cancel_signal = 1;  // throw Cancelled once
    static constexpr std::uint32_t kill_signal = 2;    // throw Cancelled at each suspension point
    static constexpr std::uint32_t group_signal = 4;   // look at the groups: a task of one failed
    static constexpr std::uint32_t first_free_signal = 16;
    static constexpr std::uint32_t interruptions = cancel_signal | kill_signal | group_signal;

    Activity(const Activity&) = delete;
    Activity& operator=(const Activity&) = delete;

    // For dumps and reports: reads only what never changes, and returns what lives for ever, so
    // that it may be read from another thread when the activity has long gone.
    virtual const char* name() const noexcept = 0;

    // Sets bits, and has control() run if the activity is suspended. Returns the bits before.
    std::uint32_t signal(std::uint32_t bits) noexcept;
    // By itself while it runs: it looks at them before it is suspended, or goes idle.
    void signal_own(std::uint32_t bits) noexcept {
        // relaxed: the looks that do what the bits ask for are the caller's own, after this.
        signals_.fetch_or(bits, std::memory_order_relaxed);
    }

    std::uint32_t signals() const noexcept {
        // relaxed: a look in passing; suspended() looks with seq_cst.
        return signals_.load(std::memory_order_relaxed);
    }
    void clear_signals(std::uint32_t bits) noexcept {
        // release: pairs with signal(). Who finds a bit clear may reuse what came with it (a cell's
        // poke), after the last touch here. acquire: what was done before a signal that goes with
        // this is seen after it (TaskState::uncancel).
        signals_.fetch_and(~bits, std::memory_order_acq_rel);
    }
    bool cancel_requested() const noexcept {
        return (signals() & (cancel_signal | kill_signal)) != 0;
    }
    // Has the groups of `fiber`, where it runs or is suspended, act on the signals for them.
    void tell_groups(Fiber& fiber) noexcept;
    // Puts a cancellation back that was thrown, on the worker where the activity runs.
    void ask_again() noexcept { signal(cancel_signal); }

    // For a call in a turn of this one, between others, if it is such that it has turns: an actor.
    // Else null. On its worker; throws std::bad_alloc.
    virtual std::unique_ptr<TurnSlot> reserve_turn() { return nullptr; }

    // It is about to be told that its wait expired or was cancelled: before that is decided, on the
    // worker where it is suspended.
    virtual void wait_ends_early() noexcept {}
    // Whether it may be suspended. relaxed: a look in passing, from any thread.
    bool is_bound() const noexcept { return bound_to_.load(std::memory_order_relaxed) != nullptr; }
    // True of what has turns: an actor.
    bool has_turns() const noexcept { return !stays_bound_; }

    // As whom it runs: itself, but for a structured task the actor or task that waits for it.
    virtual Activity& runs_as() noexcept { return *this; }
    // The task that it is, or null.
    virtual TaskState* as_task() noexcept { return nullptr; }
    // The structured task that it is, or null.
    virtual ChildState* as_child() noexcept { return nullptr; }

    // A task that is bound to its worker before its start: its place in that one's line.
    InboxNode& start_node() noexcept { return *this; }
    // What the worker does with that.
    static void start_here(InboxNode& node, Worker& here) noexcept {
        static_cast<Activity&>(node).start(here);
    }

    RuntimeCore& core() const noexcept { return core_; }

    // A turn of it begins on that worker of its runtime. False: the last one was on another.
    bool stays_at(std::uint16_t worker) noexcept {
        if (worker == runs_at_) [[likely]]
            return true;
        return std::exchange(runs_at_, worker) == nowhere;
    }

protected:
    enum class Binding { stays, until_resumed };

    Activity(RuntimeCore& core, Binding binding) noexcept
        : core_{core}, stays_bound_{binding == Binding::stays} {
        arrive = &control_arrives;
    }
    ~Activity() = default;

    // Of one that stays bound, at its end.
    void unbind() noexcept {
        // relaxed: a control turn that is still posted to that worker comes to nothing there, or
        // looks again.
        bound_to_.store(nullptr, std::memory_order_relaxed);
    }

    // A control turn: runs on the worker that the activity is bound to, while it does not run. The
    // base's cancels the wait if there is one, that was requested, and it is not masked; a kill
    // goes on to the structured tasks.
    virtual void control() noexcept;

    // Runs a task that has not started.
    virtual void start(Worker& here) noexcept;

    // One reference more, and one less, for the control turn in flight.
    virtual void hold() noexcept = 0;
    virtual void release() noexcept = 0;

private:
    friend class Worker;

    static void control_arrives(InboxNode& node, Worker& worker) noexcept;
    void suspended(Fiber& fiber) noexcept;  // before the switch
    void resumed() noexcept {               // after it
        fiber_ = nullptr;
        if (!stays_bound_) unbind();
    }
    void post_control() noexcept;

    RuntimeCore& core_;
    static constexpr std::uint16_t nowhere = 0xFFFF;

    const bool stays_bound_;                  // these small: an idle actor has them as well
    std::uint16_t runs_at_ = nowhere;         // of the turn: the worker of this one or the last
    Atomic<std::uint8_t> control_posted_{0};  // 1: the node is in an inbox
    Atomic<std::uint32_t> signals_{0};
    Atomic<Worker*> bound_to_{nullptr};  // written by that worker alone
    Fiber* fiber_ = nullptr;             // while suspended: where; of that worker alone
};

}  // namespace greenroom::detail
