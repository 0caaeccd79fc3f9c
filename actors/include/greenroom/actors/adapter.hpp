// adapt: an actor as somebody whose messages are others than its own.
//
//     class Buyer : public greenroom::Actor {
//      public:
//       void on_start() override {
//           // The exchange speaks of quotes; a buyer has one message for all prices it hears.
//           exchange_.tell(Subscribe{greenroom::adapt(self(this), [](Quote q) {
//               return PriceHeard{q.symbol, q.cents};
//           })});
//       }
//       void on(PriceHeard heard);
//
// Each function makes of another's message one that the actor handles. It captures nothing, since
// it is part of the reference's type; what depends on the actor's state belongs into the handler.
// It runs in the actor's turn, before the handler; an exception of it is one of
// the handler's.
//
// The result refers to the same actor: it is equal to `ref`, watched and stopped like it, and tells
// and asks keep their order with those that come by `ref`. An ask's answer is the handler's.
#pragma once

#include <greenroom/actors/detail/function_parts.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/ref.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

template <class A, class... Fs>
struct Adapted {};

template <class F>
using MadeBy = std::decay_t<typename FunctionParts<F>::Found::Result>;

template <class A, class... Fs>
struct Handlers<Adapted<A, Fs...>> {
    template <class M>
    using FunctionFor = std::tuple_element_t<function_of<M, Fs...>, std::tuple<Fs...>>;

    template <class M>
    static constexpr auto find() noexcept {
        if constexpr (function_of<M, Fs...> == sizeof...(Fs)) {
            return HandlerOf<void, Takes::nothing>{};
        } else {
            using Own = Handler<A, MadeBy<FunctionFor<M>>>;
            return HandlerOf<typename Own::Result, Takes::value, Own::answers_later>{};
        }
    }
    template <class M>
    using Of = decltype(find<M>());

    template <class M, class... ReplyOrNothing>
    static decltype(auto) call(Actor& actor, M& message, ReplyOrNothing&&... reply) {
        auto own = FunctionFor<M>{}(std::move(message));
        return call_handler<A>(actor, own, std::forward<ReplyOrNothing>(reply)...);
    }
};

// Never defined: see actor_has_no_handler_for_message.
template <class Message>
struct adapters_function_captures_something;

template <class A, class F>
consteval bool can_adapt_by() noexcept {
    if constexpr (!std::is_empty_v<F> || !std::is_default_constructible_v<F>) {
        (void)sizeof(adapters_function_captures_something<typename FunctionParts<F>::Message>);
        return false;
    } else if constexpr (!require_message_function<F>()) {
        return false;
    } else {
        require_handler<A, MadeBy<F>>();
        return handles<A, MadeBy<F>>;
    }
}

}  // namespace greenroom::detail

namespace greenroom {

// `ref` as a Ref<Protocol<R(M)...>>: an M for each function, which takes it, and R what A's handler
// answers to what that function makes of it.
template <class A, class... Fs>
auto adapt(const Ref<A>& ref, Fs...) {
    if constexpr ((detail::can_adapt_by<A, Fs>() && ...)) {
        using Mine = detail::Adapted<A, Fs...>;
        using Made = Ref<Protocol<
            detail::HandlerSignature<Mine, typename detail::FunctionParts<Fs>::Message>...>>;
        ref.cell()->add_reference();
        return Made{Ref<Mine>::adopt(*ref.cell())};
    }
}

}  // namespace greenroom
