// RunQueue and NewestSlot: each operation by hand, then the owner and thieves at once.
//
// Property  What was pushed is taken exactly once, by whomever, with all that was written before.
#include "run_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "newest_slot.hpp"
#include "support/seed.hpp"

namespace greenroom::detail {

namespace {

// `taken` is plain on purpose: ThreadSanitizer then checks that the queue hands the entry over.
struct Item final : Runnable {
    void run(Worker&) noexcept override {}
    int number = 0;
    int taken = 0;
};

int number_of(Runnable* entry) { return entry == nullptr ? -1 : static_cast<Item*>(entry)->number; }

std::vector<Item> numbered(std::size_t count) {
    std::vector<Item> items(count);
    for (std::size_t i = 0; i < count; ++i) items[i].number = static_cast<int>(i);
    return items;
}

std::vector<int> drained(RunQueue& queue) {
    std::vector<int> numbers;
    while (Runnable* const entry = queue.pop()) numbers.push_back(number_of(entry));
    return numbers;
}

constexpr std::size_t capacity = RunQueue::capacity;
constexpr std::size_t half = RunQueue::half;

}  // namespace

TEST(RunQueue, PopsInOrderOfPush) {
    RunQueue queue;
    std::vector<Item> items = numbered(3);
    for (Item& item : items) EXPECT_TRUE(queue.push(item));
    EXPECT_EQ(queue.size_hint(), 3u);
    EXPECT_EQ(drained(queue), (std::vector{0, 1, 2}));
    EXPECT_TRUE(queue.looks_empty());
    EXPECT_EQ(queue.pop(), nullptr);
}

TEST(RunQueue, SaysWhenItIsFullAndGivesUpItsOldestHalf) {
    RunQueue queue;
    std::vector<Item> items = numbered(capacity + 1);
    for (std::size_t i = 0; i < capacity; ++i) EXPECT_TRUE(queue.push(items[i]));
    EXPECT_FALSE(queue.push(items[capacity]));
    std::array<Runnable*, half> out{};
    EXPECT_EQ(queue.take_half(out.data()), half);
    for (std::size_t i = 0; i < half; ++i) EXPECT_EQ(out[i], &items[i]);
    EXPECT_TRUE(queue.push(items[capacity]));
    EXPECT_EQ(queue.pop(), &items[half]);
}

TEST(RunQueue, GivesNothingUpWhileItHasRoom) {
    RunQueue queue;
    std::vector<Item> items = numbered(2);
    EXPECT_TRUE(queue.push(items[0]));
    std::array<Runnable*, half> out{};
    EXPECT_EQ(queue.take_half(out.data()), 0u);
    EXPECT_EQ(queue.size_hint(), 1u);
}

TEST(RunQueue, AThiefRunsTheOldestAndKeepsTheRestOfTheOlderHalf) {
    RunQueue victim;
    RunQueue mine;
    std::vector<Item> items = numbered(5);
    for (Item& item : items) EXPECT_TRUE(victim.push(item));
    EXPECT_EQ(number_of(victim.steal_into(mine)), 0);
    EXPECT_EQ(drained(mine), (std::vector{1, 2}));
    EXPECT_EQ(drained(victim), (std::vector{3, 4}));
}

TEST(RunQueue, AThiefTakesALoneEntryAndNothingFromAnEmptyRing) {
    RunQueue victim;
    RunQueue mine;
    Item item;
    EXPECT_EQ(victim.steal_into(mine), nullptr);
    EXPECT_TRUE(victim.push(item));
    EXPECT_EQ(victim.steal_into(mine), &item);
    EXPECT_TRUE(mine.looks_empty());
    EXPECT_EQ(victim.steal_into(mine), nullptr);
}

TEST(RunQueue, AThiefTakesNoMoreThanItHasRoomFor) {
    RunQueue victim;
    RunQueue mine;
    std::vector<Item> items = numbered(2 * capacity);
    for (std::size_t i = 0; i < capacity; ++i) EXPECT_TRUE(victim.push(items[i]));
    for (std::size_t i = 0; i < capacity - 1; ++i) EXPECT_TRUE(mine.push(items[capacity + i]));
    EXPECT_EQ(number_of(victim.steal_into(mine)), 0);
    EXPECT_EQ(mine.size_hint(), capacity);
    EXPECT_EQ(number_of(victim.steal_into(mine)), 2) << "a full thief may still run one";
    EXPECT_EQ(mine.size_hint(), capacity);
    EXPECT_EQ(victim.size_hint(), capacity - 3);
}

TEST(RunQueue, KeepsItsOrderWhenItsSlotsComeRound) {
    RunQueue queue;
    std::vector<Item> items = numbered(10 * capacity);
    std::size_t pushed = 0;
    std::size_t expected = 0;
    while (expected < items.size()) {
        while (pushed < items.size() && queue.push(items[pushed])) ++pushed;
        for (std::size_t i = 0; i < half + 1 && expected < pushed; ++i) {
            ASSERT_EQ(queue.pop(), &items[expected++]);
        }
    }
    EXPECT_TRUE(queue.looks_empty());
}

namespace {

// One owner and two thieves over `rounds` items. Counts how each item left.
class Robbery {
public:
    explicit Robbery(std::size_t count) : items_{numbered(count)} {}

