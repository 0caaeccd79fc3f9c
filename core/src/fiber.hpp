// Fiber: one stack of a worker and whoever runs on it.
//
//   free       in its worker's list of spare carriers, suspended at the top of the worker's loop,
//              where it holds nothing
//   carrier    it runs the worker's loop, or what the loop called: the worker's current()
//   suspended  what it ran has called wait(): its record is listed where wakers look
//   ready      decided, and in the home inbox or the worker's line of ready fibers
//
//   free --Worker::take_over--> carrier --Worker::suspend--> suspended --wake--> ready
//   ready --Worker::go_on--> carrier --Worker::go_on--> free
//
// A carrier whose handler suspends is that handler's stack from then on, and the worker goes on
// with its loop on a spare one. So a handler that does not wait costs no stack and no switch.
//
// Threads   Its home worker alone; a waker touches only the InboxNode.
// Lifetime  The object lies at the high end of its own stack.
#pragma once

#include <cstdint>
#include <exception>
#include <greenroom/core/detail/cancel_scope.hpp>
#include <greenroom/core/detail/inbox_node.hpp>
#include <greenroom/core/detail/local_list.hpp>
#include <greenroom/core/detail/runnable.hpp>
#include <greenroom/core/detail/timer_node.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/time.hpp>

#include "context.hpp"
#include "stack_pool.hpp"

namespace greenroom::detail {

class Activity;
class Fiber;
class Group;
class Worker;

// The deadline of waits that hardly ever last so long. It stays in the wheel when such a wait has
// ended, as it is, and the next one's deadline is later: so a row of them costs a timer once.
struct GuardTimer : ActingTimerNode {
    explicit GuardTimer(Fiber& its_fiber) noexcept;

    Fiber& fiber;
    TimePoint wanted = TimePoint::max();  // of the present wait; not before `due` while armed
};

class Fiber final : public InboxNode {
public:
    // The inbox's and the ready line's nodes of other kinds have another `arrive`.
    static Fiber* from(InboxNode& node) noexcept;

    // In the memory of `stack`. The worker's loop starts on it at the first switch to it.
    static Fiber& make(Worker& home, Stack& stack, void (*entry)(void*));
    // Requires a free one, that does not run. Returns its stack, which the caller gives back.
    Stack& destroy() noexcept;

    Worker& home() const noexcept { return home_; }
    StackClass stack_class() const noexcept { return stack_class_; }
    std::size_t stack_bytes() const noexcept { return stack_.bounds().usable_bytes; }
    Stack& stack() const noexcept { return stack_; }
    // Where it runs, or goes on: its own stack, or that of a generator that it has resumed.
    Context& context() noexcept { return *runs_at_; }
    void runs_at(Context& context) noexcept { runs_at_ = &context; }
    // Of its own stack.
    Context& own_context() noexcept { return context_; }

    // The exceptions that unwind what it runs, on its own stack and on that of a generator.
    int uncaught() const noexcept {
        const bool runs = !runs_at_->is_suspended();
        return uncaught_outside + (runs ? std::uncaught_exceptions() : runs_at_->uncaught());
    }

    // What no turn may find. In one look, since each turn has it.
    bool is_free() const noexcept {
        return (reinterpret_cast<std::uintptr_t>(activity) |
                reinterpret_cast<std::uintptr_t>(scopes.innermost) |
                reinterpret_cast<std::uintptr_t>(groups)) == 0;
    }

    Activity* activity = nullptr;   // the turn that runs or is suspended here; null: the loop
    WaitRecord* waiting = nullptr;  // while suspended in wait()
    TimePoint waiting_since{};      // by the coarse clock
    GuardTimer guard{*this};        // in its worker's wheel
    int uncaught_outside = 0;       // in a generator: the exceptions that unwind its resumers
    bool is_cool = false;           // the pages below what it needs were given back
    LocalList locals;               // of the turn: fiber_local.hpp
    ScopeChain scopes;              // of the turn
    Deadline handed_down;           // of what the turn does: handed_down.hpp
    std::uint64_t lets_pass = 0;    // after a yield: RunQueue::end() then
    Group* groups = nullptr;        // of the turn: structured tasks that it waits for
    Runnable* assigned = nullptr;   // what this stack was taken for; run before the loop goes on
    Fiber* next_spare = nullptr;    // while free
    Fiber* previous_of_home = nullptr;  // all fibers of the worker
    Fiber* next_of_home = nullptr;

private:
    Fiber(Worker& home, Stack& stack, StackBounds below, void (*entry)(void*)) noexcept;
    ~Fiber() = default;

    Worker& home_;
    Stack& stack_;
    const StackClass stack_class_;  // the stack's: here since each turn asks
    Context context_;
    Context* runs_at_ = &context_;
};

}  // namespace greenroom::detail
