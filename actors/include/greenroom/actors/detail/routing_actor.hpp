// RoutingActor: what routers and pools have in common: a handler for each message of a protocol,
// which gives it to a routee.
//
// A message that was told is told; one that is asked is forwarded, with the Reply that leads to its
// asker. Both wait where the routee's mailbox has the sender wait.
//
// Owner is the class of the actor. It has prepare(), called before each message; meet_ended(),
// called where a routee turns out to have ended, which takes that out; and find_one(), called where
// there is no routee, which returns one or null.
#pragma once

#include <cstdint>
#include <exception>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/protocol_table.hpp>
#include <greenroom/actors/detail/routees.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/reply.hpp>
#include <greenroom/actors/routing.hpp>
#include <greenroom/actors/shared.hpp>
#include <greenroom/core/result.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

template <class Owner, class Signature,
          bool can_be_shared = std::is_copy_constructible_v<MessageOf<Signature>>>
class RouteHandler;

template <class Owner, class Signature>
class RouteHandler<Owner, Signature, false> {
    using M = MessageOf<Signature>;
    using R = typename SignatureParts<Signature>::Answer;

public:
    void on(M&& message, Reply<R> reply) {
        static_cast<Owner&>(*this).route(std::move(message), std::move(reply));
    }
};

template <class Owner, class Signature>
class RouteHandler<Owner, Signature, true> : public RouteHandler<Owner, Signature, false> {
public:
    using RouteHandler<Owner, Signature, false>::on;
    void on(const Shared<MessageOf<Signature>>& message) {
        static_cast<Owner&>(*this).route_shared(message);
    }
};

// Why an ask of `message` has no answer.
std::exception_ptr no_answer_of_many(std::string_view message);
std::exception_ptr nobody_to_ask(std::string_view message);

template <class Owner, class P>
class RoutingActor;

template <class Owner, class... Signatures>
class RoutingActor<Owner, Protocol<Signatures...>> : public Actor,
                                                     public RouteHandler<Owner, Signatures>... {
public:
    using RouteHandler<Owner, Signatures>::on...;

protected:
    using P = Protocol<Signatures...>;
    using Member = Routee<P>;

    explicit RoutingActor(Routing how) : routees_{how} {
        if (how == Routing::broadcast) (require_copies<MessageOf<Signatures>>(), ...);
    }
    template <class F>
    explicit RoutingActor(ByKey<F> by) : routees_{std::move(by)} {}

    void add(Ref<P> who) {
        OwnWatch watch{self(&owner()), who};
        routees_.add(Member{std::move(who), watch});
    }
    void remove(Member& member) {
        member.watch.end(self(&owner()));
        routees_.remove(member);
    }

    Routees<P> routees_;
    std::uint64_t routed_ = 0;
    std::uint64_t dropped_ = 0;

private:
    template <class, class, bool>
    friend class RouteHandler;

    template <class M>
    static void require_copies() {
        if constexpr (!std::is_copy_constructible_v<M>) {
            throw std::invalid_argument{"Routing::broadcast: " + std::string{type_name<M>()} +
                                        " cannot be copied, so it cannot go to many"};
        }
    }

    Owner& owner() noexcept { return static_cast<Owner&>(*this); }

    template <class M, class R>
    void route(M&& message, Reply<R> reply) {
        owner().prepare();
        if (reply.asker_has_gone()) return;
        if (routees_.all_get_it()) {
            if (reply.is_awaited())
                return reply.settle(Result<R>{no_answer_of_many(type_name<M>())});
            return share_out(std::move(message));
        }
        const Ref<P>* const chosen = choose(message);
        if (chosen != nullptr) {
            ++routed_;
            reply.is_awaited() ? chosen->forward(std::move(message), std::move(reply))
                               : tell(*chosen, std::move(message));
        } else if (reply.is_awaited()) {
            reply.settle(Result<R>{nobody_to_ask(type_name<M>())});
        } else {
            ++dropped_;
        }
    }

    template <class M>
    void route_shared(const Shared<M>& message) {
        owner().prepare();
        if (routees_.all_get_it()) return tell_all(message);
        const Ref<P>* const chosen = choose(*message);
        if (chosen == nullptr) return static_cast<void>(++dropped_);
        ++routed_;
        tell(*chosen, message);
    }

    // Passes over those that have ended and whose Down has not come yet.
    template <class M>
    const Ref<P>* choose(const M& message) {
        while (Member* const chosen = routees_.choose(message)) {
            if (!chosen->ref.has_ended()) return &chosen->ref;
            owner().meet_ended(*chosen);
        }
        Member* const found = owner().find_one();
        return found == nullptr ? nullptr : &found->ref;
    }

    template <class Message>
    void tell(const Ref<P>& routee, Message&& message) {
        try {
            routee.tell(std::forward<Message>(message));
        } catch (const MailboxFull&) {
            ++dropped_;
        }
    }

    template <class M>
    void share_out(M&& message) {
        if constexpr (std::is_copy_constructible_v<M>) tell_all(share(std::move(message)));
    }
    template <class M>
    void tell_all(const Shared<M>& message) {
        if (routees_.size() == 0) return static_cast<void>(++dropped_);
        ++routed_;
        for (std::size_t i = 0; i < routees_.size(); ++i) tell(routees_[i].ref, message);
    }
};

}  // namespace greenroom::detail
