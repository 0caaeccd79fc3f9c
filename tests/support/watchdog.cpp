// Ends a test program whose test takes GREENROOM_TEST_SECONDS_MAX or longer: SIGALRM kills it, and
// the last "[ RUN" line that it printed names the test. For programs that run whole, where ctest
// limits the program and not the test. A test that is to play many seeds has up to ten times that.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "support/seed_count.hpp"

namespace {

unsigned seconds_max() {
    const int times = std::clamp(greenroom::support::seed_count(0) / 100, 1, 10);
    return static_cast<unsigned>(times) * GREENROOM_TEST_SECONDS_MAX;
}

class Watchdog : public ::testing::EmptyTestEventListener {
    void OnTestStart(const ::testing::TestInfo&) override { ::alarm(seconds_max()); }
    void OnTestEnd(const ::testing::TestInfo&) override { ::alarm(0); }
};

// NOLINTNEXTLINE(cppcoreguidelines-owning-memory): googletest owns its listeners.
[[maybe_unused]] const bool watched =
    (::testing::UnitTest::GetInstance()->listeners().Append(new Watchdog), true);

}  // namespace