    void run(std::mt19937 random) {
        std::thread first([this] { rob(); });
        std::thread second([this] { rob(); });
        std::size_t pushed = 0;
        std::array<Runnable*, half> out{};
        while (pushed < items_.size()) {
            // Short rings and full ones by turns: thieves and pop() meet on few entries.
            for (auto burst = random() % (random() % 2 == 0 ? 4 : 2 * capacity);
                 burst > 0 && pushed < items_.size(); --burst) {
                if (queue_.push(items_[pushed])) {
                    ++pushed;
                } else {
                    const std::size_t moved = queue_.take_half(out.data());
                    overflowed += moved;
                    for (std::size_t i = 0; i < moved; ++i) take(*out[i]);
                }
            }
            for (auto pops = random() % 8; pops > 0; --pops) pop();
        }
        done_.store(true, std::memory_order_release);
        first.join();
        second.join();
        while (pop()) {
        }
        for (const Item& item : items_) ASSERT_EQ(item.taken, 1) << "item " << item.number;
    }

    std::size_t popped = 0;
    std::size_t overflowed = 0;
    std::atomic<std::size_t> stolen{0};
    std::size_t size() const { return items_.size(); }

private:
    static void take(Runnable& entry) { ++static_cast<Item&>(entry).taken; }

    bool pop() {
        Runnable* const entry = queue_.pop();
        if (entry == nullptr) return false;
        take(*entry);
        ++popped;
        return true;
    }

    void rob() {
        RunQueue mine;
        while (!done_.load(std::memory_order_acquire)) {
            Runnable* entry = queue_.steal_into(mine);
            if (entry == nullptr) std::this_thread::yield();
            std::size_t count = 0;
            for (; entry != nullptr; entry = mine.pop(), ++count) take(*entry);
            stolen.fetch_add(count, std::memory_order_relaxed);
        }
    }

    std::vector<Item> items_;
    RunQueue queue_;
    std::atomic<bool> done_{false};
};

}  // namespace

TEST(RunQueueStress, EachEntryIsTakenOnceByOwnerOrThief) {
    std::mt19937 random = support::printed_seed();
    std::size_t popped = 0;
    std::size_t stolen = 0;
    std::size_t overflowed = 0;
    while (popped < 3'000 || stolen < 3'000 || overflowed < 3'000) {
        Robbery robbery{20'000};
        ASSERT_NO_FATAL_FAILURE(robbery.run(random));
        random.discard(1);
        ASSERT_EQ(robbery.popped + robbery.stolen + robbery.overflowed, robbery.size());
        popped += robbery.popped;
        stolen += robbery.stolen;
        overflowed += robbery.overflowed;
    }
}

TEST(NewestSlot, PutReturnsWhatItDisplaces) {
    NewestSlot slot;
    Item older;
    Item newer;
    EXPECT_EQ(slot.put(older), nullptr);
    EXPECT_EQ(slot.put(newer), &older);
    EXPECT_EQ(slot.take(), &newer);
    EXPECT_EQ(slot.take(), nullptr);
}

TEST(NewestSlot, IsClosedToThievesUntilItIsOpened) {
    NewestSlot slot;
    Item item;
    slot.open_to_thieves();
    EXPECT_EQ(slot.put(item), nullptr);
    EXPECT_EQ(slot.steal(), nullptr) << "the opening of an empty slot is for nobody";
    slot.open_to_thieves();
    slot.open_to_thieves();
    EXPECT_EQ(slot.steal(), &item);
    EXPECT_TRUE(slot.looks_empty());
}

TEST(NewestSlot, TheNextPutAndTheNextTakeCloseIt) {
    NewestSlot slot;
    Item older;
    Item newer;
    EXPECT_EQ(slot.put(older), nullptr);
    slot.open_to_thieves();
    EXPECT_EQ(slot.put(newer), &older);
    EXPECT_EQ(slot.steal(), nullptr);
    slot.open_to_thieves();
    EXPECT_EQ(slot.take(), &newer);
    EXPECT_EQ(slot.put(older), nullptr);
    EXPECT_EQ(slot.steal(), nullptr);
    EXPECT_EQ(slot.take(), &older);
}

TEST(NewestSlotStress, EachEntryIsTakenOnceByOwnerOrThief) {
    std::mt19937 random = support::printed_seed();
    std::vector<Item> items = numbered(64);
    NewestSlot slot;
    std::atomic<bool> done{false};
    std::atomic<int> stolen{0};
    std::thread thief([&] {
        while (!done.load(std::memory_order_acquire)) {
            slot.open_to_thieves();
            if (Runnable* const entry = slot.steal()) {
                ++static_cast<Item*>(entry)->taken;
                stolen.fetch_add(1, std::memory_order_release);
            } else {
                std::this_thread::yield();
            }
        }
    });
    int kept = 0;
    int displaced = 0;
    int sent = 0;
    while (kept < 3'000 || displaced < 3'000 || stolen.load(std::memory_order_acquire) < 3'000) {
        // An item is used again only when all that were sent have come back.
        for (Item& item : items) {
            ++sent;
            if (Runnable* const older = slot.put(item)) {
                ++static_cast<Item*>(older)->taken;
                ++displaced;
            }
            if (random() % 8 == 0) std::this_thread::yield();
            if (random() % 2 == 0) {
                if (Runnable* const entry = slot.take()) {
                    ++static_cast<Item*>(entry)->taken;
                    ++kept;
                }
            }
        }
        if (Runnable* const last = slot.take()) {
            ++static_cast<Item*>(last)->taken;
            ++kept;
        }
        while (kept + displaced + stolen.load(std::memory_order_acquire) < sent) {
            std::this_thread::yield();
        }
        for (Item& item : items) ASSERT_EQ(std::exchange(item.taken, 0), 1);
    }
    done.store(true, std::memory_order_release);
    thief.join();
}

}  // namespace greenroom::detail
