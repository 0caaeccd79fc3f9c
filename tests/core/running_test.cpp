// Running: a runtime for one call, hooks of its threads, what is known of its tasks, its figures.
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cstring>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/latencies.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task_group.hpp>
#include <greenroom/core/timeout.hpp>
#include <set>
#include <stdexcept>
#include <string>

#include "processors.hpp"
#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class RunningTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(RunningTest);

}  // namespace

TEST(Run, ItReturnsWhatTheFunctionReturnsOrThrowsAndCleansUp) {
    EXPECT_EQ(run([] { return 7; }), 7);
    EXPECT_EQ(*run([] { return std::make_unique<int>(8); }), 8);
    EXPECT_THROW(run([] { throw std::runtime_error{"no"}; }), std::runtime_error);
    bool unwound = false;
    run([&unwound] {
        struct Notes {
            bool& unwound;
            ~Notes() { unwound = true; }
        };
        Event begun;
        auto left_behind = spawn([&unwound, &begun] {
            const Notes notes{unwound};
            begun.set();
            sleep_for(1h);
        });
        begun.wait();
        left_behind.detach();
    });
    EXPECT_TRUE(unwound);
    EXPECT_EQ(run([] { return current_task_name(); }), std::string{"main task"});
    EXPECT_EQ(current_task_name(), nullptr);
    run([] {
        TaskGroup group;
        group.spawn([] { EXPECT_EQ(current_task_name(), std::string{"part"}); }, {.name = "part"});
        group.spawn([] { EXPECT_EQ(current_task_name(), std::string{"main task"}); });
        group.join();
    });
    run([] { EXPECT_THROW(run([] {}), Error) << "it would keep the worker"; });
}

TEST(Running, EachWorkersThreadIsToldOfItsStartAndMayBeBoundToAProcessor) {
    detail::Atomic<int> sum{0};
    RuntimeOptions options;
    options.workers = 3;
    options.pin_workers = true;
    options.on_worker_start = [&](int worker) {
        sum.fetch_add(1 << worker, std::memory_order_relaxed);
        cpu_set_t set;
        EXPECT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
        EXPECT_EQ(CPU_COUNT(&set), 1);
    };
    {
        Runtime runtime{options};
        run(runtime, [] {});
    }
    EXPECT_EQ(sum.load(std::memory_order_relaxed), 7);
    EXPECT_GE(detail::allowed_processors().size(), 1u);
}

TEST_P(RunningTest, AllTasksAreThoseThatHaveBegun) {
    play(
        [](Stage& stage) {
            Event event;
            auto patient = stage.spawn([&] { event.wait(); }, {.name = "patient"});
            stage.until_waiting("event", 1);
            const std::vector<TaskInfo> tasks = stage.runtime.all_tasks();
            const auto found = std::find_if(tasks.begin(), tasks.end(), [](const TaskInfo& task) {
                return std::strcmp(task.name, "patient") == 0;
            });
            ASSERT_NE(found, tasks.end());
            ASSERT_NE(found->waits_for, nullptr);
            EXPECT_STREQ(found->waits_for, "event");
            EXPECT_NE(std::string{found->where.file}.find("running_test"), std::string::npos);
            EXPECT_GE(found->worker, 0);
            event.set();
            patient.join();
        },
        {}, 10);
}

TEST_P(RunningTest, StatsTellOfTimersQueuesAndHowLongRunnablesWait) {
    play(
        [](Stage& stage) {
            Event event;
            auto sleeps = stage.spawn([] { sleep_for(2ms); });
            sleeps.join();
            auto waits = stage.spawn([&] { (void)event.wait_before(Deadline::after(1h)); });
            auto waits_in_scope = stage.spawn([&] { with_timeout(1h, [&] { event.wait(); }); });
            stage.until_waiting("event", 2);
            std::size_t timers = 0;
            Latencies lag;
            for (const WorkerStats& worker : stage.runtime.stats().workers) {
                timers += worker.timers;
                lag += worker.timer_lag;
            }
            EXPECT_GE(timers, 2u);
            EXPECT_GE(lag.total(), 1u);
            event.set();
            waits.join();
            waits_in_scope.join();
            // Many short tasks: now and then one is timed.
            stage.run([] {
                for (int round = 0; round < 20; ++round) {
                    std::vector<Task<void>> tasks;
                    for (int i = 0; i < 200; ++i) tasks.push_back(spawn([] {}));
                    for (auto& task : tasks) task.join();
                }
            });
            Latencies queued;
            for (const WorkerStats& worker : stage.runtime.stats().workers) {
                queued += worker.queue_latency;
            }
            EXPECT_GE(queued.total(), 1u);
        },
        {}, 5);
}

TEST(Latencies, TheyAreCountedInPowersOfTwo) {
    EXPECT_EQ(Latencies::class_of(0ns), 0u);
    EXPECT_EQ(Latencies::class_of(-5ns), 0u);
    EXPECT_EQ(Latencies::class_of(1ns), 0u);
    EXPECT_EQ(Latencies::class_of(2ns), 1u);
    EXPECT_EQ(Latencies::class_of(1023ns), 9u);
    EXPECT_EQ(Latencies::class_of(1024ns), 10u);
    EXPECT_EQ(Latencies::class_of(24h * 365), Latencies::classes - 1);
    Latencies some;
    EXPECT_EQ(some.quantile(0.5), 0ns);
    some.counts[3] = 99;
    some.counts[20] = 1;
    EXPECT_EQ(some.quantile(0.5), 16ns);
    EXPECT_EQ(some.quantile(0.99), 16ns);
    EXPECT_EQ(some.quantile(1), Duration{1 << 21});
    some += some;
    EXPECT_EQ(some.total(), 200u);
}

}  // namespace greenroom
