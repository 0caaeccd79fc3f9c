// Limiter: so many at once, so many in a time, first come first served.
#include <greenroom/core/limiter.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <stdexcept>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class LimiterTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(LimiterTest);

TimePoint now() { return Deadline::after(Duration::zero()).at(); }

}  // namespace

TEST_P(LimiterTest, NoMoreAreThroughAtOnceThanItLets) {
    play([](Stage& stage) {
        Limiter limiter{{.at_once_max = 2}};
        detail::Atomic<int> inside{0};
        detail::Atomic<int> passed{0};
        auto passes = [&] {
            for (int i = 0; i < 20; ++i) {
                const Limiter::Pass pass = limiter.acquire();
                EXPECT_LE(inside.fetch_add(1), 1);
                yield();
                inside.fetch_sub(1);
                passed.fetch_add(1);
            }
        };
        std::vector<Task<void>> tasks;
        for (int i = 0; i < 4; ++i) tasks.push_back(stage.spawn(passes));
        auto thread = stage.thread(passes);
        for (auto& task : tasks) task.get();
        thread.reset();
        EXPECT_EQ(passed.load(), 100);
    });
}

TEST_P(LimiterTest, TheyPassInOrderOfArrivalAndNobodyOvertakes) {
    play([](Stage& stage) {
        Limiter limiter{{.at_once_max = 1}};
        std::vector<int> order;
        auto first = std::optional{limiter.acquire()};
        std::vector<Task<void>> tasks;
        for (int number = 1; number <= 3; ++number) {
            tasks.push_back(stage.spawn([&, number] {
                const Limiter::Pass pass = limiter.acquire();
                order.push_back(number);
            }));
            stage.until_waiting("limiter", number);
        }
        EXPECT_FALSE(limiter.try_acquire());
        first.reset();
        for (auto& task : tasks) task.get();
        EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
        EXPECT_TRUE(limiter.try_acquire());
    });
}

TEST_P(LimiterTest, ABurstPassesAtOnceAndThenTheRateHolds) {
    play([](Stage& stage) {
        Limiter limiter{{.per_period = 100, .burst_max = 3}};
        stage.run([&] {
            const TimePoint start = now();
            for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.try_acquire()) << i;
            for (int i = 1; i <= 4; ++i) {
                (void)limiter.acquire();
                EXPECT_GE(now(), start + 10ms * i) << "no token comes early";
            }
        });
    });
}

TEST_P(LimiterTest, AHighRateIsKeptThoughTimeHasATick) {
    if (!simulated()) return;  // by the machine's clock
    play([](Stage& stage) {
        Limiter limiter{{.per_period = 10'000}};
        stage.run([&] {
            const TimePoint start = now();
            for (int i = 0; i < 200; ++i) (void)limiter.acquire();
            EXPECT_GE(now() - start, 18ms);
            EXPECT_LE(now() - start, 60ms);
        });
    });
}

TEST_P(LimiterTest, WhoCannotPassByItsDeadlineTakesNothing) {
    play([](Stage& stage) {
        Limiter limiter{{.at_once_max = 2, .per_period = 1, .period = 1h}};
        stage.run([&] {
            const Limiter::Pass first = limiter.acquire();
            EXPECT_FALSE(limiter.acquire_before(Deadline::after(1min))) << "certain at once";
            EXPECT_FALSE(limiter.try_acquire());
        });
        Limiter busy{{.at_once_max = 1}};
        const Limiter::Pass only = busy.acquire();
        EXPECT_FALSE(stage.run([&] { return busy.acquire_before(Deadline::after(1ms)); }));
    });
}

TEST_P(LimiterTest, TheCancellationOfTheFirstInLineLetsTheNextGoOn) {
    play([](Stage& stage) {
        Limiter limiter{{.at_once_max = 1}};
        auto pass = std::optional{limiter.acquire()};
        auto first = stage.spawn([&] { (void)limiter.acquire(); });
        stage.until_waiting("limiter", 1);
        auto second = stage.spawn([&] { (void)limiter.acquire(); });
        stage.until_waiting("limiter", 2);
        first.cancel();
        EXPECT_THROW(first.get(), Error);
        pass.reset();
        second.get();
    });
}

TEST_P(LimiterTest, ALimitThatLetsNobodyPassIsRefused) {
    play([](Stage&) {
        EXPECT_THROW(Limiter({.at_once_max = 0}), std::invalid_argument);
        EXPECT_THROW(Limiter({.per_period = 1, .burst_max = 0}), std::invalid_argument);
        EXPECT_THROW(Limiter({.per_period = 1000, .period = 10ns}), std::invalid_argument);
    });
}

}  // namespace greenroom
