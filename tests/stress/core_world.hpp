// CoreWorld: what the agents of core_stress.cpp share, with books of what went in and came out.
//
// Lifetime  Outlives the runtimes of its round: whoever is killed still lets go of what it has.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/semaphore.hpp>
#include <optional>
#include <string>

#include "support/stress.hpp"

namespace greenroom::stress {

using support::Count;
using support::Token;

struct Item {
    std::uint32_t sender;
    std::uint32_t number;
};

// A channel, and what went through it.
struct Post {
    explicit Post(std::size_t capacity) : channel{capacity} {}

    void note_sent(Item item) noexcept {
        sent.fetch_add(1);
        balance.fetch_add(item.number);
    }
    void note_received(Item item) noexcept {
        received.fetch_add(1);
        balance.fetch_sub(item.number);
    }
    void settle(bool discarded_some) {
        while (std::optional<Item> item = channel.try_receive()) note_received(*item);
        support::require_equal(sent.load(), received.load() + discarded.load(), "items in and out");
        if (!discarded_some) support::require_equal(balance.load(), std::uint64_t{0}, "their sum");
    }

    Channel<Item> channel;
    Count sent{0};
    Count received{0};
    Count discarded{0};
    Count balance{0};  // sum of the numbers inside, but for discarded ones
};

// How often what happened: a stress that never raced has shown nothing.
struct Figures {
    Count operations{0};
    Count cancelled{0};
    Count expired{0};
    Count failed_tasks{0};
    Count blocking_calls{0};
    Count selects{0};
    Count timers{0};
    Count steals{0};
};
inline Figures figures;

struct World {
    static constexpr std::size_t permits_count = 3;

    explicit World(std::int64_t operations_planned) : left{operations_planned} {}

    // True until as many operations have been done as are planned; or always.
    bool begin_operation(bool endless) noexcept {
        figures.operations.fetch_add(1, std::memory_order_relaxed);
        support::progress().step();
        const std::int64_t before = left.fetch_sub(1);
        if (before == 1) over.set();
        return endless || before > 0;
    }

    void settle(bool discarded_some) {
        for (Post* post : {&rendezvous, &narrow, &wide}) post->settle(discarded_some);
        support::require(permits.try_acquire(permits_count), "all permits are back");
        support::require(!permits.try_acquire(), "and not more");
        support::require(mutex.try_lock(), "the mutex is free");
        support::require_equal(first, second, "what the mutex guards");
        mutex.unlock();
        const std::uint64_t inside = automatic.try_wait() ? 1 : 0;
        support::require(passes.load() + inside <= sets.load(), "one passes for each set");
        support::require_equal(Token::alive.load(), std::int64_t{0}, "functions alive");
    }

    std::atomic<std::int64_t> left;  // operations
    Event over;                      // set when none is left

    Semaphore permits{permits_count};
    std::atomic<std::size_t> taken{0};
    Mutex mutex;
    std::uint64_t first = 0;  // guarded by mutex, as
    std::uint64_t second = 0;
    Post rendezvous{0};
    Post narrow{1};
    Post wide{8};
    Event manual;
    Event automatic{Event::Reset::automatic};
    Count passes{0};
    Count sets{0};
    std::atomic<std::uint32_t> senders{0};
};

}  // namespace greenroom::stress
