// SlabTable: where stacks lie, for the handler of an overflow, which may run at any moment.
//
//   free --add--> taken --add--> listed --remove--> free       the word `base` of an entry
//
// Threads   Any. find() is safe in a signal handler: it waits for nobody and allocates nothing.
// Ordering  add() publishes length and class by its release store of the base, find() reads it by
//           acquire. A find() that meets a remove() and the next add() of the same entry may mix
//           the two; it asks for the address of a fault in a live slab, whose entry nobody touches.
// Limits    `slabs_max`; a slab beyond it works, and its overflows die without a message.
//           std::atomic and not Atomic: the model build could not switch inside a signal handler.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <greenroom/core/stack_class.hpp>

namespace greenroom::detail {

// One slab, and what an address in it means.
struct SlabEntry {
    std::byte* base = nullptr;
    std::size_t bytes = 0;
    StackClass stack_class = StackClass::standard;
};

class SlabTable {
public:
    static constexpr std::size_t slabs_max = 16'384;  // 4 million stacks of one class

    void add(const SlabEntry& slab) noexcept;
    void remove(const std::byte* base) noexcept;

    // False if the address is in no slab.
    bool find(std::uintptr_t address, SlabEntry& found) const noexcept;

private:
    static constexpr std::uintptr_t free_entry = 0;
    static constexpr std::uintptr_t taken_entry = 1;

    struct Entry {
        std::atomic<std::uintptr_t> base{free_entry};
        std::atomic<std::size_t> bytes{0};
        std::atomic<StackClass> stack_class{};  // zeroes, so that the table costs no page yet
    };
    static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);
    static_assert(std::atomic<StackClass>::is_always_lock_free);

    std::array<Entry, slabs_max> entries_{};
    std::atomic<std::size_t> used_{0};  // entries from here on have never been used
};

// One for the process, as there is one handler. Never destroyed.
SlabTable& slab_table() noexcept;

}  // namespace greenroom::detail
