// Crowd and Patience, by a clock of the test's own.
#include "crowd.hpp"

#include <gtest/gtest.h>

namespace greenroom::detail {
namespace {

using namespace std::chrono_literals;

class CrowdTest : public testing::Test {
protected:
    // 100 turns within `took`, of which `moved` are of actors from elsewhere.
    void work(int moved, Duration took) {
        for (int i = 0; i < moved; ++i) crowd.note_moved();
        steps += 100;
        now += took;
        crowd.look(now, steps);
    }

    Crowd crowd;
    TimePoint now{1h};
    std::uint64_t steps = 0;
};

TEST_F(CrowdTest, IsCalmWhereFewMove) {
    work(0, 5us);
    work(24, 5us);
    EXPECT_FALSE(crowd.is_crowded(now));
}

TEST_F(CrowdTest, IsCrowdedForARestWhereManyMove) {
    work(0, 5us);
    work(25, 5us);
    EXPECT_TRUE(crowd.is_crowded(now));
    EXPECT_TRUE(crowd.is_crowded(now + Crowd::rest_min - 1ns));
    EXPECT_FALSE(crowd.is_crowded(now + Crowd::rest_min));
}

TEST_F(CrowdTest, WaitsForEnoughTurns) {
    work(0, 5us);
    for (int i = 0; i < 60; ++i) crowd.note_moved();
    crowd.look(now + 1us, steps + 60);
    EXPECT_FALSE(crowd.is_crowded(now + 1us));
    crowd.look(now + 2us, steps + 100);
    EXPECT_TRUE(crowd.is_crowded(now + 2us));
}

TEST_F(CrowdTest, SharesLongTurnsWhoeverMoves) {
    work(0, 5us);
    work(100, 100us);
    EXPECT_FALSE(crowd.is_crowded(now));
}

TEST_F(CrowdTest, DoesNotProlongARest) {
    work(0, 5us);
    work(50, 5us);
    const TimePoint over = now + Crowd::rest_min;
    work(50, 5us);
    EXPECT_FALSE(crowd.is_crowded(over));
}

TEST_F(CrowdTest, RestsTwiceAsLongEachTimeThatItComesBackAtOnce) {
    work(0, 5us);
    Duration rest = Crowd::rest_min;
    for (int i = 0; i < 5; ++i) {
        work(50, 5us);
        EXPECT_TRUE(crowd.is_crowded(now + rest - 1ns));
        EXPECT_FALSE(crowd.is_crowded(now + rest));
        now += rest;
        rest = std::min(2 * rest, Crowd::rest_max);
        work(0, 5us);
    }
    now += 2 * Crowd::rest_max;
    work(0, 5us);
    work(50, 5us);
    EXPECT_FALSE(crowd.is_crowded(now + Crowd::rest_min));
}

struct Nothing final : Runnable {
    void run(Worker&) noexcept override {}
};

class PatienceTest : public testing::Test {
protected:
    void fill(RunQueue& queue) {
        for (Nothing& entry : entries) ASSERT_TRUE(queue.push(entry));
    }

    Nothing entries[3];
    RunQueue ring;
    Patience patience;
    const TimePoint now{1h};
};

TEST_F(PatienceTest, BearsWithAnEmptyRing) {
    EXPECT_FALSE(patience.lags(ring, now));
    EXPECT_FALSE(patience.lags(ring, now + 1s));
}

TEST_F(PatienceTest, IsOverWhereTheFirstLookIsNotReachedInTime) {
    fill(ring);
    EXPECT_FALSE(patience.lags(ring, now));
    (void)ring.pop();
    (void)ring.pop();
    EXPECT_FALSE(patience.lags(ring, now + Patience::lag - 1ns));
    EXPECT_TRUE(patience.lags(ring, now + Patience::lag));
}

TEST_F(PatienceTest, BeginsAnewWhereItIs) {
    fill(ring);
    EXPECT_FALSE(patience.lags(ring, now));
    for (int i = 0; i < 3; ++i) (void)ring.pop();
    fill(ring);
    EXPECT_FALSE(patience.lags(ring, now + 1s));
    EXPECT_FALSE(patience.lags(ring, now + 1s + Patience::lag - 1ns));
    EXPECT_TRUE(patience.lags(ring, now + 1s + Patience::lag));
}

}  // namespace
}  // namespace greenroom::detail
