// How long a stress program runs, by its arguments: --quick for a test of ctest, or --seconds N.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace greenroom::support {

constexpr std::chrono::seconds quick_stress{3};

// Ends the program with a usage line if the arguments are neither of the two.
inline std::chrono::seconds stress_time(int argc, char** argv) {
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (argc == 2 && first == "--quick") return quick_stress;
    if (argc == 3 && first == "--seconds" && std::atol(argv[2]) > 0) {
        return std::chrono::seconds{std::atol(argv[2])};
    }
    std::fprintf(stderr, "usage: %s --quick | --seconds N\n", argv[0]);
    std::exit(2);
}

}  // namespace greenroom::support
