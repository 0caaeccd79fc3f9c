// Which item of a channel is received next, and the word for a channel without a bound.
//
//     Channel<Job> line{64};                              // the oldest first
//     Channel<Job, NewestFirst> stack{64};                // last in, first out
//     Channel<Job, Ordered<ByDueTime>> urgent{unbounded}; // the one that comes before all others
#pragma once

#include <functional>

namespace greenroom {

struct OldestFirst {};
struct NewestFirst {};

// The item that comes before all others by `Before`, as std::less<> has it: the smallest. Of equal
// ones the oldest. `Before` is called under the channel's lock, some log2(items) times: it must not
// throw, nor wait.
template <class Before = std::less<>>
struct Ordered {};

// Given instead of a capacity: a send never waits, and what is inside is bounded by memory alone.
struct Unbounded {
    explicit Unbounded() = default;
};
inline constexpr Unbounded unbounded{};

}  // namespace greenroom
