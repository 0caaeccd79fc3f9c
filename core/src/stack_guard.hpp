// StackGuard: how the stacks of one pool are guarded, chosen by a probe when it is made.
//
// Tiers in order: guard_install, mprotect, and, if allowed, a canary: a pattern just below the
// stack, which an overflow overwrites first. It is looked at when somebody asks, and a large frame
// can step over it.
//
// Threads  Its worker's.
#pragma once

#include <cstddef>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/stack_memory.hpp>

namespace greenroom::detail {

class StackGuard {
public:
    // As cheap as a single page, and catches frames of up to this size.
    static constexpr std::size_t bytes = std::size_t{64} << 10U;

    StackGuard(StackMemory& memory, bool allow_canary) noexcept;

    // Chooses anew. Only while the tier is none, since no stack has a guard then.
    void choose() noexcept;

    GuardTier tier() const noexcept { return tier_; }
    // Why the tier is none; 0 otherwise.
    int probe_error() const noexcept { return probe_error_; }

    // Guards the `bytes` below `stack_low`. Returns 0 or the errno of the tier.
    [[nodiscard]] int install(std::byte* stack_low) noexcept;

    // False: the stack has overflowed, and what lay below it is damaged. Always true in tiers that
    // let the processor look.
    bool is_intact(const std::byte* stack_low) const noexcept {
        return tier_ != GuardTier::canary || canary_is_intact(stack_low);
    }

private:
    GuardTier probe(void* address) noexcept;
    static bool canary_is_intact(const std::byte* stack_low) noexcept;

    StackMemory& memory_;
    const bool allow_canary_;
    GuardTier tier_ = GuardTier::none;
    int probe_error_ = 0;
};

}  // namespace greenroom::detail
