// RefCount: how many hold an object alive.
//
// Ordering  drop() releases what its caller did with the object, and the last one acquires what all
//           the others did, so that the end comes after every use.
#pragma once

#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/atomic.hpp>

namespace greenroom::detail {

class RefCount {
public:
    explicit RefCount(std::uint32_t held) noexcept : held_{held} {}

    // By who holds it already.
    void add(std::uint32_t count = 1) noexcept {
        // relaxed: the caller's own reference keeps it alive meanwhile.
        held_.fetch_add(count, std::memory_order_relaxed);
    }

    // True for the last: the caller then ends the object.
    [[nodiscard]] bool drop(std::uint32_t count = 1) noexcept {
        // acq_rel: see Ordering.
        const std::uint32_t before = held_.fetch_sub(count, std::memory_order_acq_rel);
        GREENROOM_ASSERT(before >= count);
        return before == count;
    }

    // Whether there are others, for who holds it. A look in passing, hence relaxed.
    bool is_shared() const noexcept { return held_.load(std::memory_order_relaxed) > 1; }

private:
    Atomic<std::uint32_t> held_;
};

}  // namespace greenroom::detail
