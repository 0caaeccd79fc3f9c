#include "stack_pool.hpp"

#include <cerrno>
#include <cstdlib>
#include <greenroom/core/assert.hpp>

#include "overflow.hpp"

namespace greenroom::detail {

StackPool::StackPool(StackMemory& memory, std::size_t stacks_max, bool allow_canary,
                     std::size_t warm_max)
    : stacks_max_{stacks_max},
      guard_{memory, allow_canary},
      shelves_{{{memory, guard_, StackClass::small, warm_max},
                {memory, guard_, StackClass::standard, warm_max},
                {memory, guard_, StackClass::large, warm_max},
                {memory, guard_, StackClass::huge, warm_max}}} {}

StackPool::~StackPool() = default;

Stack* StackPool::take(StackClass stack_class) {
    StackShelf& stacks = shelf(stack_class);
    if (!stacks.has_free()) {
        StackFailure failure{};
        last_error_ = make_one(stack_class, failure);
        if (!stacks.has_free()) {
            throw StacksExhausted{stack_class, guard_tier(), last_error_, failure};
        }
    }
    return &stacks.take();
}

bool StackPool::prepare(StackClass stack_class) noexcept {
    if (can_take(stack_class)) return true;
    StackFailure failure{};
    last_error_ = make_one(stack_class, failure);
    return can_take(stack_class);
}

int StackPool::make_one(StackClass stack_class, StackFailure& failure) noexcept {
    const std::size_t left = stacks_left();
    failure = StackFailure::limit;
    return left == 0 ? 0 : shelf(stack_class).grow(left, failure);
}

void StackPool::give_back(Stack& stack) noexcept {
    check(stack);
    shelf(stack.stack_class()).put(stack);
}

void StackPool::release_below(Stack& stack, std::byte* lowest_used) noexcept {
    shelf(stack.stack_class()).release_below(stack, lowest_used);
}

void StackPool::cool(std::size_t keep) noexcept {
    for (StackShelf& stacks : shelves_) stacks.cool_to(keep);
}

std::size_t StackPool::stacks_left() const noexcept {
    std::size_t made = 0;
    for (const StackShelf& stacks : shelves_) made += stacks.made();
    return stacks_max_ - made;
}

StackPoolStats StackPool::stats() const noexcept {
    StackPoolStats stats;
    for (std::size_t i = 0; i < stack_class_count; ++i) stats.of_class[i] = shelves_[i].stats();
    stats.guard_tier = guard_tier();
    return stats;
}

void StackPool::die_of_overflow(const Stack& stack) noexcept {
    report_overflow(stack.stack_class());
    std::abort();
}

}  // namespace greenroom::detail
