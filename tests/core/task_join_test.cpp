// The join of a task that its spawner has just made, which takes no lock: beside the ways that do.
#include <gtest/gtest.h>

#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>
#include <optional>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class TaskJoinTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(TaskJoinTest);

bool waits_in_time(const Task<int>& task, Duration patience) {
    try {
        with_timeout(patience, [&] { shield(task); });
        return true;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), make_error_code(Errc::timed_out)) << error.what();
        return false;
    }
}

}  // namespace

// One worker: the first to join is its spawner, who has nothing else to do, and takes no lock.
TEST(TaskJoin, OthersOfTheSameWorkerMayWaitForItAsWell) {
    int heard = 0;
    run(
        [&] {
            Event begun;
            std::optional<Task<void>> task;
            const auto waits = [&] {
                begun.wait();
                shield(*task);
                ++heard;
            };
            auto second = spawn(waits);
            auto third = spawn(waits);
            yield();
            task = spawn([&] {
                begun.set();
                yield();
                EXPECT_EQ(heard, 0);
            });
            shield(*task);
            ++heard;
            second.join();
            third.join();
        },
        {.workers = 1});
    EXPECT_EQ(heard, 3);
}

// Property  Who joins the task that it has just spawned gets its result or gives up in time, and
//           the next one to join hears of the end all the same.
TEST_P(TaskJoinTest, WhoGivesUpTheTaskThatItHasJustSpawnedLeavesItToTheNext) {
    int in_time = 0;
    int too_late = 0;
    play(
        [&](Stage& stage) {
            for (int i = 0; i < stage.times(300); ++i) {
                Event go;
                std::optional<Task<int>> task;
                auto spawner = stage.spawn([&, i] {
                    task = spawn([&] {
                        go.wait();
                        return 3;
                    });
                    const Duration patience = i % 2 == 0 ? Duration{1ms} : Duration{1h};
                    return waits_in_time(*task, patience);
                });
                if (i % 2 == 1) go.set();
                ++(spawner.get() ? in_time : too_late);
                go.set();
                EXPECT_EQ(task->get(), 3);
            }
        },
        {}, 20);
    EXPECT_GT(in_time, 0);
    EXPECT_GT(too_late, 0);
}

TEST(TaskJoinDeathTest, UsingItFromTwoThreadsAtOnceAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto joins_twice = [] {
        Runtime runtime{{.workers = 1}};
        Event never;
        std::optional<Task<void>> task;
        detail::Atomic<bool> joins{false};
        auto spawner = spawn(runtime, [&] {
            task = spawn([&] {
                joins.store(true, std::memory_order_release);  // pairs with the acquire below
                never.wait();
            });
            task->join();
        });
        while (!joins.load(std::memory_order_acquire)) yield();
        task->join();
    };
    EXPECT_DEATH(joins_twice(), "a_task_is_used_by_one_thread_at_a_time");
}

}  // namespace greenroom
