// BroadcastBase: the items that not all receivers have seen yet, and where each receiver stands.
//
// Items are numbered as they are sent. Kept are those from first_ to end_, in a ring; each knows
// how many have it still to see. Who has seen an item has seen all before it, so these counts never
// fall from one item to the next, and the first one to reach 0 is the oldest.
// Receivers wait only when they have seen all: who sends hands the item to each of them. Senders
// wait only while the ring is full, where that is the policy.
//
// Threads  The members that end in `_locked` need the lock; the others take it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/subscription.hpp>
#include <vector>

namespace greenroom {

// What happens to a receiver that is a whole capacity of items behind.
enum class WhenBehind {
    lose_oldest,  // it misses the oldest, which are counted
    wait,         // senders wait for it
};

}  // namespace greenroom

namespace greenroom::detail {

class BroadcastBase {
public:
    BroadcastBase(const BroadcastBase&) = delete;
    BroadcastBase& operator=(const BroadcastBase&) = delete;

    // Ends it: sends fail from now on, receivers see what is left and then find the end.
    // Throws Error(closed) if it was closed before.
    void close();
    bool closed() const noexcept;
    std::size_t receivers() const noexcept;
    std::size_t capacity() const noexcept { return slots_.size(); }
    // How many items receivers have missed, each counted for each of them.
    std::uint64_t missed() const noexcept;

protected:
    using Step = HandOver::Step;

    BroadcastBase(std::size_t capacity, WhenBehind when_behind);
    ~BroadcastBase();

    // done or must_wait. Throws Error(closed).
    Step offer(SharedItem& item);
    // False: not by the deadline.
    bool send_before(Deadline deadline, SharedItem& item, Where where);

private:
    template <class T, class Source>
    friend class Subscription;
    template <class Receives, class Then>
    friend class SubscriptionCase;

    static constexpr const char* receiving = "broadcast receive";  // as a dump says it

    struct Slot {
        SharedItem item;
        std::size_t unseen = 0;  // receivers that have it still to see
    };

    void subscribe(Cursor& cursor) noexcept;
    void unsubscribe(Cursor& cursor) noexcept;

    // An item thrown away goes to `lost`, to be destroyed without the lock; one that nobody is
    // there to see stays where it was.
    Step offer_locked(SharedItem& item, SharedItem& lost, Resumption& woken) noexcept;
    void put_locked(SharedItem& item, SharedItem& lost, Resumption& woken) noexcept;
    Step take_locked(Cursor& cursor, SharedItem& item, Resumption& woken) noexcept;
    void see_locked(std::uint64_t number, SharedItem& item, Resumption& woken) noexcept;

    Slot& slot(std::uint64_t number) noexcept { return slots_[number % slots_.size()]; }
    bool full() const noexcept { return end_ - first_ == slots_.size(); }

    const WhenBehind when_behind_;
    // The lock of receivers_ guards all below.
    mutable WaitQueue receivers_;
    WaitQueue senders_;
    std::vector<Slot> slots_;
    std::uint64_t first_ = 0;
    std::uint64_t end_ = 0;
    std::size_t receiver_count_ = 0;
    std::uint64_t missed_ = 0;
    bool closed_ = false;
};

}  // namespace greenroom::detail
