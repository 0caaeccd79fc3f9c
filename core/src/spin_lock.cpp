#include <greenroom/core/detail/spin_lock.hpp>

#include "cpu_relax.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

void SpinLock::step_back() noexcept {
    constexpr int pauses = 32;
    for (int i = 0; i < pauses; ++i) cpu_relax();
}

void SpinLock::lock_contended() noexcept {
    constexpr int spins_before_pause = 100;
    for (;;) {
        for (int spin = 0; spin < spins_before_pause; ++spin) {
            // relaxed: a look that spares the exchange, which acquires.
            if (held_.load(std::memory_order_relaxed) == 0 && try_lock()) return;
            cpu_relax();
        }
        this_thread().threads->pause();
    }
}

}  // namespace greenroom::detail
