// The check for mutexes of the operating system that are held across a suspension.
#include <gtest/gtest.h>

#include <greenroom/core/gather.hpp>
#include <greenroom/core/sleep.hpp>
#include <mutex>

#include "support/log_lines.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;

}  // namespace

TEST(OsMutex, OneHeldAcrossAWaitIsReportedWithItsPlaceAndOwner) {
    Runtime runtime{{.workers = 1}};
    const support::LogLines lines;
    std::mutex mutex;
    spawn(runtime,
          [&] {
              const std::lock_guard held{mutex};
              sleep_for(1ms);
          },
          {.name = "careless"})
        .get();
    EXPECT_TRUE(lines.contain("careless waits for sleep at")) << lines.text();
    EXPECT_TRUE(lines.contain("os_mutex_test.cpp")) << lines.text();
}

TEST(OsMutex, OneThatIsFreeAgainAndAnothersAreNot) {
    Runtime runtime{{.workers = 1}};
    const support::LogLines lines;
    std::mutex mutex;
    std::mutex held_by_other;
    const std::lock_guard of_a_plain_thread{held_by_other};
    run(runtime, [&] {
        gather([&] { const std::lock_guard held{mutex}; }, [] { sleep_for(1ms); });
        sleep_for(1ms);
    });
    EXPECT_EQ(lines.text(), "");
}

TEST(OsMutex, AFiberBesideTheHolderIsNotReported) {
    Runtime runtime{{.workers = 1}};
    const support::LogLines lines;
    std::mutex mutex;
    run(runtime, [&] {
        gather(
            [&] {
                const std::lock_guard held{mutex};
                sleep_for(2ms);
            },
            [] { sleep_for(1ms); });
    });
    int reports = 0;
    const std::string text = lines.text();
    for (std::size_t at = text.find("mutex of the"); at != text.npos;
         at = text.find("mutex of the", at + 1)) {
        ++reports;
    }
    EXPECT_EQ(reports, 1) << text;
}

}  // namespace greenroom
