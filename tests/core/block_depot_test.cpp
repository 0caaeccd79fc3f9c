// Not under AddressSanitizer: the heap serves all blocks there.
//
// The depot behind the block pool: reuse, memory that falls back, threads that end, misuse.
#include "block_depot.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <thread>
#include <vector>

#include "slab_source.hpp"

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

TEST(BlockDepot, TheBlockReleasedLastIsAllocatedNext) {
    void* const block = allocate_block(message_bytes);
    release_block(block, message_bytes);
    EXPECT_EQ(allocate_block(message_bytes - 1), block);
    release_block(block, message_bytes);
}

TEST(BlockDepot, MemoryFallsBackAfterABurst) {
    trim_blocks();
    const BlockStats before = block_stats();
    const std::vector<void*> blocks = allocate(1'000'000);
    const BlockStats peak = block_stats();
    EXPECT_EQ(peak.blocks_out, before.blocks_out + blocks.size());
    EXPECT_GE(peak.slab_bytes, before.slab_bytes + blocks.size() * message_bytes);
    release(blocks);
    const BlockStats after = block_stats();
    EXPECT_EQ(after.blocks_out, before.blocks_out);
    EXPECT_LE(after.slab_bytes, before.slab_bytes + (std::size_t{20} << 20)) << "the watermarks";
    trim_blocks();
    EXPECT_EQ(block_stats().slab_bytes, before.slab_bytes);
    EXPECT_EQ(block_stats().mapped_bytes, before.mapped_bytes);
}

// One block in each huge page outlives the burst.
TEST(BlockDepot, MemoryFallsBackThoughEachHugePageIsInUse) {
    trim_blocks();
    const BlockStats before = block_stats();
    const std::vector<void*> blocks = allocate(2'000'000);
    std::vector<void*> outlive;
    std::vector<void*> others;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        (i % 40'000 == 0 ? outlive : others).push_back(blocks[i]);
    }
    release(others);
    EXPECT_GE(block_stats().slab_bytes, before.slab_bytes + (std::size_t{50} << 20));
    slab_source().settle();
    EXPECT_LE(block_stats().slab_bytes, before.slab_bytes + (std::size_t{24} << 20))
        << "the watermarks, and a slab for each that is left";
    release(outlive);
    trim_blocks();
    EXPECT_EQ(block_stats().slab_bytes, before.slab_bytes);
}

TEST(BlockDepot, AThreadThatEndsLeavesNothingBehind) {
    block_cache().flush();  // or the other thread would count what is in it
    const std::size_t before = blocks_out();
    std::vector<void*> blocks;
    std::thread([&] {
        blocks = allocate(1'000);
        release(allocate(500));
        EXPECT_EQ(blocks_out(), before + 1'000);
    }).join();
    EXPECT_EQ(blocks_out(), before + 1'000);
    std::thread([&] { release(blocks); }).join();
    EXPECT_EQ(blocks_out(), before);
}

// Threads that find no slab bring one each while others give blocks back: where it is not needed
// any more then, it must not stay behind.
TEST(BlockDepot, MemoryFallsBackThoughOthersGaveWhileASlabWasBrought) {
    constexpr std::size_t threads_each = 3;
    trim_blocks();
    const BlockStats before = block_stats();
    for (int round = 0; round < 50; ++round) {
        std::vector<std::vector<void*>> given(threads_each);
        for (auto& blocks : given) blocks = allocate(20'000);
        std::barrier<> start{2 * threads_each};
        std::vector<std::jthread> threads;
        for (const auto& blocks : given) {
            threads.emplace_back([&start, &blocks] {
                start.arrive_and_wait();
                release(blocks);
            });
            threads.emplace_back([&start] {
                start.arrive_and_wait();
                release(allocate(20'000));
            });
        }
        threads.clear();
        trim_blocks();
        ASSERT_EQ(block_stats().slab_bytes, before.slab_bytes) << "round " << round;
        ASSERT_EQ(block_stats().mapped_bytes, before.mapped_bytes) << "round " << round;
    }
}

TEST(BlockDepotDeathTest, ReleasingTwiceAborts) {
    BlockCache cache;
    void* const block = cache.allocate(message_bytes);
    cache.release(block, message_bytes);
    cache.release(block, message_bytes);
    EXPECT_DEATH(cache.flush(), "");
    // The test's own process has to be put right again.
    static_cast<void>(cache.allocate(message_bytes));
}

}  // namespace greenroom::detail
