#include "slab_source.hpp"

#include <sys/mman.h>

#include <bit>
#include <new>
#include <utility>

#include "bare_heap.hpp"
#include "region_map.hpp"

namespace greenroom::detail {

namespace {

constexpr std::uint32_t slabs_in_region = 32;  // as many as bits in Region::free
static_assert(slabs_in_region * slab_bytes == region_bytes);
constexpr std::uint32_t all_slabs = ~std::uint32_t{0};

// Unmapped from the ends of a mapping that was made too large, for its alignment.
void unmap_range(std::uintptr_t from, std::uintptr_t to) noexcept {
    if (from != to) munmap(reinterpret_cast<void*>(from), to - from);
}

// Null when the kernel refuses.
std::byte* map_aligned() noexcept {
    const std::size_t bytes = 2 * region_bytes;
    void* const mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) return nullptr;
    const auto begin = reinterpret_cast<std::uintptr_t>(mapped);
    const std::uintptr_t aligned = (begin + region_bytes - 1) & ~(region_bytes - 1);
    unmap_range(begin, aligned);
    unmap_range(aligned + region_bytes, begin + bytes);
    return reinterpret_cast<std::byte*>(aligned);
}

}  // namespace

struct Region {
    std::uint32_t hot() const noexcept { return free & ~cold; }

    std::byte* const begin;
    bool is_huge;                    // in one page, if the kernel has it
    std::uint32_t free = all_slabs;  // a bit for each slab that nobody has
    std::uint32_t cold = all_slabs;  // those of them that have no pages of their own
    Region* next = nullptr;          // in SlabSource::regions_, while one is free
    Region* previous = nullptr;
};

namespace {

// Null when the kernel refuses.
Region* map_region(bool huge) noexcept {
    std::byte* const begin = map_aligned();
    if (begin == nullptr) return nullptr;
    Region* const region = make_on_bare_heap<Region>(begin, huge);
    if (region == nullptr) {
        munmap(begin, region_bytes);
        return nullptr;
    }
    region_map.add(begin);
    if (huge) {
        // If the kernel has no huge pages, small ones will do.
        static_cast<void>(madvise(begin, region_bytes, MADV_HUGEPAGE));
        *begin = std::byte{};  // the first touch of a huge page brings all of it
        region->cold = 0;
    }
    return region;
}

void unmap_all(Region* first) noexcept {
    while (first != nullptr) {
        Region* const next = first->next;
        region_map.remove(first->begin);
        munmap(first->begin, region_bytes);
        free_on_bare_heap(std::exchange(first, next));
    }
}

}  // namespace

RegionMap region_map;  // zero before anything runs: there is nothing to construct

SlabHead* SlabSource::take() noexcept {
    std::unique_lock held(lock_);
    Region* const found = regions_ != nullptr ? regions_ : add_region(held);
    if (found == nullptr) return nullptr;
    Region& region = *found;
    const std::uint32_t hot = region.hot();
    if (hot != 0) --hot_count_;
    const int index = std::countr_zero(hot != 0 ? hot : region.free);
    const std::uint32_t bit = std::uint32_t{1} << index;
    region.free &= ~bit;
    region.cold &= ~bit;
    if (region.free == 0) unlink(region);
    ++used_count_;
    held.unlock();
    std::byte* const slab = region.begin + static_cast<std::size_t>(index) * slab_bytes;
    return new (slab) SlabHead{nullptr, nullptr, &region};
}

void SlabSource::give(SlabHead& slab) noexcept {
    Region* to_unmap = nullptr;
    std::unique_lock held(lock_);
    Region& region = *slab.region;
    const auto offset = reinterpret_cast<std::byte*>(&slab) - region.begin;
    if (region.free == 0) link(region);
    region.free |= std::uint32_t{1} << (static_cast<std::size_t>(offset) / slab_bytes);
    --used_count_;
    ++hot_count_;
    // A huge page is given back whole: cut to pieces, it would come back as small ones.
    if (hot_count_ > hot_slabs_max && (region.free == all_slabs || !region.is_huge)) {
        cool(region, to_unmap);
    }
    held.unlock();
    unmap_all(to_unmap);
}

void SlabSource::settle() noexcept { cool_down_to(hot_slabs_max); }

void SlabSource::trim() noexcept { cool_down_to(0); }

void SlabSource::cool_down_to(std::size_t hot) noexcept {
    Region* to_unmap = nullptr;
    std::unique_lock held(lock_);
    for (Region* region = regions_; region != nullptr && hot_count_ > hot;) {
        Region* const next = region->next;
        cool(*region, to_unmap);
        region = next;
    }
    held.unlock();
    unmap_all(to_unmap);
}

SlabSource::Stats SlabSource::stats() noexcept {
    const std::lock_guard held(lock_);
    return {region_count_ * region_bytes, (used_count_ + hot_count_) * slab_bytes};
}

// Gives the pages of its free slabs back, or, if they are all, leaves the region to the caller.
void SlabSource::cool(Region& region, Region*& to_unmap) noexcept {
    hot_count_ -= static_cast<std::size_t>(std::popcount(region.hot()));
    if (region.free == all_slabs) {
        unlink(region);
        --region_count_;
        region.next = std::exchange(to_unmap, &region);
        return;
    }
    // Else the kernel (khugepaged) would make one page of what is left, and bring all of it back.
    if (std::exchange(region.is_huge, false)) {
        static_cast<void>(madvise(region.begin, region_bytes, MADV_NOHUGEPAGE));
    }
    while (region.hot() != 0) {
        const int index = std::countr_zero(region.hot());
        // If the kernel refuses, the pages stay until the region goes: that is all.
        static_cast<void>(madvise(region.begin + static_cast<std::size_t>(index) * slab_bytes,
                                  slab_bytes, MADV_DONTNEED));
        region.cold |= std::uint32_t{1} << index;
    }
}

// Lets go of the lock meanwhile: so several threads may each add one. Null if there is no memory.
Region* SlabSource::add_region(std::unique_lock<std::mutex>& held) noexcept {
    const bool huge = used_count_ >= small_regions_max * slabs_in_region;  // all are in use
    held.unlock();
    Region* const region = map_region(huge);
    held.lock();
    if (region == nullptr) return regions_;  // somebody may have given one back
    ++region_count_;
    hot_count_ += static_cast<std::size_t>(std::popcount(region->hot()));
    link(*region);
    return region;
}

void SlabSource::link(Region& region) noexcept {
    region.previous = nullptr;
    region.next = regions_;
    if (regions_ != nullptr) regions_->previous = &region;
    regions_ = &region;
}

void SlabSource::unlink(Region& region) noexcept {
    (region.previous == nullptr ? regions_ : region.previous->next) = region.next;
    if (region.next != nullptr) region.next->previous = region.previous;
}

}  // namespace greenroom::detail
