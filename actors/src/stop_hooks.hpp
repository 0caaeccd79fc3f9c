// StopHooks: what the user has called when a system stops, phase by phase.
//
// Threads  All from any; each hook is taken out once, by the stop that calls it.
#pragma once

#include <cstddef>
#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <string>
#include <vector>

namespace greenroom::detail {

class StopHooks {
public:
    static constexpr std::size_t hooks_max = 1'000;

    // Throws Error(limit_reached).
    void add(StopPhase phase, std::string name, std::function<void()> call);
    // Calls those of a phase on that runtime, the last added first, one after another. Adds the
    // stories of those that fail, or have not ended in time, to the report. Never throws.
    void call_all(StopPhase phase, Runtime& runtime, bool caller_driven, Deadline deadline,
                  StopReport& report);

private:
    struct Hook {
        StopPhase phase;
        std::string name;
        std::function<void()> call;
    };

    std::vector<Hook> take(StopPhase phase);

    SpinLock lock_;
    std::vector<Hook> hooks_;
};

}  // namespace greenroom::detail
