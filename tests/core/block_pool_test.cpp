// The block pool: sizes, reuse, memory that falls back, threads that end; then threads that
// allocate for each other.
//
// Property  No block is out twice; what the other thread wrote into it is there; and when all
// blocks
//           are back, all memory is.
#include <greenroom/core/detail/block_pool.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <initializer_list>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "support/seed.hpp"

namespace greenroom::detail {

namespace {

constexpr std::size_t message_bytes = 48;

std::vector<void*> allocate(std::size_t count, std::size_t bytes = message_bytes) {
    std::vector<void*> blocks(count);
    for (void*& block : blocks) block = allocate_block(bytes);
    return blocks;
}

void release(const std::vector<void*>& blocks, std::size_t bytes = message_bytes) {
    for (void* const block : blocks) release_block(block, bytes);
}

// Tests share the process: each counts from what was out before it.
std::size_t blocks_out() { return block_stats().blocks_out; }

}  // namespace

TEST(BlockPool, EachClassHoldsItsSizesAndWastesLittle) {
    for (std::size_t bytes = 0; bytes <= block_bytes_max; ++bytes) {
        const std::uint32_t size_class = block_class_of(bytes);
        ASSERT_LT(size_class, block_class_count);
        ASSERT_GE(block_class_bytes(size_class), bytes);
        ASSERT_LE(block_class_bytes(size_class), bytes + std::max<std::size_t>(16, bytes / 4));
        ASSERT_EQ(block_class_bytes(size_class) % block_alignment, 0u);
        ASSERT_TRUE(size_class == 0 || block_class_bytes(size_class - 1) < bytes);
    }
}

TEST(BlockPool, BlocksOfAllSizesAreAlignedAndApart) {
    for (std::size_t bytes : std::initializer_list<std::size_t>{0, 1, 16, 17, 48, 128, 129, 200,
                                                                256, 1000, 2048, 2049, 100'000}) {
        const std::vector<void*> blocks = allocate(200, bytes);
        for (void* const block : blocks) {
            ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % block_alignment, 0u);
            std::memset(block, 0x5a, bytes);
        }
        std::vector<void*> sorted = blocks;
        std::sort(sorted.begin(), sorted.end());
        for (std::size_t i = 1; i < sorted.size(); ++i) {
            ASSERT_GE(static_cast<char*>(sorted[i]) - static_cast<char*>(sorted[i - 1]),
                      static_cast<std::ptrdiff_t>(std::max<std::size_t>(bytes, 1)));
        }
        release(blocks, bytes);
    }
}

TEST(BlockPool, GreaterAlignmentIsServed) {
    for (std::size_t alignment : std::initializer_list<std::size_t>{32, 64, 4096}) {
        void* const block = allocate_block(100, alignment);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignment, 0u);
        std::memset(block, 0x5a, 100);
        release_block(block, 100, alignment);
    }
}

TEST(BlockPool, ARetiredCacheStillServes) {
    const std::size_t before = blocks_out();
    BlockCache cache;
    void* const early = cache.allocate(message_bytes);
    cache.retire();
    void* const late = cache.allocate(message_bytes);
    EXPECT_NE(early, late);
    cache.release(early, message_bytes);
    cache.release(late, message_bytes);
    EXPECT_EQ(cache.size(), 0u);
    EXPECT_EQ(blocks_out(), before);
}

TEST(BlockPoolStress, WhatOneThreadAllocatesAnotherFrees) {
    struct Message {
        std::size_t number;
        std::size_t check;
    };
    constexpr std::size_t messages = 200'000;
    constexpr std::size_t in_flight_max = 5'000;
    const std::size_t before = blocks_out();
    std::mutex lock;
    std::vector<Message*> sent;
    std::size_t received = 0;
    std::size_t emptied = 0;
    std::thread receiver([&] {
        while (received < messages) {
            std::vector<Message*> taken;
            {
                const std::lock_guard held(lock);
                taken.swap(sent);
                received += taken.size();
            }
            emptied += taken.empty() ? 0 : 1;
            for (Message* const message : taken) {
                ASSERT_EQ(message->check, ~message->number);
                release_block(message, message_bytes);
            }
            if (taken.empty()) std::this_thread::yield();
        }
    });
    for (std::size_t number = 0; number < messages;) {
        auto* const message = new (allocate_block(message_bytes)) Message{number, ~number};
        std::unique_lock held(lock);
        sent.push_back(message);
        ++number;
        while (sent.size() >= in_flight_max) {
            held.unlock();
            std::this_thread::yield();
            held.lock();
        }
    }
    receiver.join();
    EXPECT_GT(emptied, 10u) << "the threads should have worked by turns";
    EXPECT_EQ(blocks_out(), before);
}

TEST(BlockPoolStress, ThreadsThatComeAndGoLoseAndDoubleNoBlock) {
    std::mt19937 random = support::printed_seed();
    constexpr std::size_t threads_at_once = 4;
    const std::size_t before = blocks_out();
    struct Owned {
        void* block;
        std::size_t bytes;
        unsigned char mark;
    };
    std::mutex lock;
    std::vector<Owned> pot;  // blocks that any thread may free
    for (int generation = 0; generation < 20; ++generation) {
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < threads_at_once; ++i) {
            threads.emplace_back([&, choices = std::mt19937{random()}]() mutable {
                for (int step = 0; step < 2'000; ++step) {
                    const std::size_t bytes = 1 + choices() % 2'100;
                    const auto mark = static_cast<unsigned char>(choices());
                    void* const block = allocate_block(bytes);
                    std::memset(block, mark, bytes);
                    std::unique_lock held(lock);
                    pot.push_back({block, bytes, mark});
                    std::swap(pot.back(), pot[choices() % pot.size()]);
                    if (choices() % 64 == 0 || pot.size() < 500) continue;
                    const Owned taken = pot.back();
                    pot.pop_back();
                    held.unlock();
                    const auto* const bytes_of = static_cast<unsigned char*>(taken.block);
                    ASSERT_TRUE(
                        std::all_of(bytes_of, bytes_of + taken.bytes,
                                    [&](unsigned char byte) { return byte == taken.mark; }));
                    release_block(taken.block, taken.bytes);
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
    }
    for (const Owned& owned : pot) release_block(owned.block, owned.bytes);
    EXPECT_EQ(blocks_out(), before);
}

}  // namespace greenroom::detail
