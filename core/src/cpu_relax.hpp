// cpu_relax: a hint to the processor that the caller spins.
#pragma once

namespace greenroom::detail {

inline void cpu_relax() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace greenroom::detail
