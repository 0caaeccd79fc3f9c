// sleep_for, sleep_until: never early, in order, and ended by a cancellation.
#include <greenroom/core/sleep.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/mutex.hpp>
#include <utility>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class SleepTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(SleepTest);

TimePoint now() { return Deadline::after(Duration::zero()).at(); }

}  // namespace

TEST_P(SleepTest, ItIsNeverEarly) {
    play([](Stage& stage) {
        const auto sleeps = [] {
            for (const Duration time : {1ns, Duration{300us}, Duration{1ms}, Duration{3ms}}) {
                const TimePoint before = now();
                sleep_for(time);
                EXPECT_GE(now() - before, time);
            }
        };
        stage.run(sleeps);
        sleeps();  // a plain thread
    });
}

TEST_P(SleepTest, ATimeThatHasPassedLetsOthersRunAndReturns) {
    play([](Stage& stage) {
        stage.run([] {
            sleep_for(Duration::zero());
            sleep_for(-1s);
            sleep_until(now() - 1h);
        });
    });
}

TEST_P(SleepTest, OnOneWorkerFibersWakeInOrderOfDueTimeAndTiesInOrderOfComing) {
    if (workers() != 1) return;  // the order is promised for each worker
    // Real threads may be held up: all must have come to their sleep before the first is due.
    const Duration begin = simulated() ? 20ms : 500ms;
    play([begin](Stage& stage) {
        std::vector<int> order;
        stage.run([&order, begin] {
            const TimePoint start = now();
            std::vector<Task<void>> tasks;
            const std::vector<Duration> due{9ms, 3ms, 6ms, 3ms, 9ms, 1ms};
            for (std::size_t i = 0; i < due.size(); ++i) {
                tasks.push_back(spawn([&order, i, until = start + begin + due[i]] {
                    sleep_until(until);
                    order.push_back(static_cast<int>(i));
                }));
                // Each comes to its sleep before the next one starts.
                sleep_until(now() + 1ms);
            }
            for (auto& task : tasks) task.join();
        });
        EXPECT_EQ(order, (std::vector<int>{5, 1, 3, 2, 0, 4}));
    });
}

TEST_P(SleepTest, VirtualTimeJumpsOverAYearAndRealCodeDoesNotNotice) {
    if (!simulated()) return;  // a year is long
    play([](Stage& stage) {
        stage.run([] {
            const TimePoint before = now();
            sleep_for(24h * 365);
            EXPECT_GE(now() - before, 24h * 365);
            EXPECT_LE(now() - before, 24h * 365 + 1s);
        });
    });
}

TEST_P(SleepTest, ACancellationEndsIt) {
    play([](Stage& stage) {
        auto task = stage.spawn([] { sleep_for(24h); });
        stage.until_waiting("sleep", 1);
        task.cancel();
        EXPECT_THROW(task.get(), Error);
    });
}

TEST_P(SleepTest, ManySleepersOfManyTimesAllWake) {
    play([](Stage& stage) {
        Mutex mutex;
        int woken = 0;
        std::vector<Task<void>> tasks;
        const int count = stage.times(1'000);
        for (int i = 0; i < count; ++i) {
            tasks.push_back(stage.spawn([&, i] {
                sleep_for(Duration{(i * 7919) % 20'000 * 1us});
                const Lock held{mutex};
                ++woken;
            }));
        }
        for (auto& task : tasks) task.join();
        EXPECT_EQ(woken, count);
    });
}

}  // namespace greenroom
