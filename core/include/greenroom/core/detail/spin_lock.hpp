// SpinLock: guards the few words of one synchronisation object for a few instructions.
//
// Never held across a suspension, a system call or user code. Whoever spins for long lets other
// threads run: the holder may have lost its processor.
//
// Ordering  unlock() releases, lock() and a successful try_lock() acquire: what was written under
//           the lock is seen by the next holder.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>

namespace greenroom::detail {

class SpinLock {
public:
    void lock() noexcept {
        // acquire: pairs with the release in unlock().
        if (held_.exchange(1, std::memory_order_acquire) != 0) lock_contended();
    }
    bool try_lock() noexcept {
        // acquire: pairs with the release in unlock().
        return held_.exchange(1, std::memory_order_acquire) == 0;
    }
    // For who did not get it by try_lock(), and is about to try again: a microsecond, in which the
    // other may go through it several times while its line stays in that one's cache.
    static void step_back() noexcept;
    void unlock() noexcept {
        // release: pairs with the acquire in lock(), lock_contended() and try_lock().
        held_.store(0, std::memory_order_release);
    }

private:
    void lock_contended() noexcept;

    Atomic<std::uint32_t> held_{0};
};

}  // namespace greenroom::detail
