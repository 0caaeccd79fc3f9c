// Threads: the seam through which the library starts threads, and through which threads sleep.
//
// In production these are the kernel's threads and futexes. Under simulation they are virtual
// threads that one thread plays in an order drawn from a seed.
//
// Threads  All members may be called from any thread (of the machine, under simulation).
#pragma once

#include <cstdint>
#include <functional>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <memory>
#include <string>

namespace greenroom {

// The word that wait() and wake() meet on.
using FutexWord = detail::Atomic<std::uint32_t>;

class Threads {
public:
    // A running thread. The destructor joins it.
    class Handle {
    public:
        virtual ~Handle() = default;
    };

    virtual ~Threads() = default;

    // Starts a thread. `name` is shown by debuggers (its first 15 bytes).
    // Throws std::system_error if the kernel refuses.
    virtual std::unique_ptr<Handle> start(std::string name, std::function<void()> body) = 0;

    // Sleeps while `word` holds `expected`. True: woken, or it held another value, or for no reason
    // at all. False: the deadline came first.
    virtual bool wait(FutexWord& word, std::uint32_t expected, Deadline deadline) noexcept = 0;

    // Wakes one thread that sleeps on `word`. Does not read it: the word may be gone already.
    virtual void wake(FutexWord* word) noexcept = 0;

    // A moment's pause in a loop that waits for another thread to make a step.
    virtual void pause() noexcept = 0;

    // Called now and then by a worker that is busy, and so comes to none of the other calls: under
    // simulation another thread may be played here. The kernel needs no telling.
    virtual void point() noexcept {}
};

// The kernel's threads.
Threads& kernel_threads() noexcept;

}  // namespace greenroom
