// FunctionalActor: an actor that is a set of functions, for what needs no class.
//
//     auto counter = system.spawn_functional(
//         [count = 0](Add add) mutable { count += add.value; },   // state of one function,
//         [](greenroom::FunctionalActor& self, Quit) { self.stop(); });
//
//     auto total = std::make_shared<int>(0);                       // or of several
//     auto sum = system.spawn_functional([total](Add add) { *total += add.value; },
//                                        [total](Total) { return *total; });
//
// Each function handles the message that it takes, by value, const reference or rvalue reference,
// behind a FunctionalActor& if it wants one; it returns the answer, or takes a Reply last. What
// spawn_functional returns is a Ref<Protocol<R(M)...>> of them all, in their order.
//
// By its FunctionalActor& a function does what a class does by the members of Actor. Which messages
// the functions take is known at run time only: one that none takes is an
// Error(operation_not_supported), which names it and the actor.
//
// Threads   They are called one at a time, as handlers are; no two actors share their captures,
//           unless these are pointers.
// Lifetime  An ActorTimer is kept in a capture, and goes with the actor. A supervised set is
//           copied, which an ActorTimer cannot be: there it is kept behind a pointer, which the old
//           and the new share; a timer of the old does not come to the new.
// Failure   A set that has a function of LinkDown is told of the ends of those that it is linked
//           to; one that has none fails with them.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/forwarded_message.hpp>
#include <greenroom/actors/detail/function_entry.hpp>
#include <greenroom/actors/detail/function_parts.hpp>
#include <greenroom/actors/detail/keyed_handlers.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/protocol.hpp>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace greenroom {

// What a function may do as the actor that it belongs to. None of it suspends.
class FunctionalActor : public Actor {
public:
    using Actor::id;
    using Actor::link;
    using Actor::spawn;
    using Actor::spawn_functional;
    using Actor::spawn_functional_with;
    using Actor::spawn_process;
    using Actor::spawn_with;
    using Actor::stop;
    using Actor::stop_child;
    using Actor::supervise;
    using Actor::supervise_functional;
    using Actor::supervise_process;
    using Actor::system;
    using Actor::unlink;
    using Actor::unstash;
    using Actor::unwatch;
    using Actor::unwatch_name;

    // This actor, for others to watch, link, or stop.
    AnyRef self() const noexcept { return Actor::self(this); }

    // Has a Down sent to this actor when `watched` ends, until unwatch(). Throws
    // Error(operation_not_supported) if none of its functions takes a Down.
    WatchId watch(const AnyRef& watched);
    // Has a NameRegistered and a NameFreed sent to it, until unwatch_name(name). Throws the same if
    // not both are taken.
    void watch_name(std::string_view name);

    // Actor's timers: the message comes to the function that takes it. Throw
    // Error(operation_not_supported) if there is none. A dropped ActorTimer is cancelled.
    template <class M>
    ActorTimer start_timer(Duration delay, M message) {
        (void)function_for<M>("start_timer");
        return Actor::start_timer(this, delay, std::move(message));
    }
    // `period` is more than zero (asserted).
    template <class M>
    ActorTimer start_periodic_timer(Duration period, M message,
                                    MissedTicks missed = MissedTicks::skip) {
        (void)function_for<M>("start_periodic_timer");
        return Actor::start_periodic_timer(this, period, std::move(message), missed);
    }
    // `timeout` is more than zero (asserted).
    template <class M>
    ActorTimer start_idle_timer(Duration timeout, M message) {
        (void)function_for<M>("start_idle_timer");
        return Actor::start_idle_timer(this, timeout, std::move(message));
    }

    // Keeps a message, with its Reply if the function takes one, until unstash(). Throws
    // Error(limit_reached) as Actor's, and Error(operation_not_supported) if none of its functions
    // takes the message, or that one answers with another type.
    template <class M>
    void stash(M message) {
        const detail::FunctionEntry& function = function_for<M>("stash");
        keep(
            detail::make_message<detail::TellMessage<M>>(*function.sent->tell, std::move(message)));
    }
    template <class M, class R>
    void stash(M message, Reply<R> reply) {
        const detail::FunctionEntry& function = function_for<M>("stash");
        require_answer(function, &detail::message_key<R>, detail::type_name<M>(),
                       detail::type_name<R>());
        const Where asked_at = reply.asked_at();
        keep(detail::make_message<detail::ForwardedMessage<M, R>>(
            *function.sent->forwarded, asked_at, std::move(reply), std::move(message)));
    }

protected:
    FunctionalActor() noexcept = default;

private:
    friend struct detail::KeyedHandlers<FunctionalActor>;

