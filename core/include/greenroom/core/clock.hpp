// Clock: the seam through which the library reads time.
//
// Threads  now() is called from any thread at any time.
#pragma once

#include <greenroom/core/time.hpp>

namespace greenroom {

class Clock {
public:
    virtual ~Clock() = default;

    // The steady time now. Never goes back.
    virtual TimePoint now() noexcept = 0;
};

// The kernel's CLOCK_MONOTONIC.
Clock& steady_clock() noexcept;

}  // namespace greenroom
