// StackTrace: where a stack stands: its return addresses, innermost first.
//
// Cost  Some 100 ns for each frame, and some KiB of the stack that takes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "stack_bounds.hpp"

namespace greenroom::detail {

class StackTrace {
public:
    static constexpr std::size_t depth_max = 48;  // what lies deeper is left out

    // Of the caller, who runs on `stack`.
    [[gnu::noinline]] void take(const StackBounds& stack) noexcept;

    void* const* begin() const noexcept { return frames_.data(); }
    void* const* end() const noexcept { return frames_.data() + depth_; }

    std::uint64_t hash() const noexcept;
    friend bool operator==(const StackTrace& left, const StackTrace& right) noexcept;

private:
    friend struct StackWalk;

    std::array<void*, depth_max> frames_;
    std::size_t depth_ = 0;
};

}  // namespace greenroom::detail
