// Outbox: one order for all that a client is told, and a limit.
#include "outbox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace chat {

TEST(Outbox, WakesOnceUntilItIsEmptied) {
    int wakes = 0;
    Outbox outbox{100, [&] { ++wakes; }};
    outbox.put("one\r\n");
    outbox.put("two\r\n");
    EXPECT_EQ(wakes, 1);
    EXPECT_EQ(outbox.take(), "one\r\ntwo\r\n");
    EXPECT_EQ(outbox.take(), "");
    outbox.put("three\r\n");
    EXPECT_EQ(wakes, 2);
}

TEST(Outbox, DoesNotWakeWhoIsAtWork) {
    int wakes = 0;
    Outbox outbox{100, [&] { ++wakes; }};
    outbox.hold();
    outbox.put("one\r\n");
    EXPECT_EQ(wakes, 0);
    EXPECT_EQ(outbox.take(), "one\r\n");
    outbox.put("two\r\n");
    EXPECT_EQ(wakes, 1);
}

TEST(Outbox, AboveItsLimitItIsLostAndHoldsNothing) {
    int wakes = 0;
    Outbox outbox{10, [&] { ++wakes; }};
    outbox.put("12345678\r\n");
    EXPECT_FALSE(outbox.overflowed());
    outbox.put("x");
    EXPECT_TRUE(outbox.overflowed());
    outbox.put("y");
    EXPECT_EQ(outbox.take(), "");
    EXPECT_EQ(wakes, 1);
}

TEST(Outbox, AnOverflowWakesToo) {
    int wakes = 0;
    Outbox outbox{1, [&] { ++wakes; }};
    outbox.put("too much");
    EXPECT_EQ(wakes, 1);
}

// Property: nothing is lost or doubled, and what one thread puts stays in its order.
TEST(Outbox, ManyThreadsPutInTheirOrders) {
    constexpr int threads = 4;
    constexpr int lines = 5'000;
    Outbox outbox{1 << 20, [] {}};
    std::vector<std::jthread> writers;
    for (int t = 0; t < threads; ++t) {
        writers.emplace_back([&outbox, t] {
            for (int i = 0; i < lines; ++i) outbox.put(std::string(1, static_cast<char>('a' + t)));
        });
    }
    std::string all;
    while (all.size() < threads * lines) {
        all += outbox.take();
        std::this_thread::yield();
    }
    for (int t = 0; t < threads; ++t) {
        EXPECT_EQ(std::count(all.begin(), all.end(), static_cast<char>('a' + t)), lines);
    }
}

}  // namespace chat
