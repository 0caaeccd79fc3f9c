// SwitchHooks of a build without sanitizers: nothing to tell. See switch_hooks.hpp.
#pragma once

#include "stack_bounds.hpp"

namespace greenroom::detail {

class SwitchHooks {
public:
    void adopt() noexcept {}
    void create(StackBounds) noexcept {}
    void destroy(StackBounds) noexcept {}
    void leave(SwitchHooks&) noexcept {}
    void arrive(SwitchHooks&) noexcept {}
    static constexpr bool wants_farewell() noexcept { return false; }
    static constexpr bool in_farewell() noexcept { return false; }
    void begin_farewell() noexcept {}
};

}  // namespace greenroom::detail
