// Inbox: what other threads leave for one worker: fibers to resume there, and control turns.
//
// A stack that any thread pushes to and that its worker takes whole, turned round: oldest first.
//
// Ordering  push() is seq_cst, and so is looks_empty(): one half each of the pair that parking
//           rests on (worker.hpp). What was written before a push is visible to who takes the node.
#pragma once

#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/inbox_node.hpp>
#include <greenroom/core/detail/mutant.hpp>

namespace greenroom::detail {

class Inbox {
public:
    // Any thread. The node is the worker's at once: nothing may be read from it afterwards.
    void push(InboxNode& node) noexcept {
        // relaxed: a guess, that the exchange below checks.
        InboxNode* newest = newest_.load(std::memory_order_relaxed);
        do {
            node.next = newest;
            // seq_cst: release for take(), and before the pusher's look at the worker's state.
        } while (!newest_.compare_exchange_weak(newest, &node, std::memory_order_seq_cst,
                                                std::memory_order_relaxed));
    }

    // The worker: all nodes, linked oldest first, or null.
    InboxNode* take() noexcept {
        // relaxed: a push that is missed here is seen by the next look, or by the last before
        // parking, which is looks_empty().
        if (newest_.load(std::memory_order_relaxed) == nullptr) return nullptr;
        InboxNode* node = take_all();
        InboxNode* oldest = nullptr;
        while (node != nullptr) {
            InboxNode* const older = node->next;
            node->next = oldest;
            oldest = node;
            node = older;
        }
        return oldest;
    }

    // seq_cst: after the worker's store that it parks, before it sleeps.
    bool looks_empty() const noexcept { return newest_.load(std::memory_order_seq_cst) == nullptr; }

private:
    InboxNode* take_all() noexcept {
        if (mutant(Mutant::inbox_store_for_exchange)) {
            InboxNode* const seen = newest_.load(std::memory_order_acquire);
            newest_.store(nullptr, std::memory_order_relaxed);
            return seen;
        }
        // acquire: pairs with the release in push().
        return newest_.exchange(nullptr, std::memory_order_acquire);
    }

    Atomic<InboxNode*> newest_{nullptr};
};

}  // namespace greenroom::detail
