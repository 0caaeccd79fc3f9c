// Slab: 64 KiB of blocks of one size; a bit for each tells which are free.
//
// Free blocks are never touched: a block that comes back from another thread costs no cache miss
// until it is used again.
//
// Threads   Guarded by the lock of the BlockDepot that has it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <greenroom/core/assert.hpp>

#include "slab_source.hpp"

namespace greenroom::detail {

struct Slab {
    static constexpr std::size_t word_bits = 64;
    static constexpr std::size_t words_max = slab_bytes / 16 / word_bits;

    Slab(const SlabHead& given, std::size_t bytes_of_block) noexcept
        : head{nullptr, nullptr, given.region},
          block_bytes{static_cast<std::uint32_t>(bytes_of_block)},
          block_count{static_cast<std::uint32_t>((slab_bytes - sizeof(Slab)) / bytes_of_block)},
          inverse{static_cast<std::uint32_t>((std::uint64_t{1} << 32) / bytes_of_block + 1)},
          free_count{block_count} {
        for (std::uint32_t i = 0; i < block_count; ++i) free[i / word_bits] |= bit(i);
    }

    static Slab& of(void* block) noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(block);
        return *reinterpret_cast<Slab*>(address & ~(slab_bytes - 1));
    }

    // Takes up to `limit` blocks, lowest first; returns how many.
    std::uint32_t take(void** out, std::uint32_t limit) noexcept {
        std::uint32_t taken = 0;
        while (taken < limit && taken < free_count) {
            std::uint64_t& word = free[first_word];
            for (; word != 0 && taken < limit; word &= word - 1) {
                const auto index =
                    first_word * word_bits + static_cast<std::size_t>(std::countr_zero(word));
                out[taken++] = blocks() + index * block_bytes;
            }
            if (word == 0) ++first_word;
        }
        free_count -= taken;
        return taken;
    }

    void give(void* block) noexcept {
        const auto offset = static_cast<std::uint32_t>(static_cast<std::byte*>(block) - blocks());
        // Exact: the rounding adds less than offset * block_bytes / 2^32 < 1 block.
        const auto index = static_cast<std::uint32_t>((std::uint64_t{offset} * inverse) >> 32);
        GREENROOM_ASSERT(index * block_bytes == offset);  // else never allocated, or another size
        std::uint64_t& word = free[index / word_bits];
        GREENROOM_ASSERT((word & bit(index)) == 0);  // else released twice
        word |= bit(index);
        ++free_count;
        if (index / word_bits < first_word) first_word = index / word_bits;
    }

    bool empty() const noexcept { return free_count == block_count; }

    SlabHead head;
    std::uint32_t block_bytes;
    std::uint32_t block_count;
    std::uint32_t
        inverse;  // of block_bytes, in 2^-32, rounded up: a division takes ten times as long
    std::uint32_t free_count;
    std::uint32_t first_word = 0;  // no word below it has a free block
    alignas(64) std::array<std::uint64_t, words_max> free{};

private:
    static constexpr std::uint64_t bit(std::uint32_t index) noexcept {
        return std::uint64_t{1} << (index % word_bits);
    }
    std::byte* blocks() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
};

static_assert(sizeof(Slab) % 64 == 0, "blocks of whole cache lines begin on one");

}  // namespace greenroom::detail
