// stack_pointer_of: where the stack of the thread was when a signal interrupted it.
#pragma once

#include <ucontext.h>

#include <cstdint>

namespace greenroom::detail {

#if defined(__x86_64__)
inline std::uintptr_t stack_pointer_of(const ucontext_t& context) noexcept {
    return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RSP]);
}
#elif defined(__aarch64__)
inline std::uintptr_t stack_pointer_of(const ucontext_t& context) noexcept {
    return static_cast<std::uintptr_t>(context.uc_mcontext.sp);
}
#else
#error "greenroom runs on x86-64 and on arm64"
#endif

}  // namespace greenroom::detail
