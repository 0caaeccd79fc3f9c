// Latch and WaitGroup: nobody passes before the count is zero, and everybody then.
#include <greenroom/core/latch.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/wait_group.hpp>
#include <optional>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class LatchTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(LatchTest);

}  // namespace

TEST_P(LatchTest, OpensForAllAtTheLastCountDownAndStaysOpen) {
    play([](Stage& stage) {
        Latch latch{2};
        auto fiber = stage.spawn([&] { latch.wait(); });
        auto thread = stage.thread([&] { latch.wait(); });
        stage.until_waiting("latch", 2);
        EXPECT_FALSE(latch.try_wait());
        latch.count_down();
        EXPECT_FALSE(latch.wait_before(Deadline::after(-1s)));
        EXPECT_EQ(stage.waiting("latch"), 2);
        stage.run([&] { latch.arrive_and_wait(); });
        fiber.join();
        thread.reset();
        EXPECT_TRUE(latch.try_wait());
        latch.wait();
    });
}

TEST_P(LatchTest, ACountDownTooManyIsAnErrorAndChangesNothing) {
    play([](Stage&) {
        Latch latch{1};
        EXPECT_THROW(latch.count_down(2), Error);
        EXPECT_FALSE(latch.try_wait());
        latch.count_down();
        EXPECT_THROW(latch.count_down(), Error);
        EXPECT_TRUE(latch.try_wait());
        EXPECT_TRUE(Latch{0}.try_wait());
    });
}

TEST_P(LatchTest, WhoGivesUpOrIsCancelledLeavesNoTrace) {
    play([](Stage& stage) {
        Latch latch{1};
        auto hasty = stage.spawn([&] { return latch.wait_before(Deadline::after(1ms)); });
        auto cancelled = stage.spawn([&] { latch.wait(); });
        EXPECT_FALSE(hasty.get());
        cancelled.cancel();
        EXPECT_THROW(cancelled.get(), Error);
        latch.count_down();
    });
}

TEST_P(LatchTest, WhoWasLetPassMayDestroyIt) {
    play([](Stage& stage) {
        for (int i = 0; i < stage.times(1'000); ++i) {
            std::optional<Latch> latch{std::in_place, 1};
            auto opener = stage.spawn([&latch] { latch->count_down(); });
            latch->wait();
            latch.reset();
            opener.join();
        }
    });
}

TEST_P(LatchTest, AWaitGroupWaitsForAllThatIsUnderWayAgainAndAgain) {
    play([](Stage& stage) {
        WaitGroup group;
        group.wait();
        for (int round = 1; round <= 3; ++round) {
            int ended[4] = {};
            for (int& each : ended) {
                group.add();
                stage
                    .spawn([&] {
                        yield();
                        each = round;
                        group.done();
                    })
                    .detach();
            }
            group.wait();
            for (int each : ended) EXPECT_EQ(each, round);
        }
        EXPECT_TRUE(group.try_wait());
    });
}

TEST_P(LatchTest, AWaitGroupLetsPassWhoWaitedThoughMoreBeginsAtOnce) {
    play([](Stage& stage) {
        WaitGroup group;
        group.add();
        auto waiter = stage.spawn([&] { group.wait(); });
        stage.until_waiting("wait group", 1);
        group.done();
        group.add();
        waiter.join();
        EXPECT_FALSE(group.wait_before(Deadline::after(-1s)));
        EXPECT_THROW(group.done(2), Error);
        group.done();
    });
}

}  // namespace greenroom
