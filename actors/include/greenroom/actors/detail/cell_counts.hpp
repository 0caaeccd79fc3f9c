// CellCounts: how many Refs an actor has, and how many others hold its memory, in one word: so that
// a Ref costs one operation to make and one to end, also where it is the only one.
//
// Threads   Any that has a Ref or holds the memory.
// Ordering  What drops releases what its caller did with the actor, and the last one acquires what
//           all the others did: the memory's end comes after every use.
// Limits    2^32 - 1 of each.
#pragma once

#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/atomic.hpp>

namespace greenroom::detail {

class CellCounts {
public:
    // By who has one of either.
    void add_reference() noexcept {
        // relaxed: what the caller has keeps the memory, and that is all.
        word_.fetch_add(reference, std::memory_order_relaxed);
    }
    void add_hold() noexcept { word_.fetch_add(hold, std::memory_order_relaxed); }  // likewise

    // True: it was the last of all, and the caller ends the memory.
    [[nodiscard]] bool drop_reference() noexcept {
        // acq_rel: see Ordering.
        return word_.fetch_sub(reference, std::memory_order_acq_rel) == reference;
    }
    // The same by who holds the memory besides. True: no reference is left.
    [[nodiscard]] bool drop_reference_holding() noexcept {
        // acq_rel: what was done by way of any Ref comes before what the last one does.
        return word_.fetch_sub(reference, std::memory_order_acq_rel) < 2 * reference;
    }
    // Of who has a hold: there is nothing else, and nobody adds to it but the caller.
    bool is_only_hold() const noexcept {
        // acquire: pairs with the release in the others' drops.
        return word_.load(std::memory_order_acquire) == hold;
    }
    [[nodiscard]] bool drop_hold() noexcept {
        if (is_only_hold()) return true;  // without a locked operation
        // acq_rel: see Ordering.
        const std::uint64_t before = word_.fetch_sub(hold, std::memory_order_acq_rel);
        GREENROOM_ASSERT(before % reference != 0);
        return before == hold;
    }
    // By the only one who knows it (hence relaxed): as if it had no more than a hold.
    void forget_all_but_a_hold() noexcept { word_.store(hold, std::memory_order_relaxed); }

private:
    static constexpr std::uint64_t hold = 1;
    static constexpr std::uint64_t reference = std::uint64_t{1} << 32;

    Atomic<std::uint64_t> word_{hold + reference};  // the live actor's own, and the spawner's
};

}  // namespace greenroom::detail
