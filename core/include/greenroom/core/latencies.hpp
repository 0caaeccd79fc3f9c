// Latencies: how long something took, many times: counted in powers of two of nanoseconds.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <greenroom/core/time.hpp>

namespace greenroom {

struct Latencies {
    static constexpr std::size_t classes = 40;  // up to some 9 minutes; what is longer, in the last

    // counts[i]: those of 2^i ns to just below 2^(i+1) ns; counts[0] has those of 0 as well.
    std::array<std::uint64_t, classes> counts{};

    static std::size_t class_of(Duration time) noexcept {
        if (time.count() <= 1) return 0;
        const auto width = std::bit_width(static_cast<std::uint64_t>(time.count()));
        return static_cast<std::size_t>(width) > classes ? classes - 1
                                                         : static_cast<std::size_t>(width) - 1;
    }

    std::uint64_t total() const noexcept {
        std::uint64_t sum = 0;
        for (const std::uint64_t count : counts) sum += count;
        return sum;
    }

    // A time that is not exceeded by that part of them, 0 to 1: 0.99 for all but one in a hundred.
    // The upper end of its class, hence up to twice too long. Zero if there are none.
    Duration quantile(double part) const noexcept {
        const double wanted = part * static_cast<double>(total());
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < classes; ++i) {
            seen += counts[i];
            if (seen > 0 && static_cast<double>(seen) >= wanted) {
                return Duration{std::int64_t{1} << (i + 1)};
            }
        }
        return Duration::zero();
    }

    Latencies& operator+=(const Latencies& other) noexcept {
        for (std::size_t i = 0; i < classes; ++i) counts[i] += other.counts[i];
        return *this;
    }
};

}  // namespace greenroom
