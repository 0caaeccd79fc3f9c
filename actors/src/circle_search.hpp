// CircleSearch: a walk from one actor's waits along those of others, back to that actor.
//
// An actor that waits itself leads to one other. One whose tasks wait leads to several, and to wait
// for one of them for ever is enough: so the walk takes each in turn, the nearest first. What does
// not wait itself leads nowhere, and is left out at once. Each actor's tasks are looked at once.
//
// Threads   Of the caller's. It holds the lock of one actor's tasks at a time, and allocates under
//           none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/detail/wait_node.hpp>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <mutex>
#include <new>
#include <vector>

namespace greenroom::detail {

class CircleSearch {
public:
    // Walks, by `walk`, until there is no circle, or there was one and `end_one` has ended a wait
    // of it: under a lock, and all of them lasted. False of that: there was no need.
    template <class Walk, class EndOne>
    static Looked find(const Walk& walk, const EndOne& end_one) noexcept;

    // Throws std::bad_alloc, all.
    Looked from(WaitNode& node, std::uint64_t number);
    Looked from_tasks(WaitNode& actor);

    // After in_circle: in the order of the waits.
    WaitNode::Circle& circle() noexcept { return circle_; }
    // Whether each of them is still the one that was seen.
    bool lasts() const noexcept;

private:
    struct Step {
        WaitNode::Seen seen;
        WaitNode* target;
        std::size_t before;  // the step that has led to it
    };
    static constexpr std::size_t first = ~std::size_t{0};

    void begin(const WaitNode& goal) noexcept;
    Looked walk();
    bool take_step(WaitNode& node, std::size_t before);
    bool take_tasks(WaitNode& actor, std::size_t before);
    void add_tasks(WaitNode& actor, std::size_t before) noexcept;
    void tell(std::size_t last);

    static SpinLock ending_;  // see find()

    const WaitNode* goal_ = nullptr;
    std::vector<Step> steps_;
    std::size_t last_mark_ = 0;              // a step of a number that is a power of two
    std::vector<const WaitNode*> branches_;  // actors whose tasks were looked at
    WaitNode::Circle circle_;
};

template <class Walk, class EndOne>
Looked CircleSearch::find(const Walk& walk, const EndOne& end_one) noexcept {
    CircleSearch search;
    const bool looks_twice = !mutant(Mutant::circle_seen_once);
    const bool looks_again = looks_twice && !mutant(Mutant::circle_fails_all);
    try {
        for (;;) {
            if (const Looked looked = walk(search); looked != Looked::in_circle) return looked;
            // Where a wait of it has ended there may be another way round.
            if (looks_twice && !search.lasts()) continue;
            const std::lock_guard held(ending_);
            if (looks_again && !search.lasts()) continue;
            return end_one(search.circle()) ? Looked::in_circle : Looked::no_circle;
        }
    } catch (const std::bad_alloc&) {
        return Looked::no_circle;
    }
}

}  // namespace greenroom::detail
