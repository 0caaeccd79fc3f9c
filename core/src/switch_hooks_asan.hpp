// SwitchHooks for AddressSanitizer: bounds of the running stack, and the fake stack of each
// context.
//
// With detect_stack_use_after_return a context that has run owns a fake stack, which only the
// sanitizer can free, and only when that context is left for good: hence the farewell.
#pragma once

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include <cstddef>

#include "stack_bounds.hpp"

namespace greenroom::detail {

class SwitchHooks {
public:
    void adopt() noexcept {}  // arrive() of the next context learns the bounds

    // What a former user of the stack abandoned there has left its frames' red zones behind.
    void create(StackBounds bounds) noexcept {
        low_ = bounds.low;
        bytes_ = bounds.usable_bytes;
        __asan_unpoison_memory_region(bounds.low, bounds.usable_bytes);
    }
    void destroy(StackBounds bounds) noexcept {
        __asan_unpoison_memory_region(bounds.low, bounds.usable_bytes);
    }

    void leave(SwitchHooks& next) noexcept {
        __sanitizer_start_switch_fiber(in_farewell_ ? nullptr : &fake_stack_, next.low_,
                                       next.bytes_);
    }
    void arrive(SwitchHooks& from) noexcept {
        __sanitizer_finish_switch_fiber(fake_stack_, &from.low_, &from.bytes_);
        fake_stack_ = nullptr;
        has_run_ = true;
    }

    bool wants_farewell() const noexcept { return has_run_; }
    bool in_farewell() const noexcept { return in_farewell_; }
    void begin_farewell() noexcept { in_farewell_ = true; }

private:
    const void* low_ = nullptr;
    std::size_t bytes_ = 0;
    void* fake_stack_ = nullptr;  // while suspended
    bool has_run_ = false;
    bool in_farewell_ = false;
};

}  // namespace greenroom::detail
