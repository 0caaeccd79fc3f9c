// Counter: a figure that any thread counts and any reads.
//
// Ordering  subtract() releases and acquires, so that who counts the last one down comes after all
//           that the others did; the rest orders nothing.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>

namespace greenroom::detail {

class Counter {
public:
    // Both return the value before.
    std::uint64_t add(std::uint64_t count) noexcept {
        // relaxed: see Ordering.
        return value_.fetch_add(count, std::memory_order_relaxed);
    }
    std::uint64_t subtract(std::uint64_t count) noexcept {
        // acq_rel: see Ordering.
        return value_.fetch_sub(count, std::memory_order_acq_rel);
    }
    // acquire: pairs with subtract().
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_acquire); }

private:
    Atomic<std::uint64_t> value_{0};
};

}  // namespace greenroom::detail
