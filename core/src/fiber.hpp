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

#include <greenroom/core/detail/inbox_node.hpp>
#include <greenroom/core/detail/runnable.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/time.hpp>

#include "context.hpp"
#include "stack_pool.hpp"

namespace greenroom::detail {

class Activity;
class Worker;

class Fiber final : public InboxNode {
public:
    // In the memory of `stack`. The worker's loop starts on it at the first switch to it.
    static Fiber& make(Worker& home, Stack& stack, void (*entry)(void*));
    // Requires a free one, that does not run. Returns its stack, which the caller gives back.
    Stack& destroy() noexcept;

    Worker& home() const noexcept { return home_; }
    StackClass stack_class() const noexcept { return stack_.stack_class(); }
    std::size_t stack_bytes() const noexcept { return stack_.bounds().usable_bytes; }
    Stack& stack() const noexcept { return stack_; }
    Context& context() noexcept { return context_; }

    // True if a request to cancel what runs here may throw, or end a wait.
    bool may_be_cancelled() const noexcept;

    Activity* activity = nullptr;   // the turn that runs or is suspended here; null: the loop
    WaitRecord* waiting = nullptr;  // while suspended in wait()
    TimePoint waiting_since{};      // by the coarse clock
    bool interruptible = false;     // while suspended: whether a cancellation may end the wait
    bool is_cool = false;           // the pages below what it needs were given back
    unsigned mask_depth = 0;        // CancellationMasks of the turn
    Runnable* assigned = nullptr;   // what this stack was taken for; run before the loop goes on
    Fiber* next_spare = nullptr;    // while free
    Fiber* previous_of_home = nullptr;  // all fibers of the worker
    Fiber* next_of_home = nullptr;

private:
    Fiber(Worker& home, Stack& stack, StackBounds below, void (*entry)(void*)) noexcept;
    ~Fiber() = default;

    Worker& home_;
    Stack& stack_;
    Context context_;
};

}  // namespace greenroom::detail
