// Channel: which item is next, and channels without a bound.
#include <greenroom/core/channel.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/error.hpp>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/on_runtimes.hpp"
#include "support/seed.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class ChannelOrderTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(ChannelOrderTest);

struct Job {
    int urgency = 0;
    int number = 0;
    std::unique_ptr<int> load = std::make_unique<int>(1);  // that is seen to end
};

struct MoreUrgent {
    bool operator()(const Job& left, const Job& right) const noexcept {
        return left.urgency > right.urgency;
    }
};

template <class T, class Order>
std::vector<T> drained(Channel<T, Order>& channel) {
    std::vector<T> items;
    while (std::optional<T> item = channel.try_receive()) items.push_back(std::move(*item));
    return items;
}

}  // namespace

TEST_P(ChannelOrderTest, WithoutABoundASendNeverWaitsAndTheOrderIsKept) {
    play([](Stage& stage) {
        Channel<int> channel{unbounded};
        EXPECT_EQ(channel.capacity(), SIZE_MAX);
        const int count = stage.times(10'000);
        for (int i = 0; i < count; ++i) EXPECT_TRUE(channel.try_send(i));
        EXPECT_EQ(channel.size(), static_cast<std::size_t>(count));
        stage.run([&] {
            for (int i = 0; i < count; ++i) EXPECT_EQ(channel.receive(), i);
        });
        auto receiver = stage.spawn([&] { return channel.receive(); });
        stage.until_waiting("channel receive", 1);
        channel.send(1);
        EXPECT_EQ(receiver.get(), 1);
        channel.send(2);
        channel.close();
        EXPECT_EQ(channel.receive(), 2);
        EXPECT_EQ(channel.receive(), std::nullopt);
    });
}

TEST_P(ChannelOrderTest, NewestFirstIsLastInFirstOut) {
    play([](Stage& stage) {
        Channel<int, NewestFirst> channel{3};
        for (const int item : {1, 2, 3}) channel.send(item);
        EXPECT_FALSE(channel.try_send(4)) << "it has a bound like others";
        auto sender = stage.spawn([&] { channel.send(4); });
        stage.until_waiting("channel send", 1);
        EXPECT_EQ(channel.receive(), 3);
        sender.join();
        EXPECT_EQ(drained(channel), (std::vector{4, 2, 1}));
    });
}

TEST_P(ChannelOrderTest, OrderedGivesTheSmallestAndOfEqualOnesTheOldest) {
    play([](Stage& stage) {
        Channel<int, Ordered<>> numbers{unbounded};
        for (const int item : {3, 1, 2}) numbers.send(item);
        EXPECT_EQ(drained(numbers), (std::vector{1, 2, 3}));

        Channel<Job, Ordered<MoreUrgent>> jobs{3};
        jobs.send({.urgency = 1, .number = 1});
        jobs.send({.urgency = 2, .number = 2});
        jobs.send({.urgency = 1, .number = 3});
        auto sender = stage.spawn([&] { jobs.send({.urgency = 2, .number = 4}); });
        stage.until_waiting("channel send", 1);
        std::vector<int> order;
        for (int i = 0; i < 4; ++i) order.push_back(jobs.receive()->number);
        EXPECT_EQ(order, (std::vector{2, 4, 1, 3}));
        sender.join();
    });
}

TEST_P(ChannelOrderTest, AReceiverThatWaitsIsHandedTheItemWhateverTheOrder) {
    play([](Stage& stage) {
        Channel<int, Ordered<>> channel{0};
        auto receiver = stage.spawn([&] { return channel.receive(); });
        stage.until_waiting("channel receive", 1);
        channel.send(5);
        EXPECT_EQ(receiver.get(), 5);
    });
}

TEST_P(ChannelOrderTest, EachItemIsReceivedOnceFromManySenders) {
    play(
        [](Stage& stage) {
            const auto plays = [&stage](auto& channel) {
                constexpr int senders = 3;
                const int items = stage.times(2'000);
                std::vector<std::vector<int>> got(2);
                const auto receives = [&](std::vector<int>& mine) {
                    return [&channel, &mine] {
                        for (int& item : channel) mine.push_back(item);
                    };
                };
                const auto sends = [&](int sender) {
                    return [&channel, items, sender] {
                        for (int i = 0; i < items; ++i) channel.send(sender * items + i);
                    };
                };
                auto receiver = stage.spawn(receives(got[0]));
                auto plain_receiver = stage.thread(receives(got[1]));
                auto first = stage.spawn(sends(0));
                auto second = stage.spawn(sends(1));
                sends(2)();
                first.join();
                second.join();
                channel.close();
                receiver.join();
                plain_receiver.reset();
                std::vector<int> all = got[0];
                all.insert(all.end(), got[1].begin(), got[1].end());
                std::sort(all.begin(), all.end());
                ASSERT_EQ(all.size(), static_cast<std::size_t>(senders * items));
                EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
            };
            Channel<int> endless{unbounded};
            plays(endless);
            Channel<int, NewestFirst> stack{7};
            plays(stack);
            Channel<int, Ordered<std::greater<>>> heap{7};
            plays(heap);
        },
        {}, 10);
}

TEST(ChannelOrder, OrderedIsAStableSortOfAnything) {
    std::mt19937 random = support::printed_seed();
    for (int round = 0; round < 50; ++round) {
        Channel<Job, Ordered<MoreUrgent>> channel{unbounded};
        std::vector<std::pair<int, int>> expected;
        for (int i = 0; i < 300; ++i) {
            const int urgency = static_cast<int>(random() % 20);
            channel.send({.urgency = urgency, .number = i});
            expected.emplace_back(-urgency, i);
            if (random() % 3 != 0) continue;
            const auto best = std::min_element(expected.begin(), expected.end());
            EXPECT_EQ(channel.receive()->number, best->second);
            expected.erase(best);
        }
        std::sort(expected.begin(), expected.end());
        for (const auto& [urgency, number] : expected) {
            EXPECT_EQ(channel.receive()->number, number);
        }
    }
}

TEST(ChannelOrder, ItemsInsideAreDestroyedWithItOrThrownAway) {
    const auto shared = std::make_shared<int>(1);
    const auto fills = [&shared](auto&& channel) {
        for (int i = 0; i < 100; ++i) channel.send(shared);
        (void)channel.receive();
        EXPECT_EQ(shared.use_count(), 100);
        EXPECT_EQ(channel.close_and_discard(), 99u);
        EXPECT_EQ(shared.use_count(), 1);
    };
    fills(Channel<std::shared_ptr<int>>{unbounded});
    fills(Channel<std::shared_ptr<int>, NewestFirst>{unbounded});
    fills(Channel<std::shared_ptr<int>, Ordered<>>{200});
    {
        Channel<std::shared_ptr<int>, Ordered<>> left_full{unbounded};
        left_full.send(shared);
    }
    EXPECT_EQ(shared.use_count(), 1);
}

TEST(ChannelOrder, WithoutABoundMemoryIsGivenBackWhenItIsReceived) {
    if (!detail::blocks_are_pooled()) return;  // with AddressSanitizer the heap is its own witness
    Channel<int> channel{unbounded};
    const auto blocks_before = detail::block_stats().blocks_out;
    for (int i = 0; i < 100'000; ++i) channel.send(i);
    EXPECT_GE(detail::block_stats().blocks_out, blocks_before + 90'000);
    for (int i = 0; i < 100'000; ++i) (void)channel.receive();
    detail::trim_blocks();
    EXPECT_LE(detail::block_stats().blocks_out, blocks_before + 200);
}

}  // namespace greenroom
