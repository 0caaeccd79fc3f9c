// Driver: the seam for how a worker waits, and for what wakes it: a futex here in core, epoll in
// net, nothing but the seed under simulation. Each worker has one of its own.
//
// Threads  wake() and serve() from any thread; all else from the worker alone, on one of its
//          carriers.
#pragma once

#include <functional>
#include <greenroom/core/deadline.hpp>
#include <memory>

namespace greenroom {

class Driver {
public:
    virtual ~Driver() = default;

    // Returns after wake(), after an event, at the deadline, or for no reason at all. A wake() that
    // came since the last wait() returned makes it return at once. Events are only enqueued here
    // (a fiber or an actor becomes runnable): no user code runs in it.
    virtual void wait(Deadline deadline) = 0;

    // Enqueues what is ready now. Called every so many tasks by a busy worker. Never waits.
    virtual void poll() = 0;

    // The worker has run all that it had: what its turns left to be done together, such as what
    // they sent, is done now. It may enqueue, like poll(), which begins with it where that is worth
    // the time. Takes a few milliseconds at most. True: there is more to be done; the worker looks
    // for other work, and calls again before it waits.
    virtual bool flush() noexcept { return false; }

    // Like poll(), by the monitor, while a long handler keeps the worker from it: what comes in may
    // concern actors that can run elsewhere. The worker may come back in the middle of it, and
    // wait: a wake() is never taken from it here.
    virtual void serve() noexcept {}

    // Makes a present or the next wait() return.
    virtual void wake() noexcept = 0;

    // The descriptor that becomes readable when wait() would return for an event, or -1.
    virtual int fd() const noexcept { return -1; }
};

// Makes the driver of worker `index`; called on that worker.
using DriverFactory = std::function<std::unique_ptr<Driver>(int index)>;

}  // namespace greenroom
