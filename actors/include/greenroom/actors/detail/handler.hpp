// Which handler of an actor takes a message: found at compile time, by its exact type.
//
// A handler of M is a public member function `on` whose one parameter is M, const M& or M&&.
// Nothing is converted: tell('c') does not reach on(int). A derived class whose `on` hides its
// base's needs `using Base::on;`.
#pragma once

#include <type_traits>
#include <utility>

namespace greenroom::detail {

enum class Takes { nothing, value, const_reference, rvalue };

template <class R, Takes how>
struct HandlerOf {
    using Result = R;
    static constexpr Takes takes = how;
};

// Overload resolution against `&A::on` picks the member whose parameter is exactly the one named.
template <class M, class R, class B>
HandlerOf<R, Takes::value> by_value(R (B::*)(M));
template <class M, class R, class B>
HandlerOf<R, Takes::value> by_value(R (B::*)(M) const);
template <class M, class R, class B>
HandlerOf<R, Takes::const_reference> by_const_reference(R (B::*)(const M&));
template <class M, class R, class B>
HandlerOf<R, Takes::const_reference> by_const_reference(R (B::*)(const M&) const);
template <class M, class R, class B>
HandlerOf<R, Takes::rvalue> by_rvalue(R (B::*)(M&&));

template <class A, class M>
constexpr auto find_handler() noexcept {
    if constexpr (requires { by_const_reference<M>(&A::on); }) {
        return decltype(by_const_reference<M>(&A::on)){};
    } else if constexpr (requires { by_value<M>(&A::on); }) {
        return decltype(by_value<M>(&A::on)){};
    } else if constexpr (requires { by_rvalue<M>(&A::on); }) {
        return decltype(by_rvalue<M>(&A::on)){};
    } else {
        return HandlerOf<void, Takes::nothing>{};
    }
}

template <class A, class M>
using Handler = decltype(find_handler<A, M>());

template <class A, class M>
constexpr bool handles = Handler<A, M>::takes != Takes::nothing;

template <class A, class M>
using HandlerResult = typename Handler<A, M>::Result;

// Never defined: naming one makes the compiler's first line name the actor and the message.
template <class Actor, class Message>
struct actor_has_no_handler_for_message;
template <class Actor, class Message>
struct actor_class_is_not_complete_here;
template <class Message>
struct destructor_of_message_may_throw;

template <class T>
concept Complete = requires {
    sizeof(T);
};

template <class A, class M>
constexpr void require_handler() noexcept {
    if constexpr (!std::is_nothrow_destructible_v<M>) {
        (void)sizeof(destructor_of_message_may_throw<M>);
    } else if constexpr (!Complete<A>) {
        (void)sizeof(actor_class_is_not_complete_here<A, M>);
    } else if constexpr (!handles<A, M>) {
        (void)sizeof(actor_has_no_handler_for_message<A, M>);
    }
}

template <class A, class M>
decltype(auto) call_handler(A& actor, M& message) {
    if constexpr (Handler<A, M>::takes == Takes::const_reference) {
        return actor.on(std::as_const(message));
    } else {
        return actor.on(std::move(message));
    }
}

}  // namespace greenroom::detail
