#include "stack_slab.hpp"

#include <cerrno>
#include <greenroom/core/assert.hpp>
#include <new>
#include <utility>

#include "slab_table.hpp"

namespace greenroom::detail {

std::unique_ptr<StackSlab> StackSlab::map(StackMemory& memory, StackClass stack_class,
                                          std::size_t count, int& error) noexcept {
    StackMemory::Mapping mapping;
    for (; count > 0; count /= 2) {
        mapping = memory.map(count * stride(stack_class));
        if (mapping.address != nullptr) break;
    }
    error = mapping.error;
    if (mapping.address == nullptr) return nullptr;
    std::unique_ptr<Stack[]> stacks{new (std::nothrow) Stack[count]};
    std::unique_ptr<StackSlab> slab;
    if (stacks != nullptr) {
        slab.reset(new (std::nothrow)
                       StackSlab{memory, stack_class, static_cast<std::byte*>(mapping.address),
                                 count, std::move(stacks)});
    }
    if (slab == nullptr) {
        memory.unmap(mapping.address, count * stride(stack_class), 0);
        error = ENOMEM;
    }
    return slab;
}

StackSlab::StackSlab(StackMemory& memory, StackClass stack_class, std::byte* base,
                     std::size_t count, std::unique_ptr<Stack[]> stacks) noexcept
    : memory_{memory}, class_{stack_class}, base_{base}, count_{count}, stacks_{std::move(stacks)} {
    for (std::size_t i = 0; i < count; ++i) {
        stacks_[i].low_ = base + i * stride(stack_class) + StackGuard::bytes;
        stacks_[i].class_ = stack_class;
    }
    slab_table().add({base, mapped_bytes(), class_});
}

StackSlab::~StackSlab() {
    for (std::size_t i = 0; i < guarded_; ++i) GREENROOM_ASSERT(!stacks_[i].in_use_);
    slab_table().remove(base_);
    const int error = memory_.unmap(base_, mapped_bytes(), protected_guards_);
    GREENROOM_ASSERT(error == 0);
}

Stack* StackSlab::guard_next(StackGuard& guard, int& error) noexcept {
    GREENROOM_ASSERT(fresh_count() > 0);
    Stack& stack = stacks_[guarded_];
    error = guard.install(stack.low_);
    if (error != 0) return nullptr;
    ++guarded_;
    if (guard.tier() == GuardTier::protect) ++protected_guards_;
    return &stack;
}

}  // namespace greenroom::detail
