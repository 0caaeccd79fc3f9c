// Routees: those whom a router or a pool gives its messages to, and whose turn it is.
//
// Threads  Of the router's handlers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <greenroom/actors/detail/hash_ring.hpp>
#include <greenroom/actors/detail/own_watch.hpp>
#include <greenroom/actors/detail/protocol_table.hpp>
#include <greenroom/actors/exit.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/routing.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace greenroom::detail {

// Never defined: see actor_has_no_handler_for_message.
template <class Key, class Message>
struct key_of_router_does_not_take_message;

template <class M>
using HashOfMessage = std::function<std::size_t(const M& message)>;

template <class M, class F>
HashOfMessage<M> hash_of_message(const std::shared_ptr<F>& key) {
    if constexpr (std::is_invocable_v<F&, const M&>) {
        using Key = std::decay_t<std::invoke_result_t<F&, const M&>>;
        return [key](const M& message) { return std::hash<Key>{}((*key)(message)); };
    } else {
        (void)sizeof(key_of_router_does_not_take_message<F, M>);
        return {};
    }
}

template <class P>
struct Routee {
    Ref<P> ref;
    OwnWatch watch;
};

template <class P>
class Routees;

template <class... Signatures>
class Routees<Protocol<Signatures...>> {
public:
    using Member = Routee<Protocol<Signatures...>>;

    explicit Routees(Routing how) noexcept : how_{how} {}
    template <class F>
    explicit Routees(ByKey<F> by) : ring_{std::in_place, by.virtual_nodes} {
        if (by.virtual_nodes == 0) {
            throw std::invalid_argument{"ByKey::virtual_nodes is 0: no key would have a routee"};
        }
        const auto key = std::make_shared<F>(std::move(by.key));
        hashes_ = {hash_of_message<MessageOf<Signatures>>(key)...};
    }

    bool all_get_it() const noexcept { return !ring_ && how_ == Routing::broadcast; }
    std::size_t size() const noexcept { return members_.size(); }
    Member& operator[](std::size_t index) const noexcept { return *members_[index]; }

    void add(Member member) {
        members_.push_back(std::make_unique<Member>(std::move(member)));
        Member& added = *members_.back();
        if (ring_) ring_->add(added, added.ref.id().number);
    }

    // Null if it is not in.
    Member* find(const AnyRef& who) const noexcept {
        return find_if([&](const Member& member) { return member.ref == who; });
    }
    // The one that has ended and had this id: an id is of one system, and there may be several.
    Member* find_ended(ActorId id) const noexcept {
        return find_if(
            [&](const Member& member) { return member.ref.id() == id && member.ref.has_ended(); });
    }

    void remove(const Member& member) noexcept {
        if (ring_) ring_->remove(member, member.ref.id().number);
        const auto is_it = [&](const auto& each) { return each.get() == &member; };
        const auto place = std::find_if(members_.begin(), members_.end(), is_it);
        if (static_cast<std::size_t>(place - members_.begin()) < next_) --next_;
        members_.erase(place);
    }

    // Who gets the message; null if there is nobody. Not where all get it.
    template <class M>
    Member* choose(const M& message) {
        if (members_.empty()) return nullptr;
        if (ring_) {
            constexpr std::size_t index = message_index<M, Signatures...>;
            return ring_->find(std::get<index>(hashes_)(message));
        }
        switch (how_) {
            case Routing::least_mailbox: return &take_turn(shortest());
            case Routing::random: return members_[any_index()].get();
            case Routing::round_robin:
            case Routing::broadcast: break;
        }
        return &take_turn(next_);
    }

private:
    template <class Condition>
    Member* find_if(const Condition& condition) const noexcept {
        for (const auto& member : members_) {
            if (condition(*member)) return member.get();
        }
        return nullptr;
    }

    std::size_t any_index() const noexcept {
        return choose_number(*current_core(), static_cast<std::uint32_t>(members_.size()));
    }

    Member& take_turn(std::size_t index) noexcept {
        index %= members_.size();
        next_ = index + 1;
        return *members_[index];
    }

    // Of equals the first from whose turn it is.
    std::size_t shortest() const noexcept {
        std::size_t best = next_;
        std::size_t best_length = SIZE_MAX;
        for (std::size_t index = next_; index < next_ + members_.size(); ++index) {
            const Ref<Protocol<Signatures...>>& ref = members_[index % members_.size()]->ref;
            if (ref.cell()->is_idle()) return index;
            const std::size_t length = ref.queued();
            if (length >= best_length) continue;
            best = index;
            best_length = length;
        }
        return best;
    }

    const Routing how_ = Routing::round_robin;
    std::optional<HashRing<Member>> ring_;  // by key, in place of how_
    std::tuple<HashOfMessage<MessageOf<Signatures>>...> hashes_;
    std::vector<std::unique_ptr<Member>> members_;  // in the order added
    std::size_t next_ = 0;                          // whose turn it is, or one behind the last
};

}  // namespace greenroom::detail
