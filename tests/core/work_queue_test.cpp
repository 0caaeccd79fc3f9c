// WorkQueue: join returns when all that was sent is done.
#include <greenroom/core/work_queue.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/core/error.hpp>
#include <greenroom/core/select.hpp>
#include <optional>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class WorkQueueTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(WorkQueueTest);

constexpr const char* joining = "work queue";

}  // namespace

TEST_P(WorkQueueTest, JoinReturnsOnlyWhenTheLastItemIsDone) {
    play([](Stage& stage) {
        WorkQueue<int> jobs{4};
        jobs.join();  // nothing is unfinished
        jobs.send(1);
        jobs.send(2);
        EXPECT_EQ(jobs.unfinished(), 2u);
        auto boss = stage.spawn([&] { jobs.join(); });
        stage.until_waiting(joining, 1);
        EXPECT_EQ(jobs.receive(), 1);
        EXPECT_EQ(jobs.receive(), 2);
        jobs.done();
        EXPECT_FALSE(jobs.join_before(Deadline::after(1ms))) << "received is not done";
        EXPECT_FALSE(boss.done());
        jobs.done();
        boss.join();
        EXPECT_TRUE(jobs.join_before(Deadline::after(-1ms)));
    });
}

TEST_P(WorkQueueTest, OneDoneTooManyIsAnErrorAndChangesNothing) {
    play([](Stage&) {
        WorkQueue<int> jobs{1};
        EXPECT_THROW(jobs.done(), Error);
        jobs.send(1);
        jobs.done();
        EXPECT_THROW(jobs.done(), Error);
        EXPECT_EQ(jobs.unfinished(), 0u);
    });
}

TEST_P(WorkQueueTest, WhatWasNotSentIsNotUnfinished) {
    play([](Stage& stage) {
        WorkQueue<int> jobs{1};
        jobs.send(1);
        EXPECT_FALSE(jobs.try_send(2));
        EXPECT_FALSE(jobs.send_before(Deadline::after(1ms), 2));
        auto sender = stage.spawn([&] { jobs.send(3); });
        stage.until_waiting("channel send", 1);
        sender.cancel();
        sender.join();
        jobs.close();
        EXPECT_THROW(jobs.send(4), Error);
        EXPECT_EQ(jobs.unfinished(), 1u);
    });
}

TEST_P(WorkQueueTest, DiscardingCountsWhatWasInsideAsDoneAndNotWhatIsInHand) {
    play([](Stage& stage) {
        WorkQueue<int> jobs{2};
        for (const int job : {1, 2}) jobs.send(job);
        EXPECT_EQ(jobs.receive(), 1);  // in hand
        jobs.send(3);
        auto sender = stage.spawn([&] { EXPECT_THROW(jobs.send(4), Error); });
        stage.until_waiting("channel send", 1);
        auto boss = stage.spawn([&] { jobs.join(); });
        stage.until_waiting(joining, 1);
        EXPECT_EQ(jobs.close_and_discard(), 2u);
        sender.join();
        EXPECT_EQ(jobs.unfinished(), 1u);
        EXPECT_FALSE(boss.done());
        EXPECT_EQ(jobs.receive(), std::nullopt);
        jobs.done();
        boss.join();
    });
}

TEST_P(WorkQueueTest, ManyWorkersDoAllBeforeJoinReturns) {
    play([](Stage& stage) {
        WorkQueue<int> jobs{3};
        std::atomic<int> worked{0};
        const auto works = [&] {
            for (int& job : jobs) {
                worked.fetch_add(job, std::memory_order_relaxed);
                jobs.done();
            }
        };
        std::vector<Task<void>> workers;
        for (int i = 0; i < 3; ++i) workers.push_back(stage.spawn(works));
        auto thread = stage.thread(works);
        const int count = stage.times(5'000);
        for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < count; ++i) jobs.send(1);
            jobs.join();
            EXPECT_EQ(worked.load(), (round + 1) * count);
        }
        jobs.close();
        for (auto& worker : workers) worker.join();
        thread.reset();
    });
}

TEST_P(WorkQueueTest, IsACaseOfSelect) {
    play([](Stage& stage) {
        WorkQueue<int> jobs{1};
        auto worker = stage.spawn([&] {
            select(on_receive(jobs, [&](int job) {
                EXPECT_EQ(job, 1);
                jobs.done();
            }));
        });
        stage.until_waiting("select", 1);
        jobs.send(1);
        jobs.join();
        worker.join();
    });
}

TEST_P(WorkQueueTest, ACancelledJoinLeavesTheLine) {
    play([](Stage& stage) {
        WorkQueue<int> jobs{unbounded};
        jobs.send(1);
        auto boss = stage.spawn([&] { jobs.join(); });
        stage.until_waiting(joining, 1);
        boss.cancel();
        boss.join();
        jobs.done();
        jobs.join();
    });
}

}  // namespace greenroom
