// StackBounds: the usable area of one stack; it grows down from low + usable_bytes.
#pragma once

#include <cstddef>

namespace greenroom::detail {

struct StackBounds {
    std::byte* low = nullptr;
    std::size_t usable_bytes = 0;

    std::byte* top() const noexcept { return low + usable_bytes; }
};

}  // namespace greenroom::detail
