// Patience: waiting in a test for what nobody announces, by looking again and again.
#pragma once

#include <algorithm>
#include <chrono>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/time.hpp>
#include <greenroom/core/where.hpp>
#include <string>

namespace greenroom::detail {

// How long between two looks, at first and at most; no time at all under a SimulatedMachine.
inline constexpr Duration look_period = std::chrono::milliseconds{1};
inline constexpr Duration look_period_max = std::chrono::milliseconds{100};

// False: it did not hold by `deadline`. A suspension point.
template <class Condition>
bool holds_before(Deadline deadline, const Condition& condition, Where where) {
    for (Duration period = look_period; !condition();
         period = std::min(2 * period, look_period_max)) {
        if (deadline.has_passed()) return false;
        sleep_for(period, where);
    }
    return true;
}

inline std::string in_milliseconds(Duration time) {
    const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    return std::to_string(count) + " ms";
}

}  // namespace greenroom::detail
