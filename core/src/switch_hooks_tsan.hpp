// SwitchHooks for ThreadSanitizer: one of its fibers for each context.
//
// Limits  The sanitizer of g++ 12 dies at 8,128 fibers at a time, and each costs it 860 KiB and a
//         slow birth. So a context is made once for its stack and lives as long as it.
#pragma once

#include <sanitizer/tsan_interface.h>

#include "stack_bounds.hpp"

namespace greenroom::detail {

class SwitchHooks {
public:
    void adopt() noexcept { fiber_ = __tsan_get_current_fiber(); }
    void create(StackBounds) noexcept { fiber_ = __tsan_create_fiber(0); }
    void destroy(StackBounds) noexcept { __tsan_destroy_fiber(fiber_); }

    // Flags 0: what runs before the switch happens before what runs after it. That is so, since
    // both run on one thread.
    void leave(SwitchHooks& next) noexcept { __tsan_switch_to_fiber(next.fiber_, 0); }
    void arrive(SwitchHooks&) noexcept {}

    static constexpr bool wants_farewell() noexcept { return false; }
    static constexpr bool in_farewell() noexcept { return false; }
    void begin_farewell() noexcept {}

private:
    void* fiber_ = nullptr;
};

}  // namespace greenroom::detail
