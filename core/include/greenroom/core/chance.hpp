// Chance: the seam through which the library draws random numbers (whom to steal from first).
//
// Threads  choose() is called from any thread.
#pragma once

#include <cstdint>

namespace greenroom {

class Chance {
public:
    virtual ~Chance() = default;

    // A number from 0 to `count` - 1. Requires count > 0.
    virtual std::uint32_t choose(std::uint32_t count) noexcept = 0;
};

// One generator for the process, seeded from the kernel.
Chance& kernel_chance() noexcept;

}  // namespace greenroom
