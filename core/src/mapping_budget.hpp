// MappingBudget: how many of the process's mappings (vm.max_map_count) may still go into guards.
//
// The kernel refuses the mapping beyond its limit to whoever asks next, which may be the host
// program's malloc or dlopen. So guards stop short of it.
//
// Threads   Every member from any.
// Ordering  A count and nothing else: relaxed.
#pragma once

#include <cstddef>
#include <greenroom/core/detail/atomic.hpp>

namespace greenroom::detail {

class MappingBudget {
public:
    explicit MappingBudget(std::size_t kernel_limit) noexcept
        : limit_{kernel_limit - kernel_limit / 8} {}

    [[nodiscard]] bool try_take(std::size_t count) noexcept {
        const std::size_t before = taken_.fetch_add(count, std::memory_order_relaxed);
        if (before + count <= limit_) return true;
        give_back(count);
        return false;
    }
    void give_back(std::size_t count) noexcept {
        taken_.fetch_sub(count, std::memory_order_relaxed);
    }
    std::size_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }
    std::size_t limit() const noexcept { return limit_; }

private:
    const std::size_t limit_;
    Atomic<std::size_t> taken_{0};
};

}  // namespace greenroom::detail
