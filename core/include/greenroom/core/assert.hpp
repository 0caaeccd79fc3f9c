// GREENROOM_ASSERT: a condition that only a bug can break; always on, prints and aborts.
//
// GREENROOM_DEBUG_ASSERT is for checks too dear for a release; its condition is not evaluated
// there. Neither condition may have side effects.
#pragma once

namespace greenroom::detail {

// Prints `expression` with its place to stderr and aborts. Calls nothing that could suspend.
[[noreturn]] void assert_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace greenroom::detail

#define GREENROOM_ASSERT(condition) \
    (static_cast<bool>(condition)   \
         ? static_cast<void>(0)     \
         : ::greenroom::detail::assert_failed(#condition, __FILE__, __LINE__))

#if defined(GREENROOM_DEBUG_ASSERTS) && GREENROOM_DEBUG_ASSERTS
#define GREENROOM_DEBUG_ASSERT(condition) GREENROOM_ASSERT(condition)
#else
#define GREENROOM_DEBUG_ASSERT(condition) static_cast<void>(sizeof((condition) ? 1 : 0))
#endif
