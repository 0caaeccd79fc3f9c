// Ends a test program whose test takes GREENROOM_TEST_SECONDS_MAX or longer: SIGALRM kills it, and
// the last "[ RUN" line that it printed names the test. For programs that run whole, where ctest
// limits the program and not the test.
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

class Watchdog : public ::testing::EmptyTestEventListener {
    void OnTestStart(const ::testing::TestInfo&) override { ::alarm(GREENROOM_TEST_SECONDS_MAX); }
    void OnTestEnd(const ::testing::TestInfo&) override { ::alarm(0); }
};

// NOLINTNEXTLINE(cppcoreguidelines-owning-memory): googletest owns its listeners.
[[maybe_unused]] const bool watched =
    (::testing::UnitTest::GetInstance()->listeners().Append(new Watchdog), true);

}  // namespace
