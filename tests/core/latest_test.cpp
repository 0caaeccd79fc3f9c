// Latest: everybody sees the latest value, and hears of each change that it has not missed.
#include <greenroom/core/latest.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/error.hpp>
#include <greenroom/core/select.hpp>
#include <optional>
#include <string>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class LatestTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(LatestTest);

constexpr const char* receiving = "latest receive";

}  // namespace

TEST_P(LatestTest, AReceiverSeesThePresentValueAndThenEachChange) {
    play([](Stage& stage) {
        Latest<std::string> state{"begun"};
        EXPECT_EQ(state.get(), "begun");
        auto changes = state.subscribe();
        auto receiver = stage.spawn([&] {
            EXPECT_EQ(changes.receive(), "begun");
            return changes.receive();
        });
        stage.until_waiting(receiving, 1);
        state.send("done");
        EXPECT_EQ(receiver.get(), "done");
        EXPECT_EQ(state.get(), "done");
        EXPECT_EQ(changes.try_receive(), std::nullopt);
    });
}

TEST_P(LatestTest, OfSeveralChangesTheLatestIsSeenAndTheOthersAreCounted) {
    play([](Stage&) {
        Latest<int> value{0};
        auto changes = value.subscribe();
        for (int i = 1; i <= 4; ++i) value.send(i);
        EXPECT_EQ(changes.receive(), 4);
        EXPECT_EQ(changes.missed(), 4u);
        EXPECT_EQ(changes.receive_before(Deadline::after(1ms)), std::nullopt);
        value.send(5);
        EXPECT_EQ(changes.receive(), 5);
        EXPECT_EQ(changes.missed(), 4u);
    });
}

TEST_P(LatestTest, ItsEndIsSeenAfterTheLatestValue) {
    play([](Stage& stage) {
        Latest<int> value{0};
        auto behind = value.subscribe();
        auto waits = value.subscribe();
        EXPECT_EQ(waits.receive(), 0);
        auto receiver = stage.spawn([&] { return waits.receive(); });
        stage.until_waiting(receiving, 1);
        value.close();
        EXPECT_EQ(receiver.get(), std::nullopt);
        EXPECT_EQ(behind.receive(), 0);
        EXPECT_EQ(behind.receive(), std::nullopt);
        EXPECT_THROW(value.send(1), Error);
        EXPECT_THROW(value.close(), Error);
        EXPECT_EQ(value.get(), 0);
    });
}

TEST_P(LatestTest, ACancelledReceiveSeesNothingAndLeavesTheLine) {
    play([](Stage& stage) {
        Latest<int> value{0};
        auto changes = value.subscribe();
        EXPECT_EQ(changes.receive(), 0);
        auto task = stage.spawn([&] { (void)changes.receive(); });
        stage.until_waiting(receiving, 1);
        task.cancel();
        task.join();
        value.send(1);
        EXPECT_EQ(changes.receive(), 1);
    });
}

TEST_P(LatestTest, IsACaseOfSelect) {
    play([](Stage& stage) {
        Latest<int> value{0};
        auto changes = value.subscribe();
        EXPECT_EQ(changes.receive(), 0);
        auto task = stage.spawn([&] {
            int got = 0;
            select(on_receive(changes, [&](int item) { got = item; }), after(1h));
            return got;
        });
        stage.until_waiting("select", 1);
        value.send(3);
        EXPECT_EQ(task.get(), 3);
    });
}

// Property  A receiver sees values in the order sent, the last one for certain; seen and missed add
//           up to all.
TEST_P(LatestTest, SeenAndMissedAddUp) {
    play(
        [](Stage& stage) {
            Latest<int> value{0};
            const int count = stage.times(3'000);
            const auto sees = [&] {
                auto changes = value.subscribe();
                int last = -1;
                std::uint64_t seen = 0;
                for (int& item : changes) {
                    EXPECT_GT(item, last);
                    last = item;
                    ++seen;
                }
                EXPECT_EQ(last, count);
                EXPECT_LE(seen + changes.missed(), static_cast<std::uint64_t>(count) + 1);
            };
            auto plain = stage.thread(sees);
            auto one = stage.spawn(sees);
            auto two = stage.spawn(sees);
            for (int i = 1; i <= count; ++i) value.send(i);
            value.close();
            plain.reset();
            one.join();
            two.join();
        },
        {}, 20);
}

}  // namespace greenroom
