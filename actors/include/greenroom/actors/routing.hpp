// Routing: to which of its routees a router or a pool gives a message.
#pragma once

#include <cstddef>
#include <utility>

namespace greenroom {

enum class Routing {
    round_robin,    // each its turn, in the order in which they were added
    random,         // one drawn by the runtime's Chance: under simulation, from the seed
    least_mailbox,  // one that is idle, else the one with the fewest messages queued, as
                    // AnyRef::queued tells; each its turn among equals
    broadcast,      // all of them, with one payload. Asks fail: there would be many answers
};

// By a key, which `key` takes from each message: one key's messages go to one routee, and when one
// comes or goes, about one n-th of the keys move and no others. For a router alone.
//
//     ByKey{[](const auto& message) { return message.user; }}
template <class F>
struct ByKey {
    explicit ByKey(F function, std::size_t nodes = 128)
        : key{std::move(function)}, virtual_nodes{nodes} {}

    F key;  // what it returns has a std::hash
    // At how many places of the ring each routee stands: with more, the keys are shared out more
    // evenly, and adding one takes longer.
    std::size_t virtual_nodes;
};

}  // namespace greenroom
