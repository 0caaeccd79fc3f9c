// A whole runtime on a SimulatedMachine: one seed is one run, time is virtual, and a program that
// cannot go on is reported and not left hanging.
#include <gtest/gtest.h>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "support/on_machine.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::on_machine;

struct Played {
    std::string events;
    std::uint64_t trace = 0;
};

// Tasks that compete for permits, sleep, give up and are cancelled, and tell in which order.
Played play(std::uint64_t seed, int workers) {
    SimulatedMachine machine{seed};
    Played played;
    machine.run([&] {
        Runtime runtime{on_machine(machine, workers)};
        Semaphore permits{2};
        std::vector<Task<void>> tasks;
        for (int i = 0; i < 6; ++i) {
            tasks.push_back(spawn(runtime, [&, i] {
                for (int round = 0; round < 3; ++round) {
                    if (!permits.acquire_before(Deadline::after(2ms))) {
                        played.events += static_cast<char>('A' + i);
                        continue;
                    }
                    played.events += static_cast<char>('a' + i);
                    sleep_for(1ms * i);
                    permits.release();
                }
            }));
        }
        tasks[5].cancel();
        for (Task<void>& task : tasks) task.join();
    });
    played.trace = machine.trace_hash();
    return played;
}

class OnWorkers : public testing::TestWithParam<int> {};

}  // namespace

TEST_P(OnWorkers, TheSameSeedPlaysTheSameRun) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Played first = play(seed, GetParam());
        const Played second = play(seed, GetParam());
        EXPECT_EQ(first.events, second.events);
        EXPECT_EQ(first.trace, second.trace);
        if (seed > 2) continue;
        std::printf("seed %d on %d workers: trace %016llx and %016llx\n", static_cast<int>(seed),
                    GetParam(), static_cast<unsigned long long>(first.trace),
                    static_cast<unsigned long long>(second.trace));
    }
}

TEST_P(OnWorkers, SeedsExploreMoreThanOneOrder) {
    std::set<std::string> orders;
    std::set<std::uint64_t> traces;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Played played = play(seed, GetParam());
        orders.insert(played.events);
        traces.insert(played.trace);
    }
    EXPECT_EQ(traces.size(), 20u);
    EXPECT_GE(orders.size(), GetParam() == 1 ? 1u : 5u);
}

TEST_P(OnWorkers, AYearIsSleptInNoTime) {
    SimulatedMachine machine{3};
    const TimePoint start = machine.now();
    machine.run([&] {
        Runtime runtime{on_machine(machine, GetParam())};
        run(runtime, [] { sleep_for(24h * 365); });
    });
    EXPECT_GE(machine.now(), start + 24h * 365);
    EXPECT_LT(machine.now(), start + 24h * 366);
}

TEST_P(OnWorkers, ARuntimeEndsWhoseWorkersAreLongInTheirStartHook) {
    SimulatedMachine machine{5};
    int started = 0;
    machine.run([&] {
        RuntimeOptions options = on_machine(machine, GetParam());
        options.stop_grace = 1s;
        options.on_worker_start = [&](int) {
            sleep_for(1min);
            ++started;
        };
        const Runtime runtime{options};
    });
    EXPECT_EQ(started, GetParam());
}

TEST(DeterministicRuntimeDeathTest, AStartHookThatDoesNotReturnIsNamedAndEndsTheProcess) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto never_starts = [] {
        SimulatedMachine machine{5};
        machine.run([&] {
            RuntimeOptions options = on_machine(machine, 2);
            options.on_worker_start = [](int) { sleep_for(24h); };
            const Runtime runtime{options};
        });
    };
    EXPECT_DEATH(never_starts(), "is still in on_worker_start");
}

INSTANTIATE_TEST_SUITE_P(Workers, OnWorkers, testing::Values(1, 2, 8));

TEST(DeterministicRuntime, AProgramThatCannotGoOnIsReportedWithItsPlace) {
    SimulatedMachine machine{4};
    // All of it outlives the run that is abandoned: nobody destroys what still waits.
    static Semaphore* const never = new Semaphore{0};
    static Runtime* runtime = nullptr;
    try {
        machine.run([&] {
            runtime = new Runtime{on_machine(machine, 2)};
            never->acquire();
        });
        FAIL() << "nobody releases the semaphore";
    } catch (const SimulationStuck& stuck) {
        EXPECT_EQ(stuck.reason(), SimulationStuck::Reason::deadlock);
        EXPECT_NE(runtime, nullptr);
        const std::string story = stuck.what();
        EXPECT_NE(story.find("semaphore at"), std::string::npos) << story;
        EXPECT_NE(story.find("seed 4"), std::string::npos) << story;
    }
}

TEST(DeterministicRuntime, TwoRuntimesMayShareAMachine) {
    SimulatedMachine machine{5};
    int sum = 0;
    machine.run([&] {
        Runtime first{on_machine(machine, 2)};
        Runtime second{on_machine(machine, 2)};
        Task<int> one = spawn(first, [&] { return run(second, [] { return 1; }); });
        Task<int> two = spawn(second, [&] { return run(first, [] { return 2; }); });
        sum = one.get() + two.get();
    });
    EXPECT_EQ(sum, 3);
}

}  // namespace greenroom
