#include "stack_use.hpp"

#include <algorithm>
#include <cstdint>
#include <new>

namespace greenroom::detail {

void StackUseTable::note(const char* name, StackClass stack_class, std::size_t bytes,
                         bool ends) noexcept {
    const std::lock_guard held(mutex_);
    try {
        const StackUse unused{name, stack_class, 0, 0};
        StackUse& use = uses_.try_emplace({name, stack_class}, unused).first->second;
        use.turns += ends ? 1 : 0;
        use.bytes_max = std::max(use.bytes_max, bytes);
    } catch (const std::bad_alloc&) {
        // A figure is missing: there is nothing better to do.
    }
}

std::vector<StackUse> StackUseTable::list() const {
    std::vector<StackUse> all;
    const std::lock_guard held(mutex_);
    for (const auto& [key, use] : uses_) all.push_back(use);
    return all;
}

void StackUseTable::clear() noexcept {
    const std::lock_guard held(mutex_);
    uses_.clear();
}

// A leaf: nothing of ours lies below its frame but the red zone. The sanitizers would call out; of
// the ways to tell them, this is the one that g++ and clang both know.
__attribute__((noinline, no_sanitize("address"), no_sanitize("thread"))) void clear_below_frame(
    std::byte* from) noexcept {
    auto* word = reinterpret_cast<volatile std::uint64_t*>(from);
    const auto* const end = reinterpret_cast<volatile std::uint64_t*>(
        static_cast<std::byte*>(__builtin_frame_address(0)) - 512);
    for (; word < end; ++word) *word = 0;
}

__attribute__((noinline, no_sanitize("address"), no_sanitize("thread"))) std::size_t deepest_use(
    const StackBounds& stack) noexcept {
    const std::byte* const top = stack.top();
    const std::byte* at = stack.low;
    while (at < top && *reinterpret_cast<const volatile std::uint64_t*>(at) == 0) at += 8;
    return static_cast<std::size_t>(top - at);
}

}  // namespace greenroom::detail
