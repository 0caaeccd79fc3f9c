// Broadcast: every receiver sees every item, or counts what it missed.
#include <greenroom/core/broadcast.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/error.hpp>
#include <greenroom/core/select.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class BroadcastTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(BroadcastTest);

constexpr const char* sending = "broadcast send";
constexpr const char* receiving = "broadcast receive";

std::vector<int> drained(Broadcast<int>::Receiver& receiver) {
    std::vector<int> items;
    while (std::optional<int> item = receiver.try_receive()) items.push_back(*item);
    return items;
}

}  // namespace

TEST_P(BroadcastTest, EachReceiverSeesWhatIsSentFromItsSubscriptionOn) {
    play([](Stage& stage) {
        Broadcast<int> news{4};
        news.send(0);  // nobody is there
        auto early = news.subscribe();
        news.send(1);
        auto late = news.subscribe();
        EXPECT_EQ(news.receivers(), 2u);
        auto waits = stage.spawn([&] {
            EXPECT_EQ(late.receive(), 2);
            return late.receive();
        });
        stage.until_waiting(receiving, 1);
        news.send(2);
        news.send(3);
        EXPECT_EQ(waits.get(), 3);
        EXPECT_EQ(drained(early), (std::vector{1, 2, 3}));
        EXPECT_EQ(news.missed(), 0u);
    });
}

TEST_P(BroadcastTest, WhoIsBehindMissesTheOldestAndCountsThem) {
    play([](Stage&) {
        Broadcast<int> news{2};
        auto slow = news.subscribe();
        auto prompt = news.subscribe();
        for (int i = 1; i <= 5; ++i) {
            news.send(i);
            EXPECT_EQ(prompt.try_receive(), i);
        }
        EXPECT_EQ(drained(slow), (std::vector{4, 5}));
        EXPECT_EQ(slow.missed(), 3u);
        EXPECT_EQ(prompt.missed(), 0u);
        EXPECT_EQ(news.missed(), 3u);
    });
}

TEST_P(BroadcastTest, WithThePolicyWaitSendersWaitForTheSlowest) {
    play([](Stage& stage) {
        Broadcast<int> news{2, WhenBehind::wait};
        auto slow = news.subscribe();
        auto prompt = news.subscribe();
        auto sender = stage.spawn([&] {
            for (int i = 1; i <= 4; ++i) news.send(i);
        });
        stage.until_waiting(sending, 1);
        EXPECT_EQ(drained(prompt), (std::vector{1, 2}));
        EXPECT_FALSE(news.try_send(9));
        EXPECT_FALSE(news.send_before(Deadline::after(1ms), 9));
        EXPECT_EQ(slow.receive(), 1);  // makes room for 3
        EXPECT_EQ(slow.receive(), 2);
        sender.join();
        EXPECT_EQ(drained(slow), (std::vector{3, 4}));
        EXPECT_EQ(drained(prompt), (std::vector{3, 4}));
        EXPECT_EQ(news.missed(), 0u);
    });
}

TEST_P(BroadcastTest, AReceiverThatGoesMakesRoomForWhoWaits) {
    play([](Stage& stage) {
        Broadcast<int> news{1, WhenBehind::wait};
        auto stays = news.subscribe();
        std::optional<Broadcast<int>::Receiver> goes{news.subscribe()};
        news.send(1);
        EXPECT_EQ(stays.receive(), 1);
        auto sender = stage.spawn([&] { news.send(2); });
        stage.until_waiting(sending, 1);
        goes.reset();
        sender.join();
        EXPECT_EQ(stays.receive(), 2);
        EXPECT_EQ(news.receivers(), 1u);
    });
}

TEST_P(BroadcastTest, ItsEndWakesAllAndWhatIsLeftIsSeenFirst) {
    play([](Stage& stage) {
        Broadcast<int> news{1, WhenBehind::wait};
        auto behind = news.subscribe();
        auto seen_all = news.subscribe();
        news.send(1);
        EXPECT_EQ(seen_all.receive(), 1);
        auto receiver = stage.spawn([&] { return seen_all.receive(); });
        stage.until_waiting(receiving, 1);
        auto sender = stage.spawn([&] { EXPECT_THROW(news.send(2), Error); });
        stage.until_waiting(sending, 1);
        news.close();
        EXPECT_EQ(receiver.get(), std::nullopt);
        sender.join();
        std::vector<int> rest;
        for (int& item : behind) rest.push_back(item);
        EXPECT_EQ(rest, (std::vector{1}));
        EXPECT_THROW(news.close(), Error);
        EXPECT_THROW(news.send(3), Error);
    });
}

