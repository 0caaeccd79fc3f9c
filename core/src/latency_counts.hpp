// LatencyCounts: Latencies that one thread counts and any reads.
#pragma once

#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/latencies.hpp>

namespace greenroom::detail {

class LatencyCounts {
public:
    // The one that counts.
    void note(Duration time) noexcept {
        Atomic<std::uint64_t>& count = counts_[Latencies::class_of(time)];
        // relaxed, both: a figure, written by one.
        count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    Latencies read() const noexcept {
        Latencies all;
        for (std::size_t i = 0; i < Latencies::classes; ++i) {
            all.counts[i] = counts_[i].load(std::memory_order_relaxed);  // relaxed: a figure
        }
        return all;
    }

private:
    std::array<Atomic<std::uint64_t>, Latencies::classes> counts_{};
};

}  // namespace greenroom::detail
