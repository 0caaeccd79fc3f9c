// StackUse tables: how deep the turns of each kind of task and actor have used their stacks
// (RuntimeOptions::measure_stacks).
//
// Before a turn the pages below it go back to the system and the rest of the last one is cleared,
// so that all below the turn reads as zero; after it the lowest word that does not tells how deep
// it went. Some microseconds for each turn, and a call of the kernel: for finding the right class.
//
// Threads   StackUseTable any; the rest the worker on whose stack the turn runs.
#pragma once

#include <cstddef>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/stack_class.hpp>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "stack_bounds.hpp"

namespace greenroom::detail {

class StackUseTable {
public:
    // `name` lives for ever.
    // `ends`: a turn has ended.
    void note(const char* name, StackClass stack_class, std::size_t bytes, bool ends) noexcept;
    std::vector<StackUse> list() const;
    void clear() noexcept;

private:
    mutable std::mutex mutex_;  // never held across a suspension
    std::map<std::pair<std::string_view, StackClass>, StackUse> uses_;  // guarded by mutex_
};

// How much of a stack is in use below the caller's frame is not to be touched by what clears it.
constexpr std::size_t clear_margin_bytes = 16384;

// Makes the whole words of the running stack zero from `from` up to just below the caller's frame.
void clear_below_frame(std::byte* from) noexcept;

// Bytes from the top of the stack down to its lowest word that is not zero.
std::size_t deepest_use(const StackBounds& stack) noexcept;

}  // namespace greenroom::detail
