// The allocator of messages, task blocks and small cells: cheap also when one thread allocates and
// another frees.
//
//   BlockCache   of each thread, per size class: two magazines, which are arrays of free blocks
//   depot        of all, per size class: full magazines, and slabs of 64 KiB to fill more from
//
// allocate_block() and release_block() move one pointer out of or into the thread's own magazine:
// no atomic, and the block itself is not touched. Every so many calls the thread exchanges a whole
// magazine with the depot, under a lock. So a block belongs to the thread that has it: who receives
// a message and sends one reuses memory that it has in its cache, and a thread that only receives
// hands magazines on to one that only sends. No block has an owner to find, or to outlive.
//
// Threads   release_block() from any thread, whichever allocated. A BlockCache is its thread's own.
// Limits    Blocks of more than `block_bytes_max`, or with more than `block_alignment`, come from
//           the heap. Free memory is kept up to the watermarks in block_depot.hpp and
//           slab_source.hpp; above, it goes back to the kernel.
// A library built with AddressSanitizer takes every block from the heap, so that misuse is found.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace greenroom::detail {

constexpr std::size_t block_bytes_max = 2048;
constexpr std::size_t block_alignment = 16;
constexpr std::uint32_t block_class_count = 24;

// Classes go in steps of 16 bytes to 128, then in four steps for each doubling.
constexpr std::uint32_t block_class_of(std::size_t bytes) noexcept {
    if (bytes <= 128) return bytes == 0 ? 0 : static_cast<std::uint32_t>((bytes - 1) / 16);
    const auto width = static_cast<std::uint32_t>(std::bit_width(bytes - 1));
    const auto step = static_cast<std::uint32_t>((bytes - 1) >> (width - 3)) & 3;
    return 8 + 4 * (width - 8) + step;
}

constexpr std::size_t block_class_bytes(std::uint32_t size_class) noexcept {
    if (size_class < 8) return (size_class + 1) * std::size_t{16};
    return (128 + 32 * (size_class % 4 + std::size_t{1})) << ((size_class - 8) / 4);
}

static_assert(block_class_of(block_bytes_max) == block_class_count - 1);
static_assert(block_class_bytes(block_class_count - 1) == block_bytes_max);

// Free blocks of one class, on their way between threads.
struct Magazine {
    static constexpr std::uint32_t capacity_max = 64;

    Magazine* next = nullptr;  // the depot's
    std::uint32_t count = 0;   // while it is not loaded: BlockCache counts for that one
    void* blocks[capacity_max];
};

class BlockDepot;

class BlockCache {
public:
    constexpr BlockCache() noexcept = default;
    ~BlockCache() { retire(); }
    BlockCache(const BlockCache&) = delete;
    BlockCache& operator=(const BlockCache&) = delete;

    // Requires bytes <= block_bytes_max. Throws std::bad_alloc. Inlined, as it is in each send.
    [[gnu::always_inline]] void* allocate(std::size_t bytes) {
        Bin& bin = bins_[block_class_of(bytes)];
        if (bin.count == bin.pause_at) [[unlikely]]
            return allocate_slowly(bytes);
        return bin.loaded->blocks[--bin.count];
    }

    // Whether allocate(bytes) has one without asking anybody; it may be false if it has, too.
    bool has_at_hand(std::size_t bytes) const noexcept {
        const Bin& bin = bins_[block_class_of(bytes)];
        return bin.count != bin.pause_at;
    }

    // Of a block allocated with the same `bytes`.
    void release(void* block, std::size_t bytes) noexcept {
        Bin& bin = bins_[block_class_of(bytes)];
        if (bin.count == bin.capacity) [[unlikely]]
            return release_slowly(block, bytes);
        bin.loaded->blocks[bin.count++] = block;
    }

    // Gives all free blocks to the depot.
    void flush() noexcept;

    // The thread ends: flushes, and keeps nothing from here on. What ends later still may allocate
    // and release, slowly.
    void retire() noexcept;

    // How many free blocks it holds.
    std::size_t size() const noexcept;

private:
    struct Bin {
        Magazine* loaded = nullptr;
        std::uint32_t count = 0;     // of the loaded one
        std::uint32_t capacity = 0;  // 0 while none is loaded
        std::uint32_t pause_at = 0;  // blocks from there on have not been asked for
        Magazine* spare = nullptr;   // full or empty

        bool has_spare_blocks() const noexcept { return spare != nullptr && spare->count != 0; }
    };

    // Blocks that came with a magazine, which another processor has written last, are asked for
    // before they are handed out: so many at once, and so many allocations ahead.
    static constexpr std::uint32_t fetched_at_once = 8;
    static constexpr std::uint32_t fetched_ahead = 24;
    static void fetch_ahead(Bin& bin, std::uint32_t first, std::uint32_t last) noexcept;

    void* allocate_slowly(std::size_t bytes);
    void release_slowly(void* block, std::size_t bytes) noexcept;
    static void load(Bin& bin, Magazine* magazine, const BlockDepot& depot) noexcept;

    std::array<Bin, block_class_count> bins_{};
    bool retired_ = false;
};

// Of whoever runs now. The caller may keep it up to the next suspension.
BlockCache& block_cache() noexcept;

// The same, for a message. Null: whoever runs has fields (fields.hpp), which the message is to
// carry, or its thread has no cache yet.
BlockCache* usual_block_cache() noexcept;

void* allocate_large_block(std::size_t bytes, std::size_t alignment);
void release_large_block(void* block, std::size_t alignment) noexcept;

// Uninitialised memory. `alignment` is a power of two. Throws std::bad_alloc.
inline void* allocate_block(std::size_t bytes, std::size_t alignment = block_alignment) {
    if (bytes > block_bytes_max || alignment > block_alignment) {
        return allocate_large_block(bytes, alignment);
    }
    return block_cache().allocate(bytes);
}

// `bytes` and `alignment` as they were given to allocate_block().
inline void release_block(void* block, std::size_t bytes,
                          std::size_t alignment = block_alignment) noexcept {
    if (bytes > block_bytes_max || alignment > block_alignment) {
        return release_large_block(block, alignment);
    }
    block_cache().release(block, bytes);
}

struct BlockStats {
    std::size_t mapped_bytes;  // of address space
    std::size_t slab_bytes;    // of those: in slabs that hold blocks or are kept at hand
    std::size_t blocks_out;    // blocks alive, or in the caches of other threads
};

BlockStats block_stats() noexcept;

// For a calm moment: gives what the depot and the calling thread's cache keep at hand to the slabs,
// of which a few such blocks may hold back many, and free slabs above the watermark to the kernel.
void cool_blocks() noexcept;

// Gives all free memory of the depot and of the calling thread's cache back to the kernel.
void trim_blocks() noexcept;

// False in a library built with AddressSanitizer: the statistics are then all zero.
bool blocks_are_pooled() noexcept;

}  // namespace greenroom::detail
