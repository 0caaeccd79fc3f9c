// select: one case of those that are ready, and no trace of the others.
#include <greenroom/core/select.hpp>

#include <gtest/gtest.h>

#include <array>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class SelectTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(SelectTest);

constexpr const char* selecting = "select";

using Parcel = std::unique_ptr<int>;

}  // namespace

TEST_P(SelectTest, TakesTheOneCaseThatIsReadyAndReturnsItsPlace) {
    play([](Stage& stage) {
        Channel<int> empty{1};
        Channel<int> ready{1};
        Channel<int> full{1};
        full.send(0);
        ready.send(7);
        const auto selects = [&] {
            int got = 0;
            const std::size_t place =
                select(on_receive(empty, [](int) { FAIL(); }), on_send(full, 1, [] { FAIL(); }),
                       on_receive(ready, [&](int item) { got = item; }));
            EXPECT_EQ(place, 2u);
            EXPECT_EQ(got, 7);
        };
        stage.run(selects);
        ready.send(7);
        selects();  // a plain thread
        EXPECT_EQ(full.size(), 1u);
    });
}

TEST_P(SelectTest, OfReadyCasesEachIsTakenAboutEquallyOftenAndTheUnreadyNever) {
    play(
        [](Stage& stage) {
            const auto selects = [] {
                constexpr int rounds = 600;
                Channel<int> left{1};
                Channel<int> right{1};
                Channel<int> never{1};
                Event event;
                event.set();
                std::array<int, 5> taken{};
                for (int i = 0; i < rounds; ++i) {
                    (void)left.try_send(1);
                    (void)right.try_receive();
                    ++taken[select(on_receive(left, [](int) {}), on_receive(never, [](int) {}),
                                   on_event(event), on_send(right, 1), after(0s))];
                }
                EXPECT_EQ(taken[1], 0);
                EXPECT_EQ(taken[4], 0) << "a deadline counts only if nothing is ready";
                // A third of the rounds each, give or take five standard deviations.
                for (const std::size_t place : {0u, 2u, 3u}) EXPECT_NEAR(taken[place], 200, 58);
            };
            stage.run(selects);
            selects();
        },
        {}, 5);
}

TEST_P(SelectTest, WaitsUntilACaseIsReady) {
    play([](Stage& stage) {
        Channel<int> left{0};
        Channel<int> right{0};
        const auto selects = [&] {
            int got = 0;
            const auto keeps = [&](int item) { got = item; };
            select(on_receive(left, keeps), on_receive(right, keeps));
            return got;
        };
        auto fiber = stage.spawn(selects);
        stage.until_waiting(selecting, 1);
        EXPECT_FALSE(fiber.done());
        right.send(5);
        EXPECT_EQ(fiber.get(), 5);
        auto sender = stage.spawn([&] { left.send(6); });
        EXPECT_EQ(selects(), 6);  // a plain thread
        sender.join();
    });
}

TEST_P(SelectTest, LosingCasesLeaveNoTrace) {
    play([](Stage& stage) {
        Channel<int> left{0};
        Channel<Parcel> right{0};
        Event event{Event::Reset::automatic};
        auto fiber = stage.spawn([&] {
            Parcel kept = std::make_unique<int>(3);
            select(on_receive(left, [](int item) { EXPECT_EQ(item, 1); }),
                   on_send(right, std::move(kept), [] { FAIL(); }), on_event(event));
            return *kept;  // NOLINT(bugprone-use-after-move): it is moved from only if it is sent
        });
        stage.until_waiting(selecting, 1);
        left.send(1);
        EXPECT_EQ(fiber.get(), 3);
        EXPECT_FALSE(left.try_send(2)) << "nobody waits there any more";
        EXPECT_FALSE(right.try_receive().has_value());
        event.set();
        EXPECT_TRUE(event.is_set()) << "nobody has taken it";
    });
}

TEST_P(SelectTest, SendsACopyOfWhatTheCallerKeeps) {
    play([](Stage& stage) {
        Channel<std::string> channel{0};
        const std::string kept = "a line that is too long to lie inside of the string";
        auto receiver = stage.spawn([&] { return channel.receive(); });
        select(on_send(channel, kept));
        EXPECT_EQ(receiver.get(), kept);
    });
}

TEST_P(SelectTest, SendAndReceiveOnOneChannelNeitherMeetThemselvesNorLock) {
    play([](Stage& stage) {
        Channel<int> channel{0};
        const auto either = [&](int self) {
            return [&channel, self] {
                return select(on_send(channel, self),
                              on_receive(channel, [self](int sender) { EXPECT_NE(sender, self); }));
            };
        };
        EXPECT_EQ(select(on_send(channel, 0), on_receive(channel, [](int) {}), otherwise()), 2u);
        auto one = stage.spawn(either(1));
        stage.until_waiting(selecting, 1);
        EXPECT_FALSE(one.done());
        auto two = stage.spawn(either(2));
        EXPECT_NE(one.get(), two.get()) << "one sends, one receives";
    });
}

TEST_P(SelectTest, ADeadlineEndsItAndMovesNothing) {
    play([](Stage& stage) {
        const auto selects = [] {
            Channel<int> empty{1};
            Channel<Parcel> full{0};
            Parcel kept = std::make_unique<int>(1);
            bool late = false;
            EXPECT_EQ(select(on_receive(empty, [](int) { FAIL(); }), after(1h, [] { FAIL(); }),
                             on_send(full, std::move(kept)), after(1ms, [&] { late = true; })),
                      3u);
            EXPECT_TRUE(late);
            EXPECT_NE(kept, nullptr);
            EXPECT_EQ(select(after(1ms)), 0u) << "nothing but a deadline";
        };
        stage.run(selects);
        selects();
    });
}

