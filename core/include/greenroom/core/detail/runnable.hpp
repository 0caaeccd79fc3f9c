// Runnable: what a run queue holds: an actor's cell, or a task that has not started.
//
// Whoever takes one out of a queue calls run() once, and only that call may put it back.
//
// Threads   In at most one queue at a time, and then the queue's. The queues hand it over: what was
//           written before a push is visible to whoever takes it.
// Lifetime  The queues never free one. run() may, so nothing reads it after run() was called.
#pragma once

namespace greenroom::detail {

class Worker;

struct Runnable {
    Runnable() noexcept = default;
    Runnable(const Runnable&) = delete;
    Runnable& operator=(const Runnable&) = delete;

    // Runs it on the carrier of `here`, the calling worker. An exception has nowhere to go, hence
    // noexcept.
    virtual void run(Worker& here) noexcept = 0;

protected:
    ~Runnable() = default;
};

}  // namespace greenroom::detail
