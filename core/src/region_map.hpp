// RegionMap: which 2 MiB of the address space are a region of the block pool's: a bit for each.
//
// So an address alone tells whether it is a block's, for an operator delete that is not told the
// size (core/heap/pooled_new.cpp). Of the map, only pages that hold a set bit are ever written.
//
// Threads   Any.
// Ordering  All relaxed. A block reaches another thread after its region was added, by whatever
//           hands the block over; and a region is removed when it has no block left, before the
//           kernel is given its addresses. So who asks for an address that it may use sees whose
//           it is, whatever happens to the other regions of the same word.
// Limits    Addresses of 48 bits, which is what a process has on x86-64 and on arm64 unless it asks
//           for more. 16 MiB of address space.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace greenroom::detail {

constexpr std::size_t region_bytes = std::size_t{2} * 1024 * 1024;  // a huge page of x86-64

class RegionMap {
public:
    void add(const void* region) noexcept {
        word_of(region).fetch_or(bit_of(region), std::memory_order_relaxed);
    }
    void remove(const void* region) noexcept {
        word_of(region).fetch_and(~bit_of(region), std::memory_order_relaxed);
    }

    // Whether the address lies in a region. Of any address, also null.
    bool has(const void* address) noexcept {
        return (word_of(address).load(std::memory_order_relaxed) & bit_of(address)) != 0;
    }

private:
    static constexpr std::uint64_t regions = (std::uint64_t{1} << 48) / region_bytes;

    static std::uint64_t index_of(const void* address) noexcept {
        return reinterpret_cast<std::uintptr_t>(address) / region_bytes % regions;
    }
    static std::uint64_t bit_of(const void* address) noexcept {
        return std::uint64_t{1} << (index_of(address) % 64);
    }
    std::atomic_ref<std::uint64_t> word_of(const void* address) noexcept {
        return std::atomic_ref{words_[index_of(address) / 64]};
    }

    // Not of atomics: a compiler that knows them to be zero takes long over so many.
    std::uint64_t words_[regions / 64];
};

extern RegionMap region_map;
static_assert(std::is_trivially_default_constructible_v<RegionMap>, "it is zero from the start");

}  // namespace greenroom::detail
