// PoolOptions: how many children a pool has, and when it makes and ends some. PoolStats: its
// counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/actor_options.hpp>
#include <greenroom/actors/routing.hpp>
#include <greenroom/core/time.hpp>

namespace greenroom {

struct PoolOptions {
    std::size_t children_min = 1;
    std::size_t children_max = 8;
    Routing routing = Routing::least_mailbox;
    // One more is made when the mailbox of each holds more messages than that.
    std::size_t grow_above = 4;
    // While there are more than children_min: how often the pool looks for idle ones.
    Duration look_every = std::chrono::seconds{1};
    // How many may end by themselves within that time; with one more the pool fails.
    std::size_t failures_max = 10;
    Duration failures_within = std::chrono::minutes{1};
    // Of each child. Its mailbox has a bound, above grow_above.
    ActorOptions child{.mailbox = {.bound = 1000}};
};

struct PoolStats {
    std::size_t children = 0;   // now
    std::uint64_t routed = 0;   // messages given to a child, or to all
    std::uint64_t dropped = 0;  // refused by a full mailbox, or since no child could be made
    std::uint64_t grown = 0;    // children made for the load
    std::uint64_t shrunk = 0;   // children ended since they were idle
    std::uint64_t lost = 0;     // children that ended by themselves, or could not be made
};

namespace detail {

// Throws std::invalid_argument.
void require_valid(const PoolOptions& options);

}  // namespace detail

}  // namespace greenroom
