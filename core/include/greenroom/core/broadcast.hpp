// Broadcast: a channel whose receivers each see every item.
//
//     greenroom::Broadcast<News> news{64};
//     auto reader = news.subscribe();               // sees what is sent from now on
//     for (News& each : reader) print(each);        // until it is closed, and all is seen
//
// Kept are the latest `capacity` items, as far as a receiver has them still to see. What becomes of
// a receiver that is further behind is said at construction (WhenBehind): it misses the oldest,
// and receivers and broadcast count them; or those who send wait for it.
// For the latest value alone: latest.hpp.
//
// Threads       Every member is safe from any fiber and from any plain thread; a receiver is used
//               by one at a time.
// Ordering      What was written before a send is visible to who receives the item. Every receiver
//               sees the items in one and the same order.
// Lifetime      Receivers end before their broadcast (asserted). Items are destroyed when the last
//               receiver has seen them.
// Cancellation  send, receive and their `_before` forms are suspension points. If an item and a
//               cancellation meet, one wins; who is cancelled has sent, or seen, nothing.
// Limits        A send allocates, and hands the item to each receiver that waits under a lock that
//               others spin on: the time grows with their number. Each receiver gets a copy of the
//               T, made without the lock: share big things (std::shared_ptr<const Map>).
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/broadcast_base.hpp>
#include <greenroom/core/detail/subscription.hpp>
#include <greenroom/core/where.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class T>
class Broadcast : private detail::BroadcastBase {
    static_assert(std::is_copy_constructible_v<T>, "each receiver gets a copy");

public:
    // Movable: receive, receive_before, try_receive, missed, and a range-for.
    using Receiver = detail::Subscription<T, detail::BroadcastBase>;

    // WhenBehind::lose_oldest: a receiver that is a whole capacity behind misses the oldest items;
    // WhenBehind::wait: senders wait for it. Requires capacity > 0 (asserted).
    explicit Broadcast(std::size_t capacity, WhenBehind when_behind = WhenBehind::lose_oldest)
        : BroadcastBase{capacity, when_behind} {}

    using BroadcastBase::capacity;
    // Sends fail from now on; receivers see what is left and then find the end. Throws
    // Error(closed) the second time.
    using BroadcastBase::close;
    using BroadcastBase::closed;
    // How many items receivers have missed, each counted for each of them.
    using BroadcastBase::missed;
    using BroadcastBase::receivers;

    // A receiver of all that is sent from now on.
    [[nodiscard]] Receiver subscribe() { return Receiver{*this}; }

    // Sends to all receivers there are; to nobody, if there is none. Waits only with the policy
    // `wait`. Throws Error(closed).
    void send(T item, Where where = Where::here()) {
        (void)send_before(Deadline::never(), std::move(item), where);
    }
    // Like send, but gives up at `deadline`. On false nobody sees the item.
    [[nodiscard]] bool send_before(Deadline deadline, T item, Where where = Where::here()) {
        detail::SharedItem shared = std::make_shared<const T>(std::move(item));
        return BroadcastBase::send_before(deadline, shared, where);
    }
    // Sends if that needs no waiting. Never waits.
    [[nodiscard]] bool try_send(T item) {
        detail::SharedItem shared = std::make_shared<const T>(std::move(item));
        return offer(shared) == Step::done;
    }
};

}  // namespace greenroom
