#include <greenroom/core/detail/block_pool.hpp>

#include <algorithm>
#include <greenroom/core/detail/prefetch.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <new>
#include <utility>

#include "address_sanitizer.hpp"
#include "block_depot.hpp"
#include "slab_source.hpp"

namespace greenroom::detail {

bool blocks_are_pooled() noexcept { return !under_address_sanitizer; }

void* allocate_large_block(std::size_t bytes, std::size_t alignment) {
    if (alignment > block_alignment) return ::operator new (bytes, std::align_val_t{alignment});
    return ::operator new(bytes);
}

void release_large_block(void* block, std::size_t alignment) noexcept {
    if (alignment > block_alignment) return ::operator delete (block, std::align_val_t{alignment});
    ::operator delete(block);
}

void* BlockCache::allocate_slowly(std::size_t bytes) {
    if constexpr (under_address_sanitizer) return ::operator new(bytes);
    const std::uint32_t size_class = block_class_of(bytes);
    BlockDepot& depot = block_depot(size_class);
    if (retired_) {
        void* const block = depot.take_one();
        return block != nullptr ? block : throw std::bad_alloc{};
    }
    Bin& bin = bins_[size_class];
    if (bin.count == 0 && bin.has_spare_blocks()) {
        // The thread's own, of a moment ago: nothing is used up, and none has to be fetched.
        if (bin.loaded != nullptr) bin.loaded->count = 0;
        load(bin, std::exchange(bin.spare, bin.loaded), depot);
        return bin.loaded->blocks[--bin.count];
    }
    if (bin.count == 0) note_magazine_used();  // before the bin is looked at: it may use blocks
    if (bin.count == 0) {
        if (bin.loaded != nullptr) bin.loaded->count = 0;
        load(bin, depot.fill(bin.loaded), depot);
        if (bin.count == 0) throw std::bad_alloc{};
        fetch_ahead(bin, 0, fetched_ahead);
    } else {
        fetch_ahead(bin, fetched_ahead - fetched_at_once, fetched_ahead);
    }
    return bin.loaded->blocks[--bin.count];
}

void BlockCache::release_slowly(void* block, std::size_t bytes) noexcept {
    if constexpr (under_address_sanitizer) return ::operator delete(block);
    const std::uint32_t size_class = block_class_of(bytes);
    BlockDepot& depot = block_depot(size_class);
    if (retired_) return depot.give_one(block);
    Bin& bin = bins_[size_class];
    if (bin.loaded != nullptr) bin.loaded->count = bin.count;
    if (bin.spare == nullptr || bin.spare->count == 0) {
        Magazine* const empty = bin.spare != nullptr ? bin.spare : depot.take_empty();
        bin.spare = bin.loaded;
        load(bin, empty, depot);
    } else {
        load(bin, bin.loaded != nullptr ? depot.drain(*bin.loaded) : depot.take_empty(), depot);
    }
    if (bin.loaded == nullptr) return depot.give_one(block);  // no memory for a magazine
    bin.loaded->blocks[bin.count++] = block;
}

void BlockCache::load(Bin& bin, Magazine* magazine, const BlockDepot& depot) noexcept {
    bin.loaded = magazine;
    bin.count = magazine == nullptr ? 0 : magazine->count;
    bin.capacity = magazine == nullptr ? 0 : depot.magazine_capacity();
    bin.pause_at = 0;
}

// From the one that is handed out after `first` others to before that after `last`.
void BlockCache::fetch_ahead(Bin& bin, std::uint32_t first, std::uint32_t last) noexcept {
    for (std::uint32_t i = first; i < std::min(last, bin.count); ++i) {
        prefetch_to_write(bin.loaded->blocks[bin.count - 1 - i]);
    }
    bin.pause_at = bin.count > fetched_at_once ? bin.count - fetched_at_once : 0;
}

void BlockCache::flush() noexcept {
    for (std::uint32_t size_class = 0; size_class < block_class_count; ++size_class) {
        BlockDepot& depot = block_depot(size_class);
        Bin& bin = bins_[size_class];
        if (bin.loaded != nullptr) {
            bin.loaded->count = bin.count;
            depot.give_back(*bin.loaded);
        }
        if (bin.spare != nullptr) depot.give_back(*bin.spare);
        bin = Bin{};
    }
}

void BlockCache::retire() noexcept {
    retired_ = true;
    flush();
}

std::size_t BlockCache::size() const noexcept {
    std::size_t blocks = 0;
    for (const Bin& bin : bins_) {
        blocks += bin.count + (bin.spare == nullptr ? 0 : bin.spare->count);
    }
    return blocks;
}

BlockStats block_stats() noexcept {
    const SlabSource::Stats slabs = slab_source().stats();
    std::size_t blocks_out = 0;
    for (std::uint32_t size_class = 0; size_class < block_class_count; ++size_class) {
        blocks_out += block_depot(size_class).blocks_out();
    }
    return {slabs.mapped_bytes, slabs.slab_bytes, blocks_out - block_cache().size()};
}

namespace {

void return_to_slabs() noexcept {
    block_cache().flush();
    for (std::uint32_t size_class = 0; size_class < block_class_count; ++size_class) {
        block_depot(size_class).trim();
    }
}

}  // namespace

void cool_blocks() noexcept {
    return_to_slabs();
    slab_source().settle();
}

void trim_blocks() noexcept {
    return_to_slabs();
    slab_source().trim();
}

}  // namespace greenroom::detail
