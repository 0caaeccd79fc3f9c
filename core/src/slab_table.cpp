#include "slab_table.hpp"

namespace greenroom::detail {

void SlabTable::add(const SlabEntry& slab) noexcept {
    for (std::size_t i = 0; i < slabs_max; ++i) {
        Entry& entry = entries_[i];
        // relaxed: a first look, that saves the exchange below on an entry in use.
        if (entry.base.load(std::memory_order_relaxed) != free_entry) continue;
        std::uintptr_t seen = free_entry;
        // acquire: pairs with release in remove(), so that the last owner's reads are over; relaxed
        // on failure, as nothing of the entry is read then.
        if (!entry.base.compare_exchange_strong(seen, taken_entry, std::memory_order_acquire,
                                                std::memory_order_relaxed)) {
            continue;
        }
        // relaxed: published by the base.
        entry.bytes.store(slab.bytes, std::memory_order_relaxed);
        entry.stack_class.store(slab.stack_class, std::memory_order_relaxed);
        // release: pairs with acquire in find().
        entry.base.store(reinterpret_cast<std::uintptr_t>(slab.base), std::memory_order_release);
        // relaxed maximum: find() on another thread may miss a slab that is added at this moment,
        // in which nobody runs yet; the thread that added it sees its own store.
        std::size_t used = used_.load(std::memory_order_relaxed);
        while (used <= i && !used_.compare_exchange_weak(used, i + 1, std::memory_order_relaxed,
                                                         std::memory_order_relaxed)) {
        }
        return;
    }
}

void SlabTable::remove(const std::byte* base) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(base);
    const std::size_t used = used_.load(std::memory_order_relaxed);  // includes this slab's
    for (std::size_t i = 0; i < used; ++i) {
        // relaxed: only its own slab's entry can equal, and that was written before.
        if (entries_[i].base.load(std::memory_order_relaxed) != address) continue;
        // release: pairs with acquire in add().
        entries_[i].base.store(free_entry, std::memory_order_release);
        return;
    }
}

bool SlabTable::find(std::uintptr_t address, SlabEntry& found) const noexcept {
    const std::size_t used = used_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < used; ++i) {
        const Entry& entry = entries_[i];
        // acquire: pairs with release in add().
        const std::uintptr_t base = entry.base.load(std::memory_order_acquire);
        if (base <= taken_entry || address < base) continue;
        const std::size_t bytes = entry.bytes.load(std::memory_order_relaxed);
        if (address - base >= bytes) continue;
        found = {reinterpret_cast<std::byte*>(base), bytes,
                 entry.stack_class.load(std::memory_order_relaxed)};
        return true;
    }
    return false;
}

SlabTable& slab_table() noexcept {
    static constinit SlabTable table;
    return table;
}

}  // namespace greenroom::detail
