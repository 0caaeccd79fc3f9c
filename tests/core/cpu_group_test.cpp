// CpuGroup: long computations beside a runtime whose fibers go on.
#include <greenroom/core/cpu_group.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/timeout.hpp>
#include <memory>
#include <stdexcept>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class CpuGroupTest : public support::OnRuntimes {
protected:
    // The body gets a group of two workers with the stage's seams.
    template <class Body>
    void play_with_group(Body body, int seeds = 20) {
        const auto with_both = [&](const RuntimeOptions& options, Threads& threads) {
            Runtime runtime{options};
            RuntimeOptions for_group = options;
            for_group.workers = 2;
            for_group.name = "cpu";
            CpuGroup group{for_group};
            Stage stage{runtime, threads, simulated()};
            body(stage, group);
        };
        play_options(with_both, RuntimeOptions{}, seeds);
    }
};
GREENROOM_ON_ALL_RUNTIMES(CpuGroupTest);

}  // namespace

TEST_P(CpuGroupTest, GivesBackTheResultAndTheException) {
    play_with_group([](Stage& stage, CpuGroup& group) {
        stage.run([&] {
            int local = 20;
            EXPECT_EQ(group.run([&] { return ++local; }), 21);
            EXPECT_THROW(group.run([] { throw std::runtime_error{"out"}; }), std::runtime_error);
        });
        EXPECT_EQ(group.run([] { return 2; }), 2);
        EXPECT_EQ(group.spawn([] { return 3; }).get(), 3);
    });
}

TEST_P(CpuGroupTest, ComputationsDoNotHoldUpTheCallersWorkers) {
    play_with_group([](Stage& stage, CpuGroup& group) {
        detail::Atomic<int> computing{0};
        detail::Atomic<bool> enough{false};
        // More than there are workers of any kind: they never suspend until the others have run.
        std::vector<Task<void>> callers;
        for (int i = 0; i < 2; ++i) {
            callers.push_back(stage.spawn([&] {
                group.run([&] {
                    computing.fetch_add(1, std::memory_order_relaxed);
                    while (!enough.load(std::memory_order_acquire)) {
                        stage.threads.pause();  // a virtual worker lets others play
                    }
                });
            }));
        }
        support::until([&] { return computing.load(std::memory_order_relaxed) == 2; });
        stage.run([] { sleep_for(2ms); });
        enough.store(true, std::memory_order_release);
        for (auto& caller : callers) caller.get();
    });
}

// It never waits, so that its worker's loop hears of nothing.
TEST_P(CpuGroupTest, ItsEndCancelsAComputationThatOnlyAsksWhetherItIs) {
    play_with_group([](Stage& stage, CpuGroup& group) {
        const auto begun = std::make_shared<Event>();
        const auto compute = [begun, &threads = stage.threads] {
            begun->set();
            for (;;) {
                check_cancellation();
                threads.pause();
            }
        };
        group.spawn(compute).detach();
        begun->wait();
    });
}

TEST_P(CpuGroupTest, ATimeoutCancelsTheComputationAndWaitsForIt) {
    play_with_group([](Stage& stage, CpuGroup& group) {
        struct Sets {
            bool& flag;
            ~Sets() { flag = true; }
        };
        bool began = false;
        bool unwound = false;
        const auto compute = [&] {
            const Sets sets{unwound};
            began = true;
            for (;;) {
                check_cancellation();
                stage.threads.pause();
            }
        };
        stage.run([&] {
            // On a busy machine it may not even begin in time: then it gets more.
            for (auto limit = 2ms; !began; limit *= 2) {
                EXPECT_THROW(with_timeout(limit, [&] { group.run(compute); }), Timeout);
            }
            EXPECT_TRUE(unwound);
        });
    });
}

}  // namespace greenroom
