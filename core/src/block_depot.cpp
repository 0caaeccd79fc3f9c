#include "block_depot.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "bare_heap.hpp"
#include "slab.hpp"
#include "slab_source.hpp"

namespace greenroom::detail {

namespace {

constexpr int lock_attempts_max = 100;

constinit SlabSource source;

template <std::size_t... classes>
constexpr std::array<BlockDepot, sizeof...(classes)> make_depots(std::index_sequence<classes...>) {
    return {BlockDepot{static_cast<std::uint32_t>(classes)}...};
}

constinit std::array<BlockDepot, block_class_count> depots =
    make_depots(std::make_index_sequence<block_class_count>{});

// Slabs without a block in use: they go back when the lock is free again, since the kernel may have
// to be called for that. Declared before the lock is taken.
struct Emptied {
    Emptied() noexcept = default;
    ~Emptied() {
        while (first != nullptr) {
            SlabHead* const next = first->next;
            source.give(*std::exchange(first, next));
        }
    }
    Emptied(const Emptied&) = delete;
    Emptied& operator=(const Emptied&) = delete;

    SlabHead* first = nullptr;
};

}  // namespace

BlockDepot& block_depot(std::uint32_t size_class) noexcept { return depots[size_class]; }

SlabSource& slab_source() noexcept { return source; }

// Nobody takes one of them while it holds another.
void lock_block_pool() noexcept {
    for (BlockDepot& depot : depots) depot.lock_for_fork();
    source.lock_for_fork();
}

void unlock_block_pool() noexcept {
    source.unlock_after_fork();
    for (BlockDepot& depot : depots) depot.unlock_after_fork();
}

std::uint32_t BlockDepot::magazine_capacity() const noexcept {
    const auto capacity = static_cast<std::uint32_t>(magazine_bytes_max / block_bytes_);
    return std::min(capacity, Magazine::capacity_max);
}

Magazine* BlockDepot::fill(Magazine* empty) noexcept {
    std::unique_lock held = lock();
    if (full_ == nullptr) {
        if (empty == nullptr) empty = take_magazine(held);
        if (empty == nullptr) return nullptr;
    }
    // Who has brought a slab uses it, whatever the others gave meanwhile: else it might stay behind
    // with no block in use.
    const bool added = full_ == nullptr && slabs_ == nullptr && add_slab(held);
    if (!added && full_ != nullptr) {
        keep_empty(empty);
        Magazine* const full = full_;
        full_ = full->next;
        kept_count_ -= full->count;
        return full;
    }
    empty->count = take_blocks(empty->blocks, magazine_capacity());
    if (empty->count != 0) return empty;
    keep_empty(empty);
    return nullptr;
}

Magazine* BlockDepot::drain(Magazine& full) noexcept {
    Emptied emptied;
    std::unique_lock held = lock();
    Magazine* const empty =
        kept_count_ * block_bytes_ < kept_bytes_max ? take_magazine(held) : nullptr;
    if (empty == nullptr) {
        empty_out(full, emptied.first);
        return &full;
    }
    kept_count_ += full.count;
    full.next = full_;
    full_ = &full;
    return empty;
}

Magazine* BlockDepot::take_empty() noexcept {
    std::unique_lock held = lock();
    return take_magazine(held);
}

void* BlockDepot::take_one() noexcept {
    std::unique_lock held = lock();
    if (slabs_ == nullptr) static_cast<void>(add_slab(held));
    void* block = nullptr;
    return take_blocks(&block, 1) == 1 ? block : nullptr;
}

void BlockDepot::give_one(void* block) noexcept {
    Emptied emptied;
    const std::unique_lock held = lock();
    give_block(block, emptied.first);
}

void BlockDepot::give_back(Magazine& magazine) noexcept {
    Emptied emptied;
    const std::unique_lock held = lock();
    empty_out(magazine, emptied.first);
    keep_empty(&magazine);
}

void BlockDepot::trim() noexcept {
    Emptied emptied;
    std::unique_lock held = lock();
    while (full_ != nullptr) {
        Magazine& full = *full_;
        full_ = full.next;
        kept_count_ -= full.count;
        empty_out(full, emptied.first);
        keep_empty(&full);
    }
    Magazine* unused = std::exchange(empty_, nullptr);
    held.unlock();
    while (unused != nullptr) {
        Magazine* const next = unused->next;
        free_on_bare_heap(std::exchange(unused, next));
    }
}

std::size_t BlockDepot::blocks_out() noexcept {
    const std::unique_lock held = lock();
    return taken_count_ - kept_count_;
}

std::unique_lock<std::mutex> BlockDepot::lock() noexcept {
    std::unique_lock held(lock_, std::try_to_lock);
    for (int i = 1; i < lock_attempts_max && !held.owns_lock(); ++i) held.try_lock();
    if (!held.owns_lock()) held.lock();
    return held;
}

// The private members from here on: called under the lock.

// Lets go of the lock while it makes one. Null if there is no memory.
Magazine* BlockDepot::take_magazine(std::unique_lock<std::mutex>& held) noexcept {
    if (empty_ != nullptr) return std::exchange(empty_, empty_->next);
    held.unlock();
    Magazine* const made = make_on_bare_heap<Magazine>();
    held = lock();
    return made;
}

void BlockDepot::keep_empty(Magazine* magazine) noexcept {
    if (magazine == nullptr) return;
    magazine->next = empty_;
    empty_ = magazine;
}

void BlockDepot::empty_out(Magazine& magazine, SlabHead*& emptied) noexcept {
    for (std::uint32_t i = 0; i < magazine.count; ++i) give_block(magazine.blocks[i], emptied);
    magazine.count = 0;
}

// Fewer than `limit` rather than from one more slab.
std::uint32_t BlockDepot::take_blocks(void** out, std::uint32_t limit) noexcept {
    std::uint32_t taken = 0;
    while (taken < limit && slabs_ != nullptr) {
        Slab& slab = *slabs_;
        taken += slab.take(out + taken, limit - taken);
        if (slab.free_count == 0) unlink(slab);
    }
    // The last is handed out first. So addresses rise, and the memory is fetched ahead of its use.
    std::reverse(out, out + taken);
    taken_count_ += taken;
    return taken;
}

void BlockDepot::give_block(void* block, SlabHead*& emptied) noexcept {
    Slab& slab = Slab::of(block);
    GREENROOM_ASSERT(slab.block_bytes == block_bytes_);  // else released with other bytes
    if (slab.free_count == 0) link(slab);
    slab.give(block);
    --taken_count_;
    if (!slab.empty()) return;
    unlink(slab);
    slab.head.next = std::exchange(emptied, &slab.head);
}

// Lets go of the lock meanwhile: who only gives blocks back need not wait for new pages. False if
// there is no memory.
bool BlockDepot::add_slab(std::unique_lock<std::mutex>& held) noexcept {
    held.unlock();
    SlabHead* const head = source.take();
    Slab* const slab = head == nullptr ? nullptr : new (head) Slab{SlabHead{*head}, block_bytes_};
    held = lock();
    if (slab != nullptr) link(*slab);
    return slab != nullptr;
}

void BlockDepot::link(Slab& slab) noexcept {
    slab.head.previous = nullptr;
    slab.head.next = slabs_ == nullptr ? nullptr : &slabs_->head;
    if (slabs_ != nullptr) slabs_->head.previous = &slab.head;
    slabs_ = &slab;
}

void BlockDepot::unlink(Slab& slab) noexcept {
    if (slab.head.previous == nullptr) {
        slabs_ = reinterpret_cast<Slab*>(slab.head.next);
    } else {
        slab.head.previous->next = slab.head.next;
    }
    if (slab.head.next != nullptr) slab.head.next->previous = slab.head.previous;
}

}  // namespace greenroom::detail
