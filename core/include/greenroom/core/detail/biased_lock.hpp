// BiasedLock: a spin lock that costs no atomic exchange while one thread alone uses it.
//
// Fibers that talk by a channel are on one worker as a rule, and an exchange is then the dearest
// part of a send. So a lock that one thread has taken many times in a row becomes that thread's
// own, until another wants it:
//
//   shared  --count_for: patience_ times in a row by one thread--> owned
//   owned   --revoke: another thread wants it--> shared, with eight times the patience
//
// Only the first owner can become it again: busy_ below is that thread's alone, which may be about
// to write it however long ago it lost the ownership.
//
// How a thread takes it        Who may be inside besides
//   shared  exchanges held_    nobody
//   owned   the owner stores busy_, then looks whether it still is the owner; another exchanges
//           held_, takes the ownership away, and waits until busy_ is 0
//
// The race of the last two is Dekker's: each stores its own word and then reads the other's, so one
// of them must see the other. The owner's side has no fence; the other one has the kernel put one
// into all threads (process_fence.hpp). Where the kernel does not offer that, the lock stays
// shared.
//
// Never held across a suspension, a system call or user code, as a SpinLock.
//
// Ordering  unlock() releases, lock() acquires: what was written under the lock is seen by the next
//           holder.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/detail/thread_token.hpp>

namespace greenroom::detail {

class BiasedLock {
public:
    BiasedLock() noexcept = default;
    BiasedLock(const BiasedLock&) = delete;
    BiasedLock& operator=(const BiasedLock&) = delete;

    void lock() noexcept { lock(thread_token()); }
    // For who has asked for its token already.
    [[gnu::always_inline]] void lock(ThreadToken self) noexcept {
        // relaxed: only this thread itself makes it its own.
        if (owner_.load(std::memory_order_relaxed) != self) return lock_shared(self);
        // relaxed: before the look below by the fence that revoke() has put between them.
        busy_.store(1, std::memory_order_relaxed);
        keep_in_order();
        // acquire: so that nothing of the critical section is read before.
        if (owner_.load(std::memory_order_acquire) != self &&
            !mutant(Mutant::bias_without_second_look)) {
            // release: pairs with the acquire in revoke().
            busy_.store(0, std::memory_order_release);
            return lock_shared(self);
        }
        by_bias_ = true;
    }
    void unlock() noexcept {
        if (by_bias_) {
            // release: pairs with the acquire in revoke().
            busy_.store(0, std::memory_order_release);
        } else {
            // release: pairs with the acquire in lock_shared().
            held_.store(0, std::memory_order_release);
        }
    }

private:
    static constexpr std::uint32_t first_patience = 1'000;
    static constexpr std::uint32_t patience_max = 1u << 30;

    // Keeps the compiler, which knows nothing of revoke(), from exchanging a store and a load.
    static void keep_in_order() noexcept { asm volatile("" ::: "memory"); }

    void lock_shared(ThreadToken self) noexcept;
    void revoke() noexcept;
    void count_for(ThreadToken self) noexcept;

    Atomic<ThreadToken> owner_{nullptr};  // set by itself, reset by others; all hold held_
    Atomic<std::uint32_t> busy_{0};       // 1: the owner is inside, or looks whether it may be
    Atomic<std::uint32_t> held_{0};
    // Guarded by the lock.
    bool by_bias_ = false;                     // how its holder came to it
    bool was_owned_ = false;                   // then last_ stays the same
    std::uint32_t in_a_row_ = 0;               // times that last_ took it, while it is shared
    std::uint32_t patience_ = first_patience;  // how many of them make it its own
    ThreadToken last_ = nullptr;
};

}  // namespace greenroom::detail