    virtual std::span<const detail::FunctionEntry> functions() const noexcept = 0;

    // Throws, of the member `what`, if none takes an M.
    template <class M>
    const detail::FunctionEntry& function_for(std::string_view what) const {
        return function_for(what, &detail::message_key<M>, detail::type_name<M>());
    }
    const detail::FunctionEntry& function_for(std::string_view what, const void* key,
                                              std::string_view message) const;
    const detail::FunctionEntry* find(const void* key) const noexcept;
    void require_answer(const detail::FunctionEntry& function, const void* answer_key,
                        std::string_view message, std::string_view answer) const;
    void keep(detail::Message& message);
    void take(const void* key, void* message);
};

namespace detail {

template <class... Fs>
class ActorOfFunctions final : public FunctionalActor {
public:
    explicit ActorOfFunctions(Fs... functions) : functions_{std::move(functions)...} {}

    using Interface =
        Protocol<HandlerSignature<ActorOfFunctions, typename FunctionParts<Fs>::Message>...>;

private:
    friend struct Handlers<ActorOfFunctions>;

    std::span<const FunctionEntry> functions() const noexcept override {
        return FunctionEntries<ActorOfFunctions, Interface>::all;
    }

    std::tuple<Fs...> functions_;
};

// The names of lambdas say little: it is named after its messages.
template <class... Messages>
struct FunctionsOf;
template <class... Fs>
struct NamedAfter<ActorOfFunctions<Fs...>> {
    using Type = FunctionsOf<typename FunctionParts<Fs>::Message...>;
};

template <class... Fs>
struct Handlers<ActorOfFunctions<Fs...>> {
    template <class M>
    static constexpr auto find() noexcept {
        constexpr std::size_t index = function_of<M, Fs...>;
        if constexpr (index == sizeof...(Fs)) {
            return HandlerOf<void, Takes::nothing>{};
        } else {
            return typename FunctionParts<std::tuple_element_t<index, std::tuple<Fs...>>>::Found{};
        }
    }
    template <class M>
    using Of = decltype(find<M>());

    template <class M, class... ReplyOrNothing>
    static decltype(auto) call(Actor& actor, M& message, ReplyOrNothing&&... reply) {
        constexpr std::size_t index = function_of<std::remove_const_t<M>, Fs...>;
        using F = std::tuple_element_t<index, std::tuple<Fs...>>;
        auto& mine = static_cast<ActorOfFunctions<Fs...>&>(actor);
        F& function = std::get<index>(mine.functions_);
        if constexpr (FunctionParts<F>::takes_self) {
            return function(static_cast<FunctionalActor&>(mine), std::move(message),
                            std::forward<ReplyOrNothing>(reply)...);
        } else {
            return function(std::move(message), std::forward<ReplyOrNothing>(reply)...);
        }
    }
};

template <class... Fs>
auto spawn_functional(SystemCore& system, Cell* parent, const ActorOptions& options,
                      Fs&&... functions) {
    if constexpr ((require_message_function<std::decay_t<Fs>>() && ...)) {
        using Made = ActorOfFunctions<std::decay_t<Fs>...>;
        return Ref<typename Made::Interface>{
            spawn_actor<Made>(system, parent, options, std::forward<Fs>(functions)...)};
    }
}

template <class... Fs>
auto supervise_functional(SystemCore& system, Cell* parent, const ChildOptions& options,
                          Fs&&... functions) {
    static_assert((std::is_copy_constructible_v<std::decay_t<Fs>> && ...),
                  "each start has copies of the functions");
    if constexpr ((require_message_function<std::decay_t<Fs>>() && ...)) {
        using Made = ActorOfFunctions<std::decay_t<Fs>...>;
        return Ref<typename Made::Interface>{supervise_actor(
            system, parent,
            [all = std::tuple<std::decay_t<Fs>...>{std::forward<Fs>(functions)...}] {
                return std::apply([](const auto&... each) { return Made{each...}; }, all);
            },
            options)};
    }
}

}  // namespace detail

template <class... Fs>
auto Actor::spawn_functional(Fs&&... functions) {
    return spawn_functional_with(usual_actor_options, std::forward<Fs>(functions)...);
}
template <class... Fs>
auto Actor::spawn_functional_with(const ActorOptions& options, Fs&&... functions) {
    return detail::spawn_functional(cell().system(), &cell(), options,
                                    std::forward<Fs>(functions)...);
}
template <class... Fs>
auto Actor::supervise_functional(const ChildOptions& options, Fs&&... functions) {
    return detail::supervise_functional(cell().system(), &cell(), options,
                                        std::forward<Fs>(functions)...);
}

}  // namespace greenroom
