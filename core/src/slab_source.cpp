#include "slab_source.hpp"

#include <sys/mman.h>

#include <bit>
#include <greenroom/core/assert.hpp>
#include <new>

namespace greenroom::detail {

namespace {

constexpr std::size_t slabs_in_region = 64;  // as many as bits in Region::cold
constexpr std::size_t region_bytes = slabs_in_region * slab_bytes;
constexpr std::uint64_t all_slabs = ~std::uint64_t{0};

// Unmapped from the ends of a mapping that was made too large, for its alignment.
void unmap_range(std::uintptr_t from, std::uintptr_t to) noexcept {
    if (from != to) munmap(reinterpret_cast<void*>(from), to - from);
}

// Null when the kernel refuses.
std::byte* map_aligned() noexcept {
    const std::size_t bytes = region_bytes + slab_bytes;
    void* const mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) return nullptr;
    const auto begin = reinterpret_cast<std::uintptr_t>(mapped);
    const std::uintptr_t aligned = (begin + slab_bytes - 1) & ~(slab_bytes - 1);
    unmap_range(begin, aligned);
    unmap_range(aligned + region_bytes, begin + bytes);
    return reinterpret_cast<std::byte*>(aligned);
}

}  // namespace

struct Region {
    std::byte* const begin;
    std::uint64_t cold = all_slabs;  // a bit for each slab that is free and has no pages
    Region* next = nullptr;          // in SlabSource::cold_, while cold is not zero
    Region* previous = nullptr;
};

SlabHead* SlabSource::take() noexcept {
    const std::lock_guard held(lock_);
    SlabHead* slab = hot_;
    if (slab != nullptr) {
        hot_ = slab->next;
        --hot_count_;
    } else {
        slab = take_cold();
    }
    if (slab != nullptr) ++used_count_;
    return slab;
}

void SlabSource::give(SlabHead& slab) noexcept {
    const std::lock_guard held(lock_);
    --used_count_;
    if (hot_count_ == hot_slabs_max) return give_cold(slab);
    slab.next = hot_;
    hot_ = &slab;
    ++hot_count_;
}

void SlabSource::trim() noexcept {
    const std::lock_guard held(lock_);
    while (hot_ != nullptr) {
        SlabHead& slab = *hot_;
        hot_ = slab.next;
        --hot_count_;
        give_cold(slab);
    }
}

SlabSource::Stats SlabSource::stats() noexcept {
    const std::lock_guard held(lock_);
    return {region_count_ * region_bytes, (used_count_ + hot_count_) * slab_bytes};
}

SlabHead* SlabSource::take_cold() noexcept {
    if (cold_ == nullptr && !map_region()) return nullptr;
    Region& region = *cold_;
    const auto index = static_cast<std::size_t>(std::countr_zero(region.cold));
    region.cold &= region.cold - 1;
    if (region.cold == 0) {
        cold_ = region.next;
        if (cold_ != nullptr) cold_->previous = nullptr;
    }
    return new (region.begin + index * slab_bytes) SlabHead{nullptr, nullptr, &region};
}

void SlabSource::give_cold(SlabHead& slab) noexcept {
    Region& region = *slab.region;
    const auto offset =
        static_cast<std::size_t>(reinterpret_cast<std::byte*>(&slab) - region.begin);
    // If the kernel refuses, the pages stay until the region goes: that is all.
    static_cast<void>(madvise(&slab, slab_bytes, MADV_DONTNEED));
    if (region.cold == 0) {
        region.previous = nullptr;
        region.next = cold_;
        if (cold_ != nullptr) cold_->previous = &region;
        cold_ = &region;
    }
    region.cold |= std::uint64_t{1} << (offset / slab_bytes);
    if (region.cold == all_slabs) unmap(region);
}

bool SlabSource::map_region() noexcept {
    GREENROOM_ASSERT(cold_ == nullptr);
    std::byte* const begin = map_aligned();
    if (begin == nullptr) return false;
    cold_ = new (std::nothrow) Region{begin};
    if (cold_ == nullptr) {
        munmap(begin, region_bytes);
        return false;
    }
    ++region_count_;
    return true;
}

void SlabSource::unmap(Region& region) noexcept {
    (region.previous == nullptr ? cold_ : region.previous->next) = region.next;
    if (region.next != nullptr) region.next->previous = region.previous;
    munmap(region.begin, region_bytes);
    --region_count_;
    delete &region;
}

}  // namespace greenroom::detail
