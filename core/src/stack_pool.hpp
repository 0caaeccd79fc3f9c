// StackPool: the stacks of one worker, by class.
//
// A stack that comes back is the first to go out again. Some free ones keep their pages, the rest
// gives them back (stack_shelf.hpp); address space is given back only by the destructor.
//
// Threads  One worker's. guard_tier() and the limits do not change while stacks are out.
// Limits   `stacks_max` stacks in all classes together; `warm_max` free ones of a class with pages.
// Cost     take and give_back: some nanoseconds, with a call of the kernel for each stack that is
//          new, and one or so for 32 that cool down.
#pragma once

#include <array>
#include <cstddef>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/stack_memory.hpp>

#include "stack.hpp"
#include "stack_guard.hpp"
#include "stack_shelf.hpp"

namespace greenroom::detail {

struct StackPoolStats {
    std::array<StackShelfStats, stack_class_count> of_class;
    GuardTier guard_tier = GuardTier::none;

    const StackShelfStats& operator[](StackClass stack_class) const noexcept {
        return of_class[static_cast<std::size_t>(stack_class)];
    }
};

class StackPool {
public:
    static constexpr std::size_t warm_max_default = 64;

    StackPool(StackMemory& memory, std::size_t stacks_max, bool allow_canary,
              std::size_t warm_max = warm_max_default);
    ~StackPool();
    StackPool(const StackPool&) = delete;
    StackPool& operator=(const StackPool&) = delete;

    // A stack, which may hold anything. Throws StacksExhausted, and nothing has changed then.
    Stack* take(StackClass stack_class);

    // True if take() would succeed without asking the kernel.
    bool can_take(StackClass stack_class) const noexcept { return shelf(stack_class).has_free(); }
    // Sees to it that can_take() is true. False: it could not, and last_error() says why.
    [[nodiscard]] bool prepare(StackClass stack_class) noexcept;
    int last_error() const noexcept { return last_error_; }

    // Takes back what take() gave. A stack that has overflowed its canary ends the process.
    void give_back(Stack& stack) noexcept;

    // Gives back the pages of a stack in use that are below what it needs: a suspended context's
    // lowest_used(). For fibers that are suspended for long.
    void release_below(Stack& stack, std::byte* lowest_used) noexcept;
    // Leaves at most `keep` free stacks of each class with pages. For a worker that falls idle.
    void cool(std::size_t keep) noexcept;

    // Ends the process with a message if the stack has overflowed. Only canaries need it; the other
    // tiers return at once.
    void check(const Stack& stack) const noexcept {
        if (!guard_.is_intact(stack.bounds().low)) die_of_overflow(stack);
    }

    GuardTier guard_tier() const noexcept { return guard_.tier(); }
    StackPoolStats stats() const noexcept;

private:
    StackShelf& shelf(StackClass stack_class) noexcept {
        return shelves_[static_cast<std::size_t>(stack_class)];
    }
    const StackShelf& shelf(StackClass stack_class) const noexcept {
        return shelves_[static_cast<std::size_t>(stack_class)];
    }
    std::size_t stacks_left() const noexcept;
    [[nodiscard]] int make_one(StackClass stack_class, StackFailure& failure) noexcept;
    [[noreturn]] static void die_of_overflow(const Stack& stack) noexcept;

    const std::size_t stacks_max_;
    StackGuard guard_;
    std::array<StackShelf, stack_class_count> shelves_;
    int last_error_ = 0;
};

}  // namespace greenroom::detail
