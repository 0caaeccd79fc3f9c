#include <greenroom/core/detail/biased_lock.hpp>

#include <algorithm>
#include <greenroom/core/detail/process_fence.hpp>

#include "cpu_relax.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

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

void BiasedLock::lock_shared(ThreadToken self) noexcept {
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
    process_fence();
    if (!mutant(Mutant::bias_revoked_without_waiting)) {
        // acquire: pairs with the releases in lock() and unlock().
        spin_until([this] { return busy_.load(std::memory_order_acquire) == 0; });
    }
    patience_ = std::min(patience_ * 8, patience_max);
}

void BiasedLock::count_for(ThreadToken self) noexcept {
    if (last_ != self) {
        if (!was_owned_) last_ = self;
        in_a_row_ = 0;
        return;
    }
    if (++in_a_row_ < patience_ || !process_fence_is_offered()) return;
    in_a_row_ = 0;
    was_owned_ = true;
    // relaxed: for this thread alone; others see it when they hold held_, or revoke().
    owner_.store(self, std::memory_order_relaxed);
}

}  // namespace greenroom::detail
