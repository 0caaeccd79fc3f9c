// Channel: in order, within its capacity, served in order of arrival.
#include <greenroom/core/channel.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class ChannelTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(ChannelTest);

constexpr const char* sending = "channel send";
constexpr const char* receiving = "channel receive";

// Neither copied nor made from nothing.
class Parcel {
public:
    explicit Parcel(int number) : number_{std::make_unique<int>(number)} {}
    int number() const { return number_ == nullptr ? -1 : *number_; }

private:
    std::unique_ptr<int> number_;
};

template <class T>
std::vector<T> drained(Channel<T>& channel) {
    std::vector<T> items;
    while (std::optional<T> item = channel.try_receive()) items.push_back(*item);
    return items;
}

}  // namespace

TEST_P(ChannelTest, AProducerWaitsWhileItIsFullAndTheOrderIsKept) {
    play([](Stage& stage) {
        Channel<int> channel{2};
        auto producer = stage.spawn([&] {
            for (int i = 0; i < 3; ++i) channel.send(i);
        });
        stage.until_waiting(sending, 1);
        EXPECT_EQ(channel.size(), 2u);
        EXPECT_EQ(channel.receive(), 0);
        producer.join();
        EXPECT_EQ(channel.size(), 2u);
        EXPECT_EQ(drained(channel), (std::vector{1, 2}));
    });
}

TEST_P(ChannelTest, AReceiverThatWaitsGetsTheItemThatIsSentLater) {
    play([](Stage& stage) {
        Channel<int> channel{2};
        auto receiver = stage.spawn([&] { return channel.receive(); });
        stage.until_waiting(receiving, 1);
        EXPECT_FALSE(receiver.done());
        channel.send(7);
        EXPECT_EQ(channel.size(), 0u) << "handed over, not left inside";
        EXPECT_EQ(receiver.get(), 7);
    });
}

TEST_P(ChannelTest, TheTryFormsNeverWaitAndChangeNothingWhenTheyFail) {
    play([](Stage&) {
        Channel<int> channel{1};
        EXPECT_EQ(channel.try_receive(), std::nullopt);
        EXPECT_TRUE(channel.try_send(1));
        EXPECT_FALSE(channel.try_send(2));
        EXPECT_EQ(channel.size(), 1u);
        EXPECT_EQ(channel.try_receive(), 1);
        EXPECT_EQ(channel.try_receive(), std::nullopt);
    });
}

TEST_P(ChannelTest, ReceiversAreServedInOrderOfArrivalAndOneThatIsCancelledLeavesTheLine) {
    play([](Stage& stage) {
        Channel<int> channel{4};
        auto first = stage.spawn([&] { return channel.receive(); });
        stage.until_waiting(receiving, 1);
        auto second = stage.spawn([&] { return channel.receive(); });
        stage.until_waiting(receiving, 2);
        auto third = stage.spawn([&] { return channel.receive(); });
        stage.until_waiting(receiving, 3);
        first.cancel();
        EXPECT_THROW(first.get(), Error);
        channel.send(1);
        channel.send(2);
        EXPECT_EQ(second.get(), 1);
        EXPECT_EQ(third.get(), 2);
        EXPECT_EQ(channel.size(), 0u);
    });
}

TEST_P(ChannelTest, SendersAreServedInOrderAndTheItemOfACancelledOneNeverArrives) {
    play([](Stage& stage) {
        Channel<int> channel{1};
        channel.send(0);
        auto first = stage.spawn([&] { channel.send(1); });
        stage.until_waiting(sending, 1);
        auto second = stage.spawn([&] { channel.send(2); });
        stage.until_waiting(sending, 2);
        auto third = stage.spawn([&] { channel.send(3); });
        stage.until_waiting(sending, 3);
        second.cancel();
        EXPECT_THROW(second.get(), Error);
        EXPECT_EQ(channel.receive(), 0);
        EXPECT_EQ(channel.receive(), 1);
        EXPECT_EQ(channel.receive(), 3);
        first.join();
        third.join();
        EXPECT_EQ(channel.try_receive(), std::nullopt);
    });
}

