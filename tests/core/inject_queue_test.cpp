// InjectQueue: by hand, then producers and consumers at once.
//
// Property  What was pushed is popped exactly once, with all that was written before; and as long
// as
//           has_work() says so, somebody who asks gets an entry.
#include "inject_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "support/seed.hpp"

namespace greenroom::detail {

namespace {

struct Item final : Runnable {
    void run(Worker&) noexcept override {}
    int taken = 0;  // plain on purpose: ThreadSanitizer then checks the hand-over
};

}  // namespace

TEST(InjectQueue, GivesBackInOrderWhatOneThreadPushed) {
    InjectQueue queue;
    std::array<Item, 3> items;
    EXPECT_FALSE(queue.has_work());
    EXPECT_EQ(queue.pop(), nullptr);
    for (Item& item : items) queue.push(item);
    EXPECT_TRUE(queue.has_work());
    EXPECT_EQ(queue.size_hint(), 3u);
    for (Item& item : items) EXPECT_EQ(queue.pop(), &item);
    EXPECT_FALSE(queue.has_work());
    EXPECT_EQ(queue.pop(), nullptr);
}

TEST(InjectQueue, TakesNoMoreInBulkThanAskedForOrThere) {
    InjectQueue queue;
    std::array<Item, 5> items;
    std::array<Runnable*, 5> in{};
    for (std::size_t i = 0; i < items.size(); ++i) in[i] = &items[i];
    queue.push_bulk(in.data(), in.size());
    std::array<Runnable*, 8> out{};
    EXPECT_EQ(queue.pop_bulk(out.data(), 3), 3u);
    EXPECT_EQ(queue.pop_bulk(out.data() + 3, 5), 2u);
    for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(out[i], &items[i]);
    EXPECT_EQ(queue.pop_bulk(out.data(), 8), 0u);
}

TEST(InjectQueue, GivesBackWhatAThreadPushedThatHasEnded) {
    InjectQueue queue;
    std::array<Item, 100> items;
    for (Item& item : items) std::thread([&] { queue.push(item); }).join();
    for (std::size_t i = 0; i < items.size(); ++i) {
        Runnable* const entry = queue.pop();
        ASSERT_NE(entry, nullptr);
        ++static_cast<Item*>(entry)->taken;
    }
    for (Item& item : items) EXPECT_EQ(item.taken, 1);
}

TEST(InjectQueueStress, EachEntryIsPoppedOnceAndNoPromiseIsBroken) {
    constexpr std::size_t items_each = 20'000;
    constexpr int producers = 3;
    constexpr int consumers = 3;
    std::mt19937 random = support::printed_seed();
    InjectQueue queue;
    std::vector<Item> items(items_each * producers);
    std::atomic<std::size_t> popped{0};
    std::atomic<int> rivals{0};  // looks that found the last entry gone: consumers did race
    std::vector<std::thread> threads;
    for (std::size_t producer = 0; producer < producers; ++producer) {
        threads.emplace_back([&, producer, pauses = std::mt19937{random()}]() mutable {
            for (std::size_t i = 0; i < items_each; ++i) {
                queue.push(items[producer * items_each + i]);
                if (pauses() % 16 == 0) std::this_thread::yield();
            }
        });
    }
    for (int consumer = 0; consumer < consumers; ++consumer) {
        threads.emplace_back([&, choices = std::mt19937{random()}]() mutable {
            std::array<Runnable*, 8> out{};
            while (popped.load(std::memory_order_relaxed) < items.size()) {
                const bool had_work = queue.has_work();
                const std::size_t taken = queue.pop_bulk(out.data(), 1 + choices() % out.size());
                for (std::size_t i = 0; i < taken; ++i) ++static_cast<Item*>(out[i])->taken;
                popped.fetch_add(taken, std::memory_order_relaxed);
                if (had_work && taken == 0) rivals.fetch_add(1, std::memory_order_relaxed);
                if (taken == 0) std::this_thread::yield();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(queue.has_work());
    for (const Item& item : items) ASSERT_EQ(item.taken, 1);
    RecordProperty("rivals", rivals.load(std::memory_order_relaxed));
}

}  // namespace greenroom::detail
