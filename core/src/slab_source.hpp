// SlabSource: slabs of 64 KiB for blocks, cut from regions of 2 MiB that the kernel maps.
//
// All regions but the first few are huge pages, where the kernel has them: a program that has so
// many messages touches new memory at the rate that it sends, and a page fault for each 4 KiB then
// costs more than the messages.
//
// A free slab is hot, with its pages, up to a watermark; those of a huge page are from the start.
// Above, a region that is free as a whole is unmapped; the free slabs of one in small pages also
// one by one: they are cold then, address space only.
//
// Threads   All members from any thread, under one lock, which nobody holds while the kernel brings
//           or takes a region: that may take as long as thousands of messages. So threads that find
//           nothing free at one moment bring a region each. The pages of single slabs go back
//           under the lock: only of small regions, but for calm moments.
// Limits    hot_slabs_max; beside them, until all workers have been asleep for a while, those that
//           share a huge page with a slab in use.
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
    static constexpr std::size_t hot_slabs_max = 256;    // 16 MiB
    static constexpr std::size_t small_regions_max = 2;  // in small pages, for small programs

    struct Stats {  // roughly, while others take or give
        std::size_t mapped_bytes;
        std::size_t slab_bytes;  // of slabs in use and of hot ones
    };

    // Aligned to its size; only `region` of its head is set. Null when the kernel has no memory.
    SlabHead* take() noexcept;
    void give(SlabHead& slab) noexcept;

    // Makes hot slabs above the watermark cold, also those within a huge page. For a calm moment:
    // the next use of such a page faults small ones in.
    void settle() noexcept;
    // Makes all hot slabs cold.
    void trim() noexcept;

    Stats stats() noexcept;

    // Around a fork, so that the child finds the lock free.
    void lock_for_fork() noexcept { lock_.lock(); }
    void unlock_after_fork() noexcept { lock_.unlock(); }

private:
    Region* add_region(std::unique_lock<std::mutex>& held) noexcept;
    void cool_down_to(std::size_t hot) noexcept;
    void cool(Region& region, Region*& to_unmap) noexcept;
    void link(Region& region) noexcept;
    void unlink(Region& region) noexcept;

    // The lock guards all below, and the regions.
    std::mutex lock_;
    Region* regions_ = nullptr;  // those with a free slab; the latest to get one first
    std::size_t hot_count_ = 0;  // free slabs that have pages
    std::size_t used_count_ = 0;
    std::size_t region_count_ = 0;
};

}  // namespace greenroom::detail
