// How many seeds a test on the deterministic runtime plays: its own small number, or the one that
// GREENROOM_SEEDS in the environment asks for (./dev test all and ./dev soak ask for many).
#pragma once

#include <cstdlib>

namespace greenroom::support {

inline int seed_count(int usual) {
    const char* const asked = std::getenv("GREENROOM_SEEDS");
    return asked != nullptr ? std::atoi(asked) : usual;
}

}  // namespace greenroom::support
