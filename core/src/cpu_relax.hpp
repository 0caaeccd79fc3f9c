// cpu_relax: a hint to the processor that the caller spins.
#pragma once

namespace greenroom::detail {

#if defined(__x86_64__)
inline void cpu_relax() noexcept { __builtin_ia32_pause(); }
#elif defined(__aarch64__)
inline void cpu_relax() noexcept { asm volatile("yield"); }
#else
inline void cpu_relax() noexcept {}
#endif

}  // namespace greenroom::detail