TEST_P(ChannelTest, AnItemThatComesWithTheDeadlineIsReceivedOrStillInside) {
    int in_time = 0;
    int too_late = 0;
    play([&](Stage& stage) {
        for (int round = 0; round < 20; ++round) {
            Channel<int> channel{1};
            auto receiver =
                stage.spawn([&] { return channel.receive_before(Deadline::after(1ms)); });
            if (round % 2 == 0) stage.run([] { sleep_for(1ms); });
            channel.send(7);  // races with the deadline
            const std::optional<int> received = receiver.get();
            EXPECT_EQ(channel.try_receive(),
                      received.has_value() ? std::nullopt : std::optional{7});
            ++(received.has_value() ? in_time : too_late);
        }
    });
    expect_both(in_time, too_late);
}

TEST_P(ChannelTest, ADeadlineEndsBothKindsOfWaitAndMovesNothing) {
    play([](Stage& stage) {
        Channel<Parcel> channel{1};
        const auto tries = [&channel] {
            EXPECT_FALSE(channel.receive_before(Deadline::after(1ms)).has_value());
            EXPECT_TRUE(channel.send_before(Deadline::after(-1ms), Parcel{1}));
            Parcel kept{2};
            EXPECT_FALSE(channel.send_before(Deadline::after(1ms), std::move(kept)));
            EXPECT_EQ(kept.number(), 2);
            EXPECT_EQ(channel.receive_before(Deadline::after(-1ms))->number(), 1);
        };
        stage.run(tries);
        tries();  // a plain thread
        EXPECT_EQ(channel.size(), 0u);
    });
}

TEST_P(ChannelTest, OfCapacityZeroASendReturnsOnlyWhenAReceiverHasTheItem) {
    play([](Stage& stage) {
        Channel<int> channel{0};
        EXPECT_FALSE(channel.try_send(1)) << "nobody waits for it";
        auto sender = stage.spawn([&] { channel.send(1); });
        stage.until_waiting(sending, 1);
        EXPECT_EQ(channel.size(), 0u);
        EXPECT_FALSE(sender.done());
        EXPECT_EQ(channel.receive(), 1);
        sender.join();
        auto receiver = stage.spawn([&] { return channel.receive(); });
        stage.until_waiting(receiving, 1);
        EXPECT_TRUE(channel.try_send(2));
        EXPECT_EQ(receiver.get(), 2);
    });
}

TEST_P(ChannelTest, ASenderCancelledBeforeTheHandOverKeepsItsItem) {
    play([](Stage& stage) {
        Channel<Parcel> channel{0};
        int kept = 0;
        auto sender = stage.spawn([&] {
            Parcel parcel{5};
            try {
                channel.send(std::move(parcel));
            } catch (const Cancelled&) {
                kept = parcel.number();
            }
        });
        stage.until_waiting(sending, 1);
        sender.cancel();
        sender.join();
        EXPECT_EQ(kept, 5);
        EXPECT_FALSE(channel.try_receive().has_value());
    });
}

TEST_P(ChannelTest, WhoWasHandedAnItemReturnsWithItAndHearsOfACancellationLater) {
    play([](Stage& stage) {
        Channel<int> channel{1};
        Event never;
        std::optional<int> got;
        bool heard = false;
        auto receiver = stage.spawn([&] {
            got = channel.receive();
            try {
                never.wait();
            } catch (const Cancelled&) {
                heard = true;
            }
        });
        stage.until_waiting(receiving, 1);
        channel.send(3);
        receiver.cancel();
        receiver.join();
        EXPECT_EQ(got, 3);
        EXPECT_TRUE(heard);
    });
}

TEST_P(ChannelTest, ACancelledFiberThrowsThoughItCouldGoOnAndNothingMoves) {
    play([](Stage& stage) {
        Channel<int> channel{2};
        channel.send(1);
        Event begin;
        auto task = stage.spawn([&] {
            {
                const CancellationMask mask;
                begin.wait();
            }
            try {
                (void)channel.receive();
                ADD_FAILURE() << "it should have thrown";
            } catch (const Cancelled&) {
                channel.send(2);  // the request is taken
            }
        });
        stage.until_waiting("event", 1);
        task.cancel();
        begin.set();
        task.join();
        EXPECT_EQ(drained(channel), (std::vector{1, 2}));
    });
}