TEST_P(BroadcastTest, ADeadlineOrACancellationEndsAReceiveAndMissesNothing) {
    play([](Stage& stage) {
        Broadcast<int> news{2};
        auto receiver = news.subscribe();
        EXPECT_EQ(receiver.receive_before(Deadline::after(1ms)), std::nullopt);
        auto task = stage.spawn([&] { (void)receiver.receive(); });
        stage.until_waiting(receiving, 1);
        task.cancel();
        task.join();
        news.send(1);
        EXPECT_EQ(receiver.receive(), 1);
    });
}

TEST_P(BroadcastTest, IsACaseOfSelect) {
    play([](Stage& stage) {
        Broadcast<int> news{2};
        Broadcast<int> other{2};
        auto receiver = news.subscribe();
        auto unheard = other.subscribe();
        const auto selects = [&] {
            int got = 0;
            select(on_receive(unheard, [](int) { FAIL(); }),
                   on_receive(receiver, [&](std::optional<int> item) { got = item.value_or(-1); }));
            return got;
        };
        news.send(1);
        EXPECT_EQ(stage.run(selects), 1);
        auto waits = stage.spawn(selects);
        stage.until_waiting("select", 1);
        news.send(2);
        EXPECT_EQ(waits.get(), 2);
        auto ends = stage.spawn(selects);
        stage.until_waiting("select", 1);
        news.close();
        EXPECT_EQ(ends.get(), -1);
        other.send(3);
        EXPECT_EQ(unheard.receive(), 3) << "the losing case left no trace";
    });
}

TEST_P(BroadcastTest, ItemsEndWhenTheLastReceiverHasSeenThem) {
    play([](Stage&) {
        const auto shared = std::make_shared<int>(1);
        Broadcast<std::shared_ptr<int>> news{4};
        news.send(shared);
        EXPECT_EQ(shared.use_count(), 1) << "nobody is there to see it";
        auto first = news.subscribe();
        {
            auto second = news.subscribe();
            news.send(shared);
            news.send(shared);
            EXPECT_EQ(shared.use_count(), 3);
            (void)first.receive();
            (void)first.receive();
            EXPECT_EQ(shared.use_count(), 3);
            (void)second.receive();
            EXPECT_EQ(shared.use_count(), 2);
        }
        EXPECT_EQ(shared.use_count(), 1) << "who goes counts as having seen all";
    });
}

// Property  Each receiver sees the items in the order sent; seen and missed add up to all.
TEST_P(BroadcastTest, SeenAndMissedAddUpWhileReceiversComeAndGo) {
    for (const WhenBehind policy : {WhenBehind::lose_oldest, WhenBehind::wait}) {
        play(
            [policy](Stage& stage) {
                Broadcast<int> news{3, policy};
                const int items = stage.times(3'000);
                const auto sees = [&news, items, policy] {
                    return [receiver = std::make_shared<Broadcast<int>::Receiver>(news.subscribe()),
                            items, policy] {
                        int last = -1;
                        std::uint64_t seen = 0;
                        for (int& item : *receiver) {
                            EXPECT_GT(item, last);
                            last = item;
                            ++seen;
                        }
                        EXPECT_EQ(seen + receiver->missed(), static_cast<std::uint64_t>(items));
                        if (policy == WhenBehind::lose_oldest) return;
                        EXPECT_EQ(receiver->missed(), 0u);
                    };
                };
                auto plain = stage.thread(sees());
                auto one = stage.spawn(sees());
                auto two = stage.spawn(sees());
                auto guests = stage.spawn([&] {
                    for (int i = 0; i < items / 10 && !news.closed(); ++i) {
                        auto guest = news.subscribe();
                        (void)guest.receive_before(Deadline::after(1ms));
                    }
                });
                for (int i = 0; i < items; ++i) news.send(i);
                guests.join();
                news.close();
                plain.reset();
                one.join();
                two.join();
            },
            {}, 20);
    }
}

}  // namespace greenroom
