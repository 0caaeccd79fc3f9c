// wait_tasks, wait_any, AsCompleted: which tasks have ended, in which order, and that none is lost.
#include <greenroom/core/wait_tasks.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <stdexcept>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;
using Places = std::vector<std::size_t>;

class WaitTasksTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(WaitTasksTest);

// Task i ends after `ends` has been set i + 1 times; task `failing` throws.
std::vector<Task<int>> tasks_that_end(Stage& stage, std::vector<Event>& ends, int failing = -1) {
    std::vector<Task<int>> tasks;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        tasks.push_back(stage.spawn([&end = ends[i], i, failing] {
            end.wait();
            if (static_cast<int>(i) == failing) throw std::runtime_error{"out"};
            return static_cast<int>(i);
        }));
    }
    return tasks;
}

}  // namespace

TEST_P(WaitTasksTest, WaitAnyGivesTheFirstAndTheRestGoesOn) {
    play([](Stage& stage) {
        std::vector<Event> ends(3);
        auto tasks = tasks_that_end(stage, ends);
        ends[1].set();
        EXPECT_EQ(wait_any(tasks), 1U);
        EXPECT_EQ(stage.run([&] { return wait_any(tasks); }), 1U);
        EXPECT_FALSE(tasks[0].done());
        EXPECT_FALSE(tasks[2].done());
        ends[0].set();
        ends[2].set();
        EXPECT_EQ(tasks[2].get(), 2);
    });
}

TEST_P(WaitTasksTest, TellsWhatIsDoneAndWhatIsPending) {
    play([](Stage& stage) {
        std::vector<Event> ends(3);
        auto tasks = tasks_that_end(stage, ends);
        ends[2].set();
        WaitedTasks waited = wait_tasks(tasks, WaitUntil::first_done);
        EXPECT_EQ(waited.done, Places{2});
        EXPECT_EQ(waited.pending, (Places{0, 1}));
        waited = wait_tasks(tasks, WaitUntil::all_done, Deadline::after(2ms));
        EXPECT_EQ(waited.done, Places{2});
        EXPECT_EQ(waited.pending, (Places{0, 1}));
        ends[0].set();
        ends[1].set();
        waited = wait_tasks(tasks);
        EXPECT_EQ(waited.done.size(), 3U);
        EXPECT_TRUE(waited.pending.empty());
    });
}

TEST_P(WaitTasksTest, TheFirstFailureEndsAWaitForIt) {
    play([](Stage& stage) {
        std::vector<Event> ends(3);
        auto tasks = tasks_that_end(stage, ends, 1);
        ends[0].set();
        tasks[0].join();
        ends[1].set();
        const WaitedTasks waited = wait_tasks(tasks, WaitUntil::first_failure);
        EXPECT_EQ(waited.done, (Places{0, 1}));
        EXPECT_EQ(waited.pending, Places{2});
        EXPECT_THROW((void)tasks[1].get(), std::runtime_error);
        ends[2].set();
        EXPECT_EQ(tasks[2].get(), 2);
    });
}

TEST_P(WaitTasksTest, AsCompletedGivesTheOrderOfTheEnds) {
    play([](Stage& stage) {
        std::vector<Event> ends(4);
        auto tasks = tasks_that_end(stage, ends);
        AsCompleted completed{tasks};
        for (const std::size_t place : {2U, 0U, 3U, 1U}) {
            ends[place].set();
            tasks[place].join();
        }
        Places order;
        while (const auto place = completed.next()) order.push_back(*place);
        EXPECT_EQ(order, (Places{2, 0, 3, 1}));
        EXPECT_TRUE(completed.pending().empty());
    });
}

TEST_P(WaitTasksTest, OnTimeOutAsCompletedReportsTheRest) {
    play([](Stage& stage) {
        std::vector<Event> ends(3);
        auto tasks = tasks_that_end(stage, ends);
        ends[1].set();
        AsCompleted completed{tasks, Deadline::after(3ms)};
        Places order;
        while (const auto place = completed.next()) order.push_back(*place);
        const Places left = completed.pending();
        EXPECT_EQ(order.size() + left.size(), 3U);
        ends[0].set();
        ends[2].set();
        int sum = 0;
        for (const std::size_t place : order) sum += tasks[place].get();
        for (const std::size_t place : left) sum += tasks[place].get();
        EXPECT_EQ(sum, 3);
    });
}

TEST_P(WaitTasksTest, WhoIsCancelledLeavesTheTasksAsTheyAre) {
    play([](Stage& stage) {
        std::vector<Event> ends(2);
        auto tasks = tasks_that_end(stage, ends);
        auto waits = stage.spawn([&] { (void)wait_any(tasks); });
        stage.until_waiting("tasks", 1);
        waits.cancel();
        EXPECT_EQ(waits.result().code(), make_error_code(Errc::cancelled));
        EXPECT_FALSE(tasks[0].done());
        for (Event& end : ends) end.set();
        EXPECT_EQ(tasks[0].get() + tasks[1].get(), 1);
    });
}

// Property  However ends race with waits and with deadlines, each task is handed out once or left.
TEST_P(WaitTasksTest, NoEndIsLostOrToldTwice) {
    play([](Stage& stage) {
        for (int round = 0; round < stage.times(200); ++round) {
            std::vector<Task<void>> tasks;
            for (int i = 0; i < 6; ++i) {
                tasks.push_back(stage.spawn([i] {
                    for (int j = 0; j < i; ++j) yield();
                }));
            }
            stage.run([&] {
                std::vector<int> told(6, 0);
                AsCompleted completed{tasks, Deadline::after(round % 2 == 0 ? 1h : 0s)};
                while (const auto place = completed.next()) ++told[*place];
                for (const std::size_t place : completed.pending()) ++told[place];
                EXPECT_EQ(told, std::vector<int>(6, 1));
            });
        }
    });
}

}  // namespace greenroom
