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
// Nobody but the owner changes a closed word, except the monitor, who opens it. So the owner needs
// no exchange while the word is closed and is not being opened, and the monitor keeps away while
// the owner is at it:
//
//   owner    busy_ = 1,    then reads opening_; it is 0: alone with a closed word
//   monitor  opening_ = 1, then reads busy_;    it is 0: the owner exchanges from here on
//
// This is Dekker's race, where the owner has no fence, and the monitor has one put into all threads
// (process_fence.hpp). Where the kernel offers none, opening_ is 1 for ever.
//
// Ordering  What was written before put() is visible to the thief: release there, acquire in
//           steal(); the monitor's compare-exchange between carries it on.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/detail/process_fence.hpp>
#include <greenroom/core/detail/runnable.hpp>

namespace greenroom::detail {

class NewestSlot {
public:
    NewestSlot() noexcept : opening_{process_fence_is_offered() ? 0u : 1u} {}

    // Owner. Returns the one that it displaced, or null.
    [[nodiscard]] Runnable* put(Runnable& entry) noexcept {
        // relaxed: only the owner fills the slot, so an empty one stays empty.
        if (word_.load(std::memory_order_relaxed) != empty) return replace(bits(entry));
        // release: for steal().
        word_.store(bits(entry), std::memory_order_release);
        return nullptr;
    }

    // Owner. Null when it is empty. In line, as replace().
    [[nodiscard, gnu::always_inline]] Runnable* take() noexcept {
        // relaxed: as in put().
        return word_.load(std::memory_order_relaxed) == empty ? nullptr : replace(empty);
    }

    // Owner. True if it was `entry` that was in.
    [[nodiscard]] bool take_if(Runnable& entry) noexcept {
        // relaxed: as in put(). A thief may yet be faster, if it is open.
        return word_.load(std::memory_order_relaxed) == bits(entry) && replace(empty) == &entry;
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

    // The monitor. Does nothing if the owner is at the slot just now.
    void open_to_thieves() noexcept {
        // relaxed: it looks at nothing that the entry points to.
        std::uintptr_t seen = word_.load(std::memory_order_relaxed);
        if (seen == empty || (seen & open) != 0) return;
        const bool has_fence = process_fence_is_offered();
        if (has_fence) {
            // relaxed: before the look below by the fence, which stands also between the owner's.
            opening_.store(1, std::memory_order_relaxed);
            process_fence();
        }
        // acquire: pairs with the release in replace().
        if (busy_.load(std::memory_order_acquire) == 0 || mutant(Mutant::newest_opened_beside)) {
            // relaxed, both: as above.
            word_.compare_exchange_strong(seen, seen | open, std::memory_order_relaxed,
                                          std::memory_order_relaxed);
        }
        // release: pairs with the acquire in replace(), which must see the word open.
        if (has_fence) opening_.store(0, std::memory_order_release);
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

    // Owner. In line: each turn takes one out.
    [[gnu::always_inline]] Runnable* replace(std::uintptr_t next) noexcept {
        // relaxed: before the look below by the monitor's fence; for the compiler by this.
        busy_.store(1, std::memory_order_relaxed);
        asm volatile("" ::: "memory");
        // acquire: pairs with the release in open_to_thieves().
        const bool is_opened = opening_.load(std::memory_order_acquire) != 0;
        // relaxed: closed, the owner itself has written it.
        std::uintptr_t seen = word_.load(std::memory_order_relaxed);
        if (!is_opened && (seen & open) == 0) {
            // release: for steal().
            word_.store(next, std::memory_order_release);
        } else {
            // release: likewise. What comes back the owner itself had put.
            seen = word_.exchange(next, std::memory_order_release);
        }
        // release: pairs with the acquire in open_to_thieves().
        busy_.store(0, std::memory_order_release);
        return entry_of(seen);
    }

    Atomic<std::uintptr_t> word_{empty};
    Atomic<std::uint32_t> busy_{0};     // written by the owner alone
    Atomic<std::uint32_t> opening_{0};  // written by the monitor alone
};

}  // namespace greenroom::detail
