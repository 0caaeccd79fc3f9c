#include <greenroom/core/detail/biased_lock.hpp>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <greenroom/core/assert.hpp>

#include "cpu_relax.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

bool membarrier(int command) noexcept { return ::syscall(SYS_membarrier, command, 0, 0) == 0; }

bool fence_is_offered() noexcept {
    static const bool offered = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    return offered;
}

// A fence in every thread of the process that runs now. Those that do not run have passed one.
void fence_all_threads() noexcept {
    const bool done = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    GREENROOM_ASSERT(done);  // it was registered, and forked processes inherit that
}

// Until `ready`; the one waited for may have lost its processor.
template <class Ready>
void spin_until(Ready ready) noexcept {
    constexpr int spins_before_pause = 100;
    for (;;) {
        for (int spin = 0; spin < spins_before_pause; ++spin) {
            if (ready()) return;
            cpu_relax();
        }
        this_thread().threads->pause();
    }
}

}  // namespace

void BiasedLock::lock_shared(const void* self) noexcept {
    spin_until([this] {
        // relaxed: a look that spares the exchange. acquire: pairs with the release in unlock().
        return held_.load(std::memory_order_relaxed) == 0 &&
               held_.exchange(1, std::memory_order_acquire) == 0;
    });
    // relaxed: written under held_ alone.
    if (owner_.load(std::memory_order_relaxed) != nullptr) revoke();
    by_bias_ = false;
    count_for(self);
}

void BiasedLock::revoke() noexcept {
    // relaxed: before the look below by the fence, which stands also between the owner's two.
    owner_.store(nullptr, std::memory_order_relaxed);
    fence_all_threads();
    if (!mutant(Mutant::bias_revoked_without_waiting)) {
        // acquire: pairs with the releases in lock() and unlock().
        spin_until([this] { return busy_.load(std::memory_order_acquire) == 0; });
    }
    patience_ = std::min(patience_ * 8, patience_max);
}

void BiasedLock::count_for(const void* self) noexcept {
    if (last_ != self) {
        if (!was_owned_) last_ = self;
        in_a_row_ = 0;
        return;
    }
    if (++in_a_row_ < patience_ || !fence_is_offered()) return;
    in_a_row_ = 0;
    was_owned_ = true;
    // relaxed: for this thread alone; others see it when they hold held_, or revoke().
    owner_.store(self, std::memory_order_relaxed);
}

}  // namespace greenroom::detail
