// Router: an actor that gives each message to one of its routees, or to all of them.
//
//     using Work = greenroom::Protocol<void(Job), int(Query)>;
//     greenroom::Ref<Work> router = system.spawn<greenroom::Router<Work>>(
//         greenroom::Routing::round_robin, std::vector<greenroom::Ref<Work>>{one, other});
//     router.tell(Job{...});
//     int found = router.ask(Query{...});
//
// An ask is forwarded: the routee answers the asker. Routees may be of any class that handles the
// protocol, and come and go by AddRoutee and RemoveRoutee; one that ends is removed. A router of
// actors that it makes itself: pool.hpp.
//
// Ordering  Messages of one sender reach one routee in the order sent. Nothing is promised about
//           two routees.
// Lifetime  A router has Refs to its routees, and does not own them.
// Limits    RouterOptions::routees_max; an ask of an AddRoutee throws, then, limit_reached.
//           A full mailbox: where that of the chosen routee has its senders wait the router does,
//           and takes no other message meanwhile; where it fails, the message is dropped and
//           counted, and an asker gets MailboxFull. With a bounded mailbox of its own (spawn_with)
//           the router has its senders wait as well.
// Failure   Without a routee a message that is told is dropped and counted, and an ask throws
//           Error(not_found) at once. An ask of Routing::broadcast throws as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/detail/routing_actor.hpp>
#include <greenroom/actors/get_stats.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/routing.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/result.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace greenroom {

// To a router. Answered by a Result<void>: limit_reached. One that is in already stays in once.
template <class P>
struct AddRoutee {
    Ref<P> routee;
};
template <class P>
struct RemoveRoutee {
    AnyRef routee;
};

struct RouterOptions {
    std::size_t routees_max = 10'000;
};

struct RouterStats {
    std::size_t routees = 0;    // now
    std::uint64_t routed = 0;   // messages given to a routee, or to all
    std::uint64_t dropped = 0;  // told while there was no routee, or refused by a full mailbox
    std::uint64_t refused = 0;  // AddRoutees, by the limit
};

template <class P>
class Router;

template <class... Signatures>
class Router<Protocol<Signatures...>> final
    : public detail::RoutingActor<Router<Protocol<Signatures...>>, Protocol<Signatures...>> {
    using P = Protocol<Signatures...>;
    using Base = detail::RoutingActor<Router, P>;

public:
    // By Routing or ByKey. Throws std::invalid_argument.
    explicit Router(Routing how, std::vector<Ref<P>> routees = {}, RouterOptions options = {})
        : Base{how}, options_{options}, first_{std::move(routees)} {
        require_fit();
    }
    template <class F>
    explicit Router(ByKey<F> by, std::vector<Ref<P>> routees = {}, RouterOptions options = {})
        : Base{std::move(by)}, options_{options}, first_{std::move(routees)} {
        require_fit();
    }

    using Base::on;

    Result<void> on(const AddRoutee<P>& wish) {
        if (!wish.routee) {
            return Error{std::make_error_code(std::errc::invalid_argument),
                         "AddRoutee: the routee is nobody"};
        }
        if (this->routees_.find(wish.routee) != nullptr) return {};
        if (this->routees_.size() >= options_.routees_max) {
            ++refused_;
            return Error{Errc::limit_reached, "AddRoutee: the router has " +
                                                  std::to_string(options_.routees_max) +
                                                  " routees, its routees_max"};
        }
        this->add(wish.routee);
        return {};
    }

    void on(const RemoveRoutee<P>& wish) {
        if (auto* const member = this->routees_.find(wish.routee)) this->remove(*member);
    }

    void on(const Down& down) {
        if (auto* const member = this->routees_.find_ended(down.actor)) this->remove(*member);
    }

    RouterStats on(GetStats) const {
        return {this->routees_.size(), this->routed_, this->dropped_, refused_};
    }

protected:
    void on_start() override {
        for (const Ref<P>& routee : std::exchange(first_, {})) on(AddRoutee<P>{routee}).value();
    }

private:
    friend Base;

    // For the base.
    void prepare() noexcept {}
    void meet_ended(typename Base::Member& routee) noexcept { this->remove(routee); }
    typename Base::Member* find_one() noexcept { return nullptr; }

    void require_fit() const {
        if (first_.size() > options_.routees_max) {
            throw std::invalid_argument{"Router: it is given " + std::to_string(first_.size()) +
                                        " routees, and its routees_max is " +
                                        std::to_string(options_.routees_max)};
        }
        for (const Ref<P>& routee : first_) {
            if (!routee) throw std::invalid_argument{"Router: it is given a routee that is nobody"};
        }
    }

    const RouterOptions options_;
    std::vector<Ref<P>> first_;  // until on_start
    std::uint64_t refused_ = 0;
};

}  // namespace greenroom
