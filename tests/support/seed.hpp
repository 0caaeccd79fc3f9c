// The one source of randomness of the tests: a seed that is printed, and can be given again.
//
// Replay    GREENROOM_SEED=<number> in the environment.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace greenroom::support {

// A fresh seed, or the one that is to be replayed. Prints it.
inline std::uint64_t seed() {
    const char* const given = std::getenv("GREENROOM_SEED");
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::printf("replay with GREENROOM_SEED=%llu\n", static_cast<unsigned long long>(seed));
    return seed;
}

// A generator that starts from it.
inline std::mt19937 printed_seed() { return std::mt19937{static_cast<std::uint32_t>(seed())}; }

}  // namespace greenroom::support
