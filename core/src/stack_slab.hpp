// StackSlab: one mapping that holds many stacks of a class, each above its guard.
//
//   | guard | stack 0 | guard | stack 1 | ...     addresses grow to the right, stacks to the left
//
// A stack gets its guard when it is first handed out, so page tables and (where guards need them)
// mappings are paid for what is used.
//
// Threads   Its pool's worker.
// Lifetime  Unmapped by the destructor, when no stack of it is in use. While it lives it is listed
//           in the table by which the report of an overflow knows a guard.
#pragma once

#include <cstddef>
#include <memory>

#include "stack.hpp"
#include "stack_guard.hpp"

namespace greenroom::detail {

class StackSlab {
public:
    // Maps `count` stacks or fewer, at least one, if memory is short. On failure null, and `error`.
    static std::unique_ptr<StackSlab> map(StackMemory& memory, StackClass stack_class,
                                          std::size_t count, int& error) noexcept;
    ~StackSlab();
    StackSlab(const StackSlab&) = delete;
    StackSlab& operator=(const StackSlab&) = delete;

    std::size_t count() const noexcept { return count_; }
    std::size_t fresh_count() const noexcept { return count_ - guarded_; }
    std::size_t mapped_bytes() const noexcept { return count_ * stride(class_); }

    // Guards the next stack that has never been handed out. On failure null, and `error`. Requires
    // fresh_count() > 0.
    Stack* guard_next(StackGuard& guard, int& error) noexcept;

    static constexpr std::size_t stride(StackClass stack_class) noexcept {
        return StackGuard::bytes + usable_bytes(stack_class);
    }

private:
    StackSlab(StackMemory& memory, StackClass stack_class, std::byte* base, std::size_t count,
              std::unique_ptr<Stack[]> stacks) noexcept;

    StackMemory& memory_;
    const StackClass class_;
    std::byte* const base_;
    const std::size_t count_;
    const std::unique_ptr<Stack[]> stacks_;
    std::size_t guarded_ = 0;           // those before this index have been handed out
    std::size_t protected_guards_ = 0;  // those of their guards that are mappings
};

}  // namespace greenroom::detail
