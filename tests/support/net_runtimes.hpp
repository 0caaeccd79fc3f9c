// OnWorkers: plays a test of the net floor on 1, 2 and 8 workers with the kernel's sockets.
//
//   class TcpTest : public support::OnWorkers {};
//   GREENROOM_ON_WORKERS(TcpTest);
//   TEST_P(TcpTest, AClaim) { System system{options()}; ... }
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/runtime.hpp>
#include <string>

namespace greenroom::support {

// By then a test has failed, on any machine.
inline Deadline soon() { return Deadline::after(std::chrono::seconds{30}); }

// Looks again and again until the condition holds, or it is too late.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition) {
    const Deadline deadline = soon();
    while (!condition()) {
        if (deadline.has_passed()) return false;
        yield();
    }
    return true;
}

class OnWorkers : public testing::TestWithParam<int> {
protected:
    static SystemOptions options() { return {.runtime = runtime_options()}; }
    static RuntimeOptions runtime_options() {
        RuntimeOptions options;
        options.workers = GetParam();
        return options;
    }
};

#define GREENROOM_ON_WORKERS(suite)                                    \
    INSTANTIATE_TEST_SUITE_P(Workers, suite, testing::Values(1, 2, 8), \
                             [](const auto& workers) { return std::to_string(workers.param); })

}  // namespace greenroom::support
