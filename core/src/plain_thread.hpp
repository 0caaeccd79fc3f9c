// PlainThread: the word that a thread which is no worker sleeps on while it waits.
//
//   0 --wake---> 1   the waker that won, once a wait
//   1 --block--> 0   the thread, which sleeps while it reads 0
//
// Lifetime  Part of ThisThread. wake() ends with a system call on the word's address, when the
//           thread may have returned already. Were the word in the record, that would be any later
//           variable of its stack. Here the call can at worst cut short the sleep of the thread's
//           next wait, and block() looks again. The call reads no memory, so the thread may even
//           have ended; whoever sleeps at that address by then looks again as well.
#pragma once

#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/threads.hpp>

namespace greenroom::detail {

class PlainThread {
public:
    explicit PlainThread(Threads& threads) noexcept : threads_{&threads} {}

    void wake() noexcept {
        Threads& threads = *threads_;  // read first: the store lets the thread go
        // release: publishes what the waker did before; pairs with acquire in block(). The kernel
        // orders this store before its look for sleepers, and block()'s sleep checks the word.
        word_.store(1, std::memory_order_release);
        threads.wake(&word_);
    }

    // Sleeps until wake(). False: the deadline came first, which decides nothing. If the thread's
    // decide(expired) then fails, it blocks again, for ever: its waker still holds the record.
    [[nodiscard]] bool block(Deadline deadline) noexcept {
        // acquire: pairs with release in wake().
        while (word_.load(std::memory_order_acquire) == 0) {
            if (!threads_->wait(word_, 0, deadline)) return false;
            if (mutant(Mutant::plain_thread_forgets_recheck)) break;
        }
        // relaxed: the next wake() comes after the next record was listed, by the object's lock.
        word_.store(0, std::memory_order_relaxed);
        return true;
    }

private:
    Threads* const threads_;
    FutexWord word_{0};
};

}  // namespace greenroom::detail
