// StackClass: how large a stack a task or an actor may ask for when it is spawned.
//
// A stack costs address space only, until it is used: memory comes page by page, as deep as calls
// go, and goes back to the system when stacks lie idle. Below each stack lie 64 KiB that may not be
// touched, so that an overflow ends the process with a message instead of destroying something.
//
// Large frames  A single frame larger than what is left *and* the guard together can step over the
//               guard. Compile with -fstack-clash-protection (Debian's gcc does not by itself), and
//               such a frame touches each page on its way down, and is caught as well.
#pragma once

#include <cstddef>
#include <greenroom/core/error.hpp>

namespace greenroom {

enum class StackClass : unsigned char {
    small,     // 32 KiB: code that calls nothing deep; no printf of floating-point numbers
    standard,  // 128 KiB: the default
    large,     // 1 MiB
    huge,      // 8 MiB, as a thread has: recursive parsers, foreign libraries
};

inline constexpr std::size_t stack_class_count = 4;

constexpr std::size_t usable_bytes(StackClass stack_class) noexcept {
    switch (stack_class) {
        case StackClass::small: return std::size_t{32} << 10U;
        case StackClass::standard: return std::size_t{128} << 10U;
        case StackClass::large: return std::size_t{1} << 20U;
        case StackClass::huge: return std::size_t{8} << 20U;
    }
    return 0;
}

// "small", "standard", "large", "huge".
const char* name(StackClass stack_class) noexcept;

// How the end of a stack is guarded. Chosen once, when a runtime starts, as good as the kernel can.
enum class GuardTier : unsigned char {
    guard_install,  // madvise(MADV_GUARD_INSTALL), Linux 6.13 and later: costs no mapping
    protect,        // mprotect: two mappings a stack, of which vm.max_map_count allows so many
    canary,         // no guard, only a pattern that is looked at: by RuntimeOptions only
    none,           // nothing works here, so no stack can be had
};

// "guard_install", "mprotect", "canary", "none".
const char* name(GuardTier tier) noexcept;

// What could not be had.
enum class StackFailure : unsigned char { memory, guard, limit };

// There is no stack for one more task or handler. What runs goes on, and a later try may succeed.
// what() names the class and its size, the guard tier, the kernel's error and what would help.
class StacksExhausted : public Error {
public:
    // `error` is the kernel's errno, or 0.
    StacksExhausted(StackClass stack_class, GuardTier tier, int error,
                    StackFailure failure = StackFailure::memory);

    StackClass stack_class() const noexcept { return stack_class_; }
    GuardTier guard_tier() const noexcept { return tier_; }
    StackFailure failure() const noexcept { return failure_; }
    int kernel_error() const noexcept { return error_; }

private:
    StackClass stack_class_;
    GuardTier tier_;
    StackFailure failure_;
    int error_;
};

}  // namespace greenroom
