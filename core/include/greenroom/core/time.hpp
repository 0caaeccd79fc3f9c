// Duration and TimePoint: the units of time of the whole library.
//
// A TimePoint is a reading of the runtime's Clock (clock.hpp), which is steady: under simulation it
// is virtual and starts at one second.
#pragma once

#include <chrono>

namespace greenroom {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

}  // namespace greenroom
