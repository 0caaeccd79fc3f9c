// What a scenario, which is a program without a test framework, requires.
#pragma once

#include <cstdio>
#include <string>

namespace greenroom::support {

inline bool something_failed = false;

// Prints `what` if it does not hold, and goes on.
inline void require(bool holds, const std::string& what) {
    if (holds) return;
    std::printf("failed: %s\n", what.c_str());
    something_failed = true;
}

// What main() returns.
inline int exit_status() { return something_failed ? 1 : 0; }

}  // namespace greenroom::support
