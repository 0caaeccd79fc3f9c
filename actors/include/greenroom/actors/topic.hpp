// Topic: an actor that passes each message that it is told to all who have subscribed.
//
//     greenroom::Ref<greenroom::Topic<Price>> prices = system.spawn<greenroom::Topic<Price>>();
//
//     void on_start() override { prices_.tell(greenroom::Subscribe<Price>{self(this)}); }
//     void on(const Price& price);
//
//     prices.tell(Price{...});
//
// A message is published by telling it to the topic, as an M or as a Shared<M>; all subscribers get
// the one payload. The topic is a subscriber's Protocol<void(M)> itself. An actor is subscribed
// once: a further Subscribe only says anew what is done when it is slow. That a Subscribe was
// refused, by the limit, an ask of it throws.
//
// Ordering  A subscriber gets the messages of one publisher in the order published.
// Lifetime  A subscription is a Ref: a reason to live for an actor that stops unreferenced. It ends
//           by Unsubscribe, or with the subscriber.
// Limits    `subscribers_max`. Nobody waits for a slow subscriber: where its mailbox is full, and
//           does not drop the oldest by itself, the subscription's WhenSlow decides.
// Failure   An M that cannot be copied does not compile: each subscriber may want its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/notice.hpp>
#include <greenroom/actors/detail/own_watch.hpp>
#include <greenroom/actors/get_stats.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/shared.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/result.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace greenroom {

template <class M>
class Topic;

// What becomes of a message for which a subscriber's mailbox has no room.
enum class WhenSlow {
    drop,         // it is dropped for this subscriber, and counted
    unsubscribe,  // likewise, and the subscription ends: told by Unsubscribed<M>
};

// To a subscriber that was too slow, behind all that it got. It passes the bound of the mailbox.
template <class M>
struct Unsubscribed {
    Ref<Topic<M>> topic;
};

// Asks a topic for its messages. Answered by a Result<void>: limit_reached.
template <class M>
struct Subscribe {
    // A Ref of an actor that handles M, or of a protocol that has void(M). Unsubscribed<M> is told
    // if it is of a class that handles that.
    template <class A>
    explicit Subscribe(const Ref<A>& who, WhenSlow when = WhenSlow::drop)
        : subscriber{who}, when_slow{when} {
        if constexpr (detail::handles<A, Unsubscribed<M>>) {
            notify = &detail::post_notice<A, Unsubscribed<M>>;
        }
    }

    Ref<Protocol<void(M)>> subscriber;
    WhenSlow when_slow;
    // For the library: how it is told that it was unsubscribed, or null.
    void (*notify)(detail::Cell& receiver, Unsubscribed<M> news) = nullptr;
};

template <class M>
struct Unsubscribe {
    AnyRef subscriber;
};

struct TopicOptions {
    std::size_t subscribers_max = 100'000;
};

struct TopicStats {
    std::size_t subscribers = 0;     // now
    std::uint64_t published = 0;     // messages
    std::uint64_t delivered = 0;     // into mailboxes
    std::uint64_t dropped = 0;       // since a mailbox was full, whatever followed from that
    std::uint64_t unsubscribed = 0;  // subscribers, by WhenSlow
    std::uint64_t refused = 0;       // Subscribes, by the limit
};

namespace detail {

// Never defined: see actor_has_no_handler_for_message.
template <class Message>
struct message_of_topic_cannot_be_copied;

template <class M>
constexpr bool require_topic() noexcept {
    if constexpr (!std::is_copy_constructible_v<M>) {
        (void)sizeof(message_of_topic_cannot_be_copied<M>);
    }
    return true;
}

}  // namespace detail

template <class M>
class Topic final : public Actor {
    static_assert(detail::require_topic<M>());

public:
    explicit Topic(TopicOptions options = {}) : options_{options} {
        if (options.subscribers_max == 0) {
            throw std::invalid_argument{
                "TopicOptions::subscribers_max is 0: nobody could subscribe"};
        }
    }

    void on(M&& message) { publish(share(std::move(message))); }
    void on(const Shared<M>& message) { publish(message); }

    Result<void> on(const Subscribe<M>& wish) {
        if (!wish.subscriber) {
            return Error{std::make_error_code(std::errc::invalid_argument),
                         "Subscribe: the subscriber is nobody"};
        }
        if (const Place place = find(wish.subscriber); place != subscriptions_.end()) {
            place->second.wish = wish;
            return {};
        }
        if (subscriptions_.size() >= options_.subscribers_max) {
            ++stats_.refused;
            return Error{Errc::limit_reached, "Subscribe: the topic has " +
                                                  std::to_string(options_.subscribers_max) +
                                                  " subscribers, its subscribers_max"};
        }
        subscriptions_.emplace(wish.subscriber.id().number,
                               Subscription{wish, detail::OwnWatch{self(this), wish.subscriber}});
        return {};
    }

    void on(const Unsubscribe<M>& wish) {
        const Place place = wish.subscriber ? find(wish.subscriber) : subscriptions_.end();
        if (place != subscriptions_.end()) remove(place);
    }

    TopicStats on(GetStats) const {
        TopicStats stats = stats_;
        stats.subscribers = subscriptions_.size();
        return stats;
    }

    void on(const Down& down) {
        auto [place, end] = subscriptions_.equal_range(down.actor.number);
        while (place != end) {
            // An id is of one system, and subscribers may be of several.
            place = place->second.wish.subscriber.has_ended() ? subscriptions_.erase(place)
                                                              : std::next(place);
        }
    }

private:
    struct Subscription {
        Subscribe<M> wish;
        detail::OwnWatch watch;
    };
    // By the number of the subscriber's id: never by address, so that runs repeat.
    using Subscriptions = std::unordered_multimap<std::uint64_t, Subscription>;
    using Place = typename Subscriptions::iterator;

    Place find(const AnyRef& subscriber) {
        auto [place, end] = subscriptions_.equal_range(subscriber.id().number);
        while (place != end && !(place->second.wish.subscriber == subscriber)) ++place;
        return place == end ? subscriptions_.end() : place;
    }

    Place remove(Place place) {
        place->second.watch.end(self(this));
        return subscriptions_.erase(place);
    }

    void publish(const Shared<M>& message) {
        ++stats_.published;
        Place place = subscriptions_.begin();
        while (place != subscriptions_.end()) place = deliver(place, message);
    }

    // The next subscription.
    Place deliver(Place place, const Shared<M>& message) {
        const Subscribe<M>& wish = place->second.wish;
        if (wish.subscriber.has_ended()) return remove(place);  // and its Down has not come yet
        switch (wish.subscriber.try_tell(message)) {
            case Sent::sent: ++stats_.delivered; break;
            case Sent::stopped: return remove(place);
            case Sent::full:
                ++stats_.dropped;
                if (wish.when_slow == WhenSlow::unsubscribe) return unsubscribe(place);
                break;
        }
        return std::next(place);
    }

    Place unsubscribe(Place place) {
        ++stats_.unsubscribed;
        const Subscribe<M>& wish = place->second.wish;
        if (wish.notify != nullptr) wish.notify(*wish.subscriber.cell(), {self(this)});
        return remove(place);
    }

    const TopicOptions options_;
    Subscriptions subscriptions_;
    TopicStats stats_;
};

}  // namespace greenroom
