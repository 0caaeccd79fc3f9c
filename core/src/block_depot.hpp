// BlockDepot: the free blocks of one size class that no thread has: full magazines, and slabs.
//
// Threads   All members from any thread, under one lock. Threads come here once in a magazine, and
//           hold it for a moment: whoever finds it locked tries again for a moment before it
//           sleeps. Nobody holds it while a slab is fetched, or goes back, nor while a magazine is
//           made or freed: around a fork malloc may be locked already.
// Ordering  The lock: what was done to a block before it was given comes before it is taken.
// Lifetime  One for each class, never destroyed: threads may end, and blocks be freed, at any time.
// Limits    kept_bytes_max in magazines. Above that the blocks of a magazine go back to their
//           slabs, and empty slabs to the SlabSource.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/detail/block_pool.hpp>
#include <mutex>

namespace greenroom::detail {

struct Slab;
struct SlabHead;
class SlabSource;

class alignas(64) BlockDepot {
public:
    static constexpr std::size_t kept_bytes_max = std::size_t{4096} * 1024;
    static constexpr std::size_t magazine_bytes_max = std::size_t{16} * 1024;

    explicit constexpr BlockDepot(std::uint32_t size_class) noexcept
        : block_bytes_{block_class_bytes(size_class)} {}
    BlockDepot(const BlockDepot&) = delete;
    BlockDepot& operator=(const BlockDepot&) = delete;

    // How many blocks make a magazine full.
    std::uint32_t magazine_capacity() const noexcept;

    // Takes an empty magazine, or none, for one that holds a block at least; if there is no memory,
    // null, and `empty` is taken all the same. So it is while the last of the memory is on its way
    // to another thread.
    Magazine* fill(Magazine* empty) noexcept;

    // Takes a full magazine for an empty one, which may be the same one.
    Magazine* drain(Magazine& full) noexcept;

    // An empty magazine. Null if there is no memory.
    Magazine* take_empty() noexcept;

    // For threads without a magazine. Null if there is no memory.
    void* take_one() noexcept;
    void give_one(void* block) noexcept;

    // Takes a magazine for good, with the blocks that it holds.
    void give_back(Magazine& magazine) noexcept;

    // Puts all blocks of all magazines back into the slabs.
    void trim() noexcept;

    // Blocks that are out of the slabs and of the magazines here.
    std::size_t blocks_out() noexcept;

    // Around a fork, so that the child finds the lock free.
    void lock_for_fork() noexcept { lock_.lock(); }
    void unlock_after_fork() noexcept { lock_.unlock(); }

private:
    std::unique_lock<std::mutex> lock() noexcept;
    Magazine* take_magazine(std::unique_lock<std::mutex>& held) noexcept;
    void keep_empty(Magazine* magazine) noexcept;
    void empty_out(Magazine& magazine, SlabHead*& emptied) noexcept;
    std::uint32_t take_blocks(void** out, std::uint32_t limit) noexcept;
    void give_block(void* block, SlabHead*& emptied) noexcept;
    [[nodiscard]] bool add_slab(std::unique_lock<std::mutex>& held) noexcept;
    void unlink(Slab& slab) noexcept;
    void link(Slab& slab) noexcept;

    const std::size_t block_bytes_;

    // The lock guards all below, and the slabs.
    std::mutex lock_;
    Magazine* full_ = nullptr;     // or at least not empty
    Magazine* empty_ = nullptr;    // no more than were full at some time
    Slab* slabs_ = nullptr;        // those with a free block
    std::size_t kept_count_ = 0;   // blocks in full_
    std::size_t taken_count_ = 0;  // blocks out of the slabs
};

BlockDepot& block_depot(std::uint32_t size_class) noexcept;
SlabSource& slab_source() noexcept;

// All locks of the pool, around a fork.
void lock_block_pool() noexcept;
void unlock_block_pool() noexcept;

}  // namespace greenroom::detail
