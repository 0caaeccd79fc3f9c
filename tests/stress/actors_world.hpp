// ActorsWorld: whom the drivers and nodes of actors_stress.cpp talk to, and the books of it.
//
// Lifetime  Outlives the systems of its round.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <greenroom/actors/system.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "support/stress.hpp"

namespace greenroom::stress {

using namespace std::chrono_literals;
using support::Count;
using support::Random;
using support::require;
using support::require_equal;
using support::Token;

struct Item {
    std::uint32_t teller;
    std::uint64_t number;
    Token token{};
};
struct Question {
    std::uint64_t value;
    Token token{};
};
constexpr std::uint64_t answer_to(std::uint64_t value) { return value * 2 + 1; }

struct Figures {
    Count messages{0};
    Count answered{0};
    Count timed_out{0};
    Count stopped{0};
    Count failed{0};
    Count full{0};
    Count cancelled{0};
    Count dropped{0};
    Count dead_letters{0};
    Count downs{0};
    Count late_answers{0};
    Count expired_asks{0};
    Count circles{0};
};
inline Figures figures;

class Node;
class Watcher;

// Where a node can be found. A rank is for life: nobody waits for room at one of lower rank, so
// that no ring of senders waits for itself.
struct Contact {
    Ref<Node> node;
    MailboxOptions mailbox;
    std::uint32_t rank = 0;
};

struct World {
    static constexpr std::uint32_t contacts_count = 24;

    explicit World(std::int64_t operations_planned) : left{operations_planned} {}

    bool begin_operation() noexcept {
        support::progress().step();
        return left.fetch_sub(1) > 0;
    }
    Contact contact(Random& random) {
        const std::lock_guard held(mutex);
        return contacts[random.below(contacts_count)];
    }
    const Ref<Watcher>& watcher_in(const System& system, Random& random) const {
        const std::size_t which = &system == systems[0] ? 0 : 2;
        return watchers[which + random.below(2U)];
    }
    // In the place of an older one, which ends.
    void put(Contact contact) {
        {
            const std::lock_guard held(mutex);
            std::swap(contacts[contact.rank % contacts_count], contact);
        }
        if (contact.node) contact.node.stop_when_drained();
    }
    // The references to all, for who wants to stop them.
    std::array<Contact, contacts_count> take_contacts() {
        const std::lock_guard held(mutex);
        return std::exchange(contacts, {});
    }

    std::atomic<std::int64_t> left;  // operations
    std::mutex mutex;                // never held across a suspension
    std::array<Contact, contacts_count> contacts;
    std::vector<System*> systems;
    // Two of each system's actors, whose ids are theirs alone; not all of them live there.
    std::vector<Ref<Watcher>> watchers;
    std::atomic<std::uint32_t> ranks{0};
    std::atomic<std::uint32_t> tellers{0};

    // Messages: those that were sent for sure, those that perhaps never came into a mailbox, and
    // those that a handler was called for.
    Count sent{0};
    Count perhaps_sent{0};
    Count handled{0};

    Count watches{0};
    Count nodes_made{0};
    Count nodes_destroyed{0};
    Count starts{0};
    Count stops{0};
};

}  // namespace greenroom::stress
