// StackShelf: the stacks of one class in one pool.
//
//   fresh    in a slab, without a guard, never handed out
//   in use   taken
//   warm     free; its pages are there, and the latest to come back is the next to go out
//   cold     free; its pages went back to the system
//
//   fresh --guard_next--> in use --put--> warm --take--> in use
//                                         warm --cool--> cold --take--> in use
//
// Cooling  put() lets the warm ones grow by `batch` above `warm_max`, and then cools the `batch`
//          oldest, neighbours among them by one call of the kernel. So a few stacks that come and
//          go cost no call at all.
// Threads  Its pool's worker.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "stack.hpp"
#include "stack_guard.hpp"
#include "stack_slab.hpp"

namespace greenroom::detail {

// Counts of stacks, but for the last two.
struct StackShelfStats {
    std::size_t mapped = 0;
    std::size_t in_use = 0;
    std::size_t warm = 0;
    std::size_t cold = 0;
    std::size_t mapped_bytes = 0;
    std::size_t release_calls = 0;  // calls that gave pages back, since the start
};

class StackShelf {
public:
    static constexpr std::size_t batch = 32;
    static constexpr std::size_t first_slab_stacks = 8;
    static constexpr std::size_t slab_stacks_max = 256;

    StackShelf(StackMemory& memory, StackGuard& guard, StackClass stack_class,
               std::size_t warm_max);

    bool has_free() const noexcept { return !warm_.empty() || cold_ != nullptr; }
    // A free one, the warmest first. Requires has_free().
    Stack& take() noexcept;
    void put(Stack& stack) noexcept;

    // Makes one more stack, free and guarded. Returns 0, or the errno with what failed. Slabs get
    // no larger than `stacks_left`.
    [[nodiscard]] int grow(std::size_t stacks_left, StackFailure& failure) noexcept;

    // Gives the pages of free stacks back until `keep` warm ones are left.
    void cool_to(std::size_t keep) noexcept;
    // Gives back the whole pages of a stack in use that lie below `address`.
    void release_below(Stack& stack, std::byte* address) noexcept;

    StackShelfStats stats() const noexcept;
    std::size_t made() const noexcept { return made_; }

private:
    [[nodiscard]] int add_slab(std::size_t stacks_left) noexcept;
    void cool_oldest(std::size_t count) noexcept;
    void release(std::byte* low, std::byte* high) noexcept;

    StackMemory& memory_;
    StackGuard& guard_;
    const StackClass class_;
    const std::size_t warm_max_;
    std::vector<std::unique_ptr<StackSlab>> slabs_;  // only the last one has fresh stacks
    std::vector<Stack*> warm_;                       // oldest first; never grows past its capacity
    Stack* cold_ = nullptr;
    std::size_t cold_count_ = 0;
    std::size_t made_ = 0;    // stacks that are in use, warm or cold
    std::size_t mapped_ = 0;  // and fresh
    std::size_t release_calls_ = 0;
};

}  // namespace greenroom::detail
