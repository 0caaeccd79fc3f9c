// SlabSource: slabs of 64 KiB for blocks, cut from regions that the kernel maps.
//
// A free slab is hot, with its pages, up to a watermark; above, it is cold: its pages are given
// back and only its address space is kept. A region of nothing but cold slabs is unmapped.
//
// Threads   All members from any thread, under one lock.
// Limits    hot_slabs_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace greenroom::detail {

struct Region;

constexpr std::size_t slab_bytes = std::size_t{64} * 1024;

// What each slab begins with, whoever uses it.
struct SlabHead {
    SlabHead* next = nullptr;  // the list that it is in, if any
    SlabHead* previous = nullptr;
    Region* region = nullptr;
};

class SlabSource {
public:
    static constexpr std::size_t hot_slabs_max = 256;  // 16 MiB

    struct Stats {
        std::size_t mapped_bytes;
        std::size_t slab_bytes;  // of slabs in use and of hot ones
    };

    // Aligned to its size; only `region` of its head is set. Null when the kernel has no memory.
    SlabHead* take() noexcept;
    void give(SlabHead& slab) noexcept;

    // Makes all hot slabs cold.
    void trim() noexcept;

    Stats stats() noexcept;

private:
    SlabHead* take_cold() noexcept;
    void give_cold(SlabHead& slab) noexcept;
    bool map_region() noexcept;
    void unmap(Region& region) noexcept;

    // The lock guards all below, and the regions.
    std::mutex lock_;
    SlabHead* hot_ = nullptr;
    Region* cold_ = nullptr;  // regions with a cold slab
    std::size_t hot_count_ = 0;
    std::size_t used_count_ = 0;
    std::size_t region_count_ = 0;
};

}  // namespace greenroom::detail
