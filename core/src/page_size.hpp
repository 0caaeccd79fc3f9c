// page_size: that of the memory of stacks, in bytes. Asked once.
#pragma once

#include <unistd.h>

#include <cstddef>

namespace greenroom::detail {

inline std::size_t page_size() noexcept {
    static const std::size_t bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return bytes;
}

}  // namespace greenroom::detail
