// Counter: a figure that any thread counts and any reads. OwnCounter: one that its owner counts.
//
// Ordering  Counter::subtract() releases and acquires, so that who counts the last one down comes
//           after all that the others did. OwnCounter::add() releases, and value() acquires: who
//           reads the figure sees what its owner did before. The rest orders nothing.
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

class OwnCounter {
public:
    // By its owner: no locked operation.
    void add(std::uint64_t count) noexcept {
        // relaxed: only the caller writes it. release: see Ordering.
        value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }
    // acquire: pairs with add().
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_acquire); }

private:
    Atomic<std::uint64_t> value_{0};
};

}  // namespace greenroom::detail
