// InjectQueue: by hand, then producers and consumers at once.
//
// Property  What was pushed is popped exactly once, with all that was written before; and while
//           has_work() says so, somebody who asks gets an entry.
#include "inject_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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
    InjectQueue::Consumer consumer{queue};
    std::array<Item, 3> items;
    EXPECT_FALSE(queue.has_work());
    EXPECT_EQ(queue.pop(consumer), nullptr);
    for (Item& item : items) queue.push(item);
    EXPECT_TRUE(queue.has_work());
    EXPECT_EQ(queue.size_hint(), 3u);
    for (Item& item : items) EXPECT_EQ(queue.pop(consumer), &item);
    EXPECT_FALSE(queue.has_work());
    EXPECT_EQ(queue.pop(consumer), nullptr);
}

TEST(InjectQueue, TakesNoMoreInBulkThanAskedForOrThere) {
    InjectQueue queue;
    InjectQueue::Consumer consumer{queue};
    std::array<Item, 5> items;
    std::array<Runnable*, 5> in{};
    for (std::size_t i = 0; i < items.size(); ++i) in[i] = &items[i];
    queue.push_bulk(in.data(), in.size());
    std::array<Runnable*, 8> out{};
    EXPECT_EQ(queue.pop_bulk(consumer, out.data(), 3), 3u);
    EXPECT_EQ(queue.pop_bulk(consumer, out.data() + 3, 5), 2u);
    for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(out[i], &items[i]);
    EXPECT_EQ(queue.pop_bulk(consumer, out.data(), 8), 0u);
}

TEST(InjectQueue, GivesBackWhatAThreadPushedThatHasEnded) {
    InjectQueue queue;
    InjectQueue::Consumer consumer{queue};
    std::array<Item, 100> items;
    for (Item& item : items) std::thread([&] { queue.push(item); }).join();
    for (std::size_t i = 0; i < items.size(); ++i) {
        Runnable* const entry = queue.pop(consumer);
        ASSERT_NE(entry, nullptr);
        ++static_cast<Item*>(entry)->taken;
    }
    for (Item& item : items) EXPECT_EQ(item.taken, 1);
}

// As a worker does whose ring is full: what it takes goes back, by way of the same thread.
TEST(InjectQueue, WhoTakesAFewAtATimeComesToTheEntriesOfEachThread) {
    InjectQueue queue;
    InjectQueue::Consumer consumer{queue};
    std::array<Item, 3> of_others;
    std::thread([&] { queue.push(of_others[0]); }).join();
    std::array<Item, 200> own;
    for (Item& item : own) queue.push(item);
    std::array<std::thread, 2> late;
    for (std::size_t i = 0; i < late.size(); ++i) {
        late[i] = std::thread([&, i] { queue.push(of_others[i + 1]); });
    }
    for (std::thread& thread : late) thread.join();
    const auto all_came = [&] {
        return std::ranges::all_of(of_others, [](const Item& item) { return item.taken == 1; });
    };
    std::size_t taken = 0;
    while (taken < 10'000 && !all_came()) {
        std::array<Runnable*, 16> out{};
        const std::size_t count = queue.pop_bulk(consumer, out.data(), out.size());
        for (std::size_t i = 0; i < count; ++i) {
            Item& item = *static_cast<Item*>(out[i]);
            ++item.taken;
            const bool is_own = &item >= own.data() && &item < own.data() + own.size();
            if (is_own) queue.push(item);
        }
        taken += count;
    }
    EXPECT_TRUE(all_came());
    EXPECT_LE(taken, 4 * (InjectQueue::taken_in_a_row_max + 16));
    queue.clear();
    EXPECT_FALSE(queue.has_work());
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
            InjectQueue::Consumer taker{queue};
            std::array<Runnable*, 8> out{};
            while (popped.load(std::memory_order_relaxed) < items.size()) {
                const bool had_work = queue.has_work();
                const std::size_t taken =
                    queue.pop_bulk(taker, out.data(), 1 + choices() % out.size());
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