TEST_P(SelectTest, WithOtherwiseItNeverWaits) {
    play([](Stage& stage) {
        Channel<int> channel{1};
        const auto selects = [&] {
            return select(on_receive(channel, [](int) {}), otherwise(), after(1h));
        };
        EXPECT_EQ(selects(), 1u);
        EXPECT_EQ(stage.run(selects), 1u);
        channel.send(1);
        EXPECT_EQ(stage.run(selects), 0u);
    });
}

TEST_P(SelectTest, ACaseWhoseConditionDoesNotHoldIsNotThere) {
    play([](Stage&) {
        Channel<int> channel{1};
        channel.send(1);
        EXPECT_EQ(select(when(false, on_receive(channel, [](int) {})), otherwise()), 1u);
        EXPECT_EQ(select(when(true, on_receive(channel, [](int) {})), otherwise()), 0u);
        EXPECT_EQ(select(when(false, otherwise()), after(1ms)), 1u);
    });
}

TEST_P(SelectTest, TheEndOfAChannelIsACaseThatIsReady) {
    play([](Stage& stage) {
        Channel<int> channel{1};
        channel.send(1);
        auto fiber = stage.spawn([&] {
            int got = 0;
            for (bool open = true; open;) {
                select(on_receive(channel, [&](std::optional<int> item) {
                    open = item.has_value();
                    got += item.value_or(0);
                }));
            }
            return got;
        });
        stage.until_waiting(selecting, 1);
        channel.close();  // wakes it
        EXPECT_EQ(fiber.get(), 1);
        EXPECT_THROW(select(on_receive(channel, [](int) {})), Error) << "it has no item to give";
        EXPECT_THROW(select(on_send(channel, 1)), Error);
    });
}

TEST_P(SelectTest, ASendThatWaitsHearsOfTheEnd) {
    play([](Stage& stage) {
        Channel<Parcel> channel{0};
        auto fiber = stage.spawn([&] {
            Parcel kept = std::make_unique<int>(4);
            EXPECT_THROW(select(on_send(channel, std::move(kept))), Error);
            return *kept;  // NOLINT(bugprone-use-after-move): nothing was sent
        });
        stage.until_waiting(selecting, 1);
        channel.close();
        EXPECT_EQ(fiber.get(), 4);
    });
}

TEST_P(SelectTest, WaitsForEventsAndTasks) {
    play([](Stage& stage) {
        Event never;
        Event begin;
        auto task = stage.spawn([&] { begin.wait(); });
        auto fiber = stage.spawn([&] {
            return select(on_event(never), on_join(task, [&] { EXPECT_TRUE(task.done()); }));
        });
        stage.until_waiting(selecting, 1);
        begin.set();
        EXPECT_EQ(fiber.get(), 1u);
        EXPECT_EQ(select(on_join(task), on_event(never)), 0u);
        task.join();
        auto other = stage.spawn([&] { return select(on_event(never), after(1h)); });
        stage.until_waiting(selecting, 1);
        never.set();
        EXPECT_EQ(other.get(), 0u);
    });
}

TEST_P(SelectTest, WaitsForFutures) {
    play([](Stage& stage) {
        Promise<int> promise;
        Future<int> future = promise.future();
        Promise<int> unkept;
        SharedFuture<int> other = unkept.future().share();
        auto fiber = stage.spawn([&] {
            int got = 0;
            EXPECT_EQ(select(on_future(other), on_future(future, [&] { got = future.get(); })), 1u);
            return got;
        });
        stage.until_waiting(selecting, 1);
        promise.set(8);
        EXPECT_EQ(fiber.get(), 8);
        unkept.set(9);
        EXPECT_EQ(select(on_future(other), otherwise()), 0u) << "the losing case left no trace";
    });
}

TEST_P(SelectTest, ACancellationEndsItAndTakesNothing) {
    play([](Stage& stage) {
        Channel<int> channel{0};
        Event event{Event::Reset::automatic};
        auto fiber = stage.spawn([&] { select(on_receive(channel, [](int) {}), on_event(event)); });
        stage.until_waiting(selecting, 1);
        fiber.cancel();
        fiber.join();
        EXPECT_FALSE(channel.try_send(1));
        event.set();
        EXPECT_TRUE(event.is_set());
    });
}

TEST_P(SelectTest, ACancelledFiberThrowsThoughACaseIsReady) {
    play([](Stage& stage) {
        Channel<int> channel{1};
        channel.send(1);
        Event begin;
        auto fiber = stage.spawn([&] {
            {
                const CancellationMask mask;
                begin.wait();
            }
            select(on_receive(channel, [](int) { FAIL(); }));
        });
        stage.until_waiting("event", 1);
        fiber.cancel();
        begin.set();
        fiber.join();
        EXPECT_EQ(channel.size(), 1u);
    });
}

TEST_P(SelectTest, WhatACaseThrowsComesOutOfSelect) {
    play([](Stage& stage) {
        Channel<int> channel{1};
        channel.send(1);
        EXPECT_THROW(stage.run([&] { select(on_receive(channel, [](int item) { throw item; })); }),
                     int);
    });
}

TEST_P(SelectTest, TheCaseThatWasChosenMayDestroyItsChannel) {
    play([](Stage& stage) {
        for (int i = 0; i < stage.times(300); ++i) {
            std::optional<Channel<int>> channel{std::in_place, static_cast<std::size_t>(i % 2)};
            Channel<int> other{0};
            auto sender = stage.spawn([&channel] { channel->send(1); });
            select(on_receive(*channel, [](int) {}), on_receive(other, [](int) {}));
            channel.reset();
            sender.join();
        }
    });
}

}  // namespace greenroom
