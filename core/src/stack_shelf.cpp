#include "stack_shelf.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <new>
#include <utility>

#include "page_size.hpp"

namespace greenroom::detail {

StackShelf::StackShelf(StackMemory& memory, StackGuard& guard, StackClass stack_class,
                       std::size_t warm_max)
    : memory_{memory}, guard_{guard}, class_{stack_class}, warm_max_{warm_max} {}

Stack& StackShelf::take() noexcept {
    GREENROOM_ASSERT(has_free());
    Stack* stack = cold_;
    if (!warm_.empty()) {
        stack = warm_.back();
        warm_.pop_back();
    } else {
        cold_ = std::exchange(stack->next_cold_, nullptr);
        --cold_count_;
    }
    GREENROOM_ASSERT(!stack->in_use_);
    stack->in_use_ = true;
    return *stack;
}

void StackShelf::put(Stack& stack) noexcept {
    GREENROOM_ASSERT(stack.in_use_);
    GREENROOM_ASSERT(stack.class_ == class_);
    stack.in_use_ = false;
    warm_.push_back(&stack);  // within the capacity: see cool_oldest
    if (warm_.size() >= warm_max_ + batch) cool_oldest(batch);
}

int StackShelf::grow(std::size_t stacks_left, StackFailure& failure) noexcept {
    GREENROOM_ASSERT(stacks_left > 0);
    failure = StackFailure::memory;
    if (slabs_.empty() || slabs_.back()->fresh_count() == 0) {
        if (const int error = add_slab(stacks_left); error != 0) return error;
    }
    failure = StackFailure::guard;
    if (guard_.tier() == GuardTier::none) guard_.choose();
    int error = 0;
    Stack* const stack = slabs_.back()->guard_next(guard_, error);
    if (stack == nullptr) return error;
    ++made_;
    // Straight into the warm ones: it is handed out next, so they do not grow by it.
    warm_.push_back(stack);
    return 0;
}

int StackShelf::add_slab(std::size_t stacks_left) noexcept {
    try {
        // Room beforehand, so that put() and grow() need none. One more for grow().
        warm_.reserve(warm_max_ + batch + 1);
        slabs_.reserve(slabs_.size() + 1);
    } catch (const std::bad_alloc&) {
        return ENOMEM;
    }
    const std::size_t wanted = std::clamp(mapped_, first_slab_stacks, slab_stacks_max);
    int error = 0;
    auto slab = StackSlab::map(memory_, class_, std::min(wanted, stacks_left), error);
    if (slab == nullptr) return error;
    mapped_ += slab->count();
    slabs_.push_back(std::move(slab));
    return 0;
}

void StackShelf::cool_to(std::size_t keep) noexcept {
    if (warm_.size() > keep) cool_oldest(warm_.size() - keep);
}

// Neighbours in one slab lie a guard apart, and giving back a guard's pages leaves the guard as it
// is. Not so a canary: it is such a page.
void StackShelf::cool_oldest(std::size_t count) noexcept {
    const auto end = warm_.begin() + static_cast<std::ptrdiff_t>(count);
    std::sort(warm_.begin(), end, [](Stack* a, Stack* b) { return a->low_ < b->low_; });
    const bool may_join = guard_.tier() != GuardTier::canary;
    StackBounds run = warm_.front()->bounds();
    for (auto next = warm_.begin() + 1; next != end; ++next) {
        const StackBounds bounds = (*next)->bounds();
        if (may_join && bounds.low - run.top() == std::ptrdiff_t{StackGuard::bytes}) {
            run.usable_bytes = static_cast<std::size_t>(bounds.top() - run.low);
            continue;
        }
        release(run.low, run.top());
        run = bounds;
    }
    release(run.low, run.top());
    for (auto stack = warm_.begin(); stack != end; ++stack) {
        (*stack)->next_cold_ = std::exchange(cold_, *stack);
    }
    cold_count_ += count;
    warm_.erase(warm_.begin(), end);
}

void StackShelf::release_below(Stack& stack, std::byte* address) noexcept {
    GREENROOM_ASSERT(stack.in_use_);
    const StackBounds bounds = stack.bounds();
    GREENROOM_ASSERT(address >= bounds.low);
    GREENROOM_ASSERT(address <= bounds.top());
    const std::size_t whole_pages =
        static_cast<std::size_t>(address - bounds.low) / page_size() * page_size();
    if (whole_pages > 0) release(bounds.low, bounds.low + whole_pages);
}

// An error (memory that is locked) costs memory and nothing else.
void StackShelf::release(std::byte* low, std::byte* high) noexcept {
    ++release_calls_;
    static_cast<void>(memory_.release_pages(low, static_cast<std::size_t>(high - low)));
}

StackShelfStats StackShelf::stats() const noexcept {
    StackShelfStats stats;
    stats.mapped = mapped_;
    stats.in_use = made_ - warm_.size() - cold_count_;
    stats.warm = warm_.size();
    stats.cold = cold_count_;
    stats.mapped_bytes = mapped_ * StackSlab::stride(class_);
    stats.release_calls = release_calls_;
    return stats;
}

}  // namespace greenroom::detail
