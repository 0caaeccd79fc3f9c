// LogLimit: one line each ten seconds, with a count of what was not said.
#include <greenroom/core/detail/log_limit.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>

#include "support/log_lines.hpp"
#include "support/on_machine.hpp"

namespace greenroom::detail {

namespace {

constexpr TimePoint start{std::chrono::hours{1}};

}  // namespace

TEST(LogLimit, SaysTheFirstAndThenOneInTenSecondsWithACount) {
    const support::LogLines lines;
    LogLimit limit;
    int asked = 0;
    const auto say_at = [&](Duration after) {
        limit.log(
            LogLevel::warning,
            [&] {
                ++asked;
                return std::string{"full"};
            },
            start + after);
    };
    say_at(std::chrono::seconds{0});
    EXPECT_EQ(lines.text(), "full\n");
    say_at(std::chrono::seconds{1});
    say_at(LogLimit::usual_window - std::chrono::nanoseconds{1});
    EXPECT_EQ(lines.text(), "full\n");
    EXPECT_EQ(asked, 1) << "the line of what is not said should not be made";
    say_at(LogLimit::usual_window);
    EXPECT_EQ(lines.text(), "full\nfull (and 2 more that were not said)\n");
    say_at(2 * LogLimit::usual_window);
    EXPECT_TRUE(lines.text().ends_with(")\nfull\n")) << lines.text();
}

TEST(LogLimit, OneOfManyLinesBeginsItsWindowWithTheFirst) {
    const support::LogLines lines;
    LogLimit limit{std::chrono::seconds{1}, 3};
    const auto say_at = [&](std::chrono::milliseconds after) {
        limit.log(
            LogLevel::error, [] { return std::string{"failed"}; }, start + after);
    };
    for (const int after : {0, 400, 800, 900, 999}) say_at(std::chrono::milliseconds{after});
    EXPECT_EQ(lines.text(), "failed\nfailed\nfailed\n");
    for (const int after : {1000, 1999}) say_at(std::chrono::milliseconds{after});
    EXPECT_EQ(lines.text(),
              "failed\nfailed\nfailed\nfailed (and 2 more that were not said)\nfailed\n");
}

TEST(LogLimit, ATimeOfAnotherClockSilencesNothing) {
    const support::LogLines lines;
    LogLimit limit;
    const auto story = [] { return std::string{"full"}; };
    limit.log(LogLevel::warning, story, start);
    limit.log(LogLevel::warning, story, TimePoint{});
    EXPECT_EQ(lines.text(), "full\nfull\n");
}

TEST(LogLimit, GoesByTheClockOfTheCaller) {
    const support::LogLines lines;
    SimulatedMachine machine{1, {}};
    machine.run([&] {
        Runtime runtime{support::on_machine(machine, 1)};
        run(runtime, [] {
            LogLimit limit;
            const auto story = [] { return std::string{"full"}; };
            limit.log(LogLevel::warning, story);
            sleep_for(LogLimit::usual_window / 2);
            limit.log(LogLevel::warning, story);
            sleep_for(LogLimit::usual_window);
            limit.log(LogLevel::warning, story);
        });
    });
    EXPECT_EQ(lines.text(), "full\nfull (and 1 more that were not said)\n");
}

}  // namespace greenroom::detail
