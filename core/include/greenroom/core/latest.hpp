// Latest: a value that changes, and those who want to know it, or to hear of its changes.
//
//     greenroom::Latest<Settings> settings{read_settings()};
//     Settings now = settings.get();
//     auto changes = settings.subscribe();
//     for (Settings& each : changes) apply(each);   // the present ones, then each later state
//
// A receiver sees the latest value: of those that came since it looked last it misses all but one,
// and counts them. So nobody who sends waits for it.
// For receivers that see every item: broadcast.hpp.
//
// Threads       Every member is safe from any fiber and from any plain thread; a receiver is used
//               by one at a time.
// Ordering      What was written before a send is visible to who sees the value, or a later one.
// Lifetime      Receivers end before their source (asserted).
// Cancellation  receive and receive_before are suspension points. If a value and a cancellation
//               meet, one wins; who is cancelled has seen nothing.
// Limits        A send allocates, and hands the value to each receiver that waits under a lock that
//               others spin on: the time grows with their number. Everybody gets a copy of the T,
//               made without the lock: share big things (std::shared_ptr<const Map>).
#pragma once

#include <greenroom/core/detail/latest_base.hpp>
#include <greenroom/core/detail/subscription.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class T>
class Latest : private detail::LatestBase {
    static_assert(std::is_copy_constructible_v<T>, "each receiver gets a copy");

public:
    // Movable: receive, receive_before, try_receive, missed, and a range-for.
    using Receiver = detail::Subscription<T, detail::LatestBase>;

    explicit Latest(T first) : LatestBase{std::make_shared<const T>(std::move(first))} {}

    // Sends fail from now on; receivers see the latest value if they have not yet, and then find
    // the end. Throws Error(closed) the second time.
    using LatestBase::close;
    using LatestBase::closed;

    // A copy of the latest value. Never waits.
    T get() const { return *static_cast<const T*>(value().get()); }

    // A receiver that has seen nothing yet: its first receive() returns the latest value at once.
    [[nodiscard]] Receiver subscribe() { return Receiver{*this}; }

    // Takes the place of the value before. Never waits. Throws Error(closed).
    void send(T value) { put(std::make_shared<const T>(std::move(value))); }
};

}  // namespace greenroom