TEST_P(ChannelTest, WaitersThatAreCancelledLeaveNoTraceInIt) {
    play([](Stage& stage) {
        Channel<int> full{1};
        full.send(0);
        {
            std::vector<Task<void>> tasks;
            Channel<int> empty{1};  // its end aborts if somebody is still listed
            for (int i = 0; i < 5; ++i) {
                tasks.push_back(stage.spawn([&] { (void)empty.receive(); }));
                tasks.push_back(stage.spawn([&] { full.send(1); }));
            }
            stage.until_waiting(receiving, 5);
            stage.until_waiting(sending, 5);
            for (auto& task : tasks) task.cancel();
            for (auto& task : tasks) task.join();
        }
        EXPECT_EQ(full.receive(), 0);
        EXPECT_EQ(full.try_receive(), std::nullopt);
    });
}

TEST_P(ChannelTest, OfCapacityOneSendersAndReceiversNeverBothWait) {
    play([](Stage& stage) {
        constexpr int pairs = 3;
        Channel<int> channel{1};
        const int items = stage.times(1'000);
        std::vector<Task<void>> tasks;
        for (int i = 0; i < pairs; ++i) {
            tasks.push_back(stage.spawn([&channel, items] {
                for (int j = 0; j < items; ++j) channel.send(j);
            }));
            tasks.push_back(stage.spawn([&channel, items] {
                for (int j = 0; j < items; ++j) (void)channel.receive();
            }));
        }
        for (auto& task : tasks) task.join();  // nobody closes it: who waits for nothing hangs
        EXPECT_EQ(channel.size(), 0u);
    });
}

TEST_P(ChannelTest, PlainThreadsAndFibersWaitInOneLine) {
    play([](Stage& stage) {
        Channel<int> channel{1};
        std::optional<int> of_thread;
        auto thread = stage.thread([&] { of_thread = channel.receive(); });
        stage.until_waiting(receiving, 1);
        auto fiber = stage.spawn([&] { return channel.receive(); });
        stage.until_waiting(receiving, 2);
        std::optional<int> of_last;
        auto last = stage.thread([&] { of_last = channel.receive(); });
        stage.until_waiting(receiving, 3);
        for (const int item : {1, 2, 3}) channel.send(item);
        thread.reset();
        last.reset();
        EXPECT_EQ(of_thread, 1);
        EXPECT_EQ(fiber.get(), 2);
        EXPECT_EQ(of_last, 3);
    });
}

TEST_P(ChannelTest, JoinsTwoRuntimesAndAPlainThread) {
    play([](Stage& stage) {
        RuntimeOptions options;
        options.workers = 1;
        options.clock = this_machine();
        options.threads = this_machine();
        options.chance = this_machine();
        Runtime other{options};
        Channel<int> there{1};
        Channel<int> back{1};
        auto echo = spawn(other, [&] {
            for (int& item : there) back.send(item * 2);
            back.close();
        });
        auto asker = stage.thread([&] {
            for (int i = 0; i < 20; ++i) there.send(i);
            there.close();
        });
        auto sum = stage.spawn([&] {
            int total = 0;
            for (int& item : back) total += item;
            return total;
        });
        EXPECT_EQ(sum.get(), 380);
        echo.join();
    });
}

TEST_P(ChannelTest, ItemsInsideAreDestroyedWithIt) {
    play([](Stage&) {
        auto shared = std::make_shared<int>(1);
        {
            Channel<std::shared_ptr<int>> channel{3};
            for (int i = 0; i < 2; ++i) channel.send(shared);
            (void)channel.receive();
            for (int i = 0; i < 2; ++i) channel.send(shared);  // round the end of the ring
            EXPECT_EQ(shared.use_count(), 4);
        }
        EXPECT_EQ(shared.use_count(), 1);
    });
}

TEST_P(ChannelTest, ADumpNamesTheWaitAndItsLine) {
    play([](Stage& stage) {
        Channel<int> channel{0};
        auto receiver = stage.spawn([&] { return channel.receive(); });
        stage.until_waiting(receiving, 1);
        EXPECT_NE(stage.runtime.dump().find("channel_test.cpp"), std::string::npos);
        channel.close();
        receiver.join();
    });
}

TEST(ChannelDeathTest, DestroyingOneThatIsWaitedForAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto destroys_it = [] {
        Runtime runtime{{.workers = 1}};
        Stage stage{runtime, kernel_threads(), false};
        std::optional<Channel<int>> channel{std::in_place, 0u};
        auto waiter = stage.spawn([&] { (void)channel->receive(); });
        stage.until_waiting(receiving, 1);
        channel.reset();
    };
    EXPECT_DEATH(destroys_it(), "first_ == nullptr");
}

}  // namespace greenroom
