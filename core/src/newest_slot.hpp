// NewestSlot: where a worker keeps its newest runnable, to run it next while its data is in cache.
//
//   empty --put----> closed    the owner
//   closed -put----> closed    the owner, who gets the displaced one back
//   closed -open---> open      the monitor, when the worker is stuck in a long handler
//   open ---put----> closed    the owner
//   closed, open -take--> empty   the owner
//   open --steal---> empty     a thief
//
// One word: the entry, and bit 0 for "open". So an opening is for the one entry that the monitor
// saw, and closing costs nothing. If that entry has left and come back between, it is opened too
// early, which harms nobody.
//
// Ordering  What was written before put() is visible to the thief: release there, acquire in
// steal();
//           the monitor's compare-exchange between carries it on.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/runnable.hpp>

namespace greenroom::detail {

class NewestSlot {
public:
    // Owner. Returns the one that it displaced, or null.
    [[nodiscard]] Runnable* put(Runnable& entry) noexcept {
        // relaxed: only the owner fills the slot, so an empty one stays empty.
        if (word_.load(std::memory_order_relaxed) == empty) {
            // release: for steal().
            word_.store(bits(entry), std::memory_order_release);
            return nullptr;
        }
        // release: for steal(). What comes back the owner itself had put.
        return entry_of(word_.exchange(bits(entry), std::memory_order_release));
    }

    // Owner. Null when it is empty.
    [[nodiscard]] Runnable* take() noexcept {
        // relaxed, both: as in put().
        if (word_.load(std::memory_order_relaxed) == empty) return nullptr;
        return entry_of(word_.exchange(empty, std::memory_order_relaxed));
    }

    // Any thread. Null unless there is an entry that was opened.
    [[nodiscard]] Runnable* steal() noexcept {
        // relaxed: a guess, that the compare-exchange checks.
        std::uintptr_t seen = word_.load(std::memory_order_relaxed);
        if ((seen & open) == 0) return nullptr;
        // acquire: pairs with the release in put(). relaxed when lost: nothing was taken.
        const bool won = word_.compare_exchange_strong(seen, empty, std::memory_order_acquire,
                                                       std::memory_order_relaxed);
        return won ? entry_of(seen) : nullptr;
    }

    // The monitor.
    void open_to_thieves() noexcept {
        // relaxed, all: it looks at nothing that the entry points to.
        std::uintptr_t seen = word_.load(std::memory_order_relaxed);
        if (seen == empty || (seen & open) != 0) return;
        word_.compare_exchange_strong(seen, seen | open, std::memory_order_relaxed,
                                      std::memory_order_relaxed);
    }

    // Any thread; for all but the owner a hint, hence relaxed.
    bool looks_empty() const noexcept { return word_.load(std::memory_order_relaxed) == empty; }

private:
    static constexpr std::uintptr_t empty = 0;
    static constexpr std::uintptr_t open = 1;
    static_assert(alignof(Runnable) > open, "bit 0 of an entry's address is free");

    static std::uintptr_t bits(Runnable& entry) noexcept {
        return reinterpret_cast<std::uintptr_t>(&entry);
    }
    static Runnable* entry_of(std::uintptr_t word) noexcept {
        return reinterpret_cast<Runnable*>(word & ~open);
    }

    Atomic<std::uintptr_t> word_{empty};
};

}  // namespace greenroom::detail
