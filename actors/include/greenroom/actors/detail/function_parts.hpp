// FunctionParts: what a lambda that handles messages takes and returns.
//
//   R(M)            R(Self&, M)            M also as const M& or M&&
//   void(M, Reply<R>)   void(Self&, M, Reply<R>)
#pragma once

#include <cstddef>
#include <greenroom/actors/detail/handler.hpp>
#include <type_traits>
#include <utility>

namespace greenroom {

class FunctionalActor;

}  // namespace greenroom

namespace greenroom::detail {

template <class R, class... Args>
struct Signature {};

template <class F, class R, class... Args>
Signature<R, Args...> signature(R (F::*)(Args...));
template <class F, class R, class... Args>
Signature<R, Args...> signature(R (F::*)(Args...) const);

template <class M>
constexpr Takes takes_as = std::is_lvalue_reference_v<M>   ? Takes::const_reference
                           : std::is_rvalue_reference_v<M> ? Takes::rvalue
                                                           : Takes::value;

template <class R, class M, bool with_self>
struct MessageFunction {
    using Message = std::remove_cvref_t<M>;
    using Found = HandlerOf<R, takes_as<M>>;
    static constexpr bool takes_self = with_self;
    static constexpr bool takes_message =
        !std::is_lvalue_reference_v<M> || std::is_const_v<std::remove_reference_t<M>>;
};
template <class R, class M, bool with_self>
struct LaterFunction : MessageFunction<R, M, with_self> {
    using Found = HandlerOf<R, takes_as<M>, true>;
};
// Of another shape.
struct NoMessageFunction {
    using Message = void;
    using Found = HandlerOf<void, Takes::nothing>;
    static constexpr bool takes_self = false;
    static constexpr bool takes_message = false;
};

template <class S>
struct PartsOf : NoMessageFunction {};
template <class R, class M>
struct PartsOf<Signature<R, M>> : MessageFunction<R, M, false> {};
template <class R, class M>
struct PartsOf<Signature<R, FunctionalActor&, M>> : MessageFunction<R, M, true> {};
template <class M, class R>
struct PartsOf<Signature<void, M, Reply<R>>> : LaterFunction<R, M, false> {};
template <class M, class R>
struct PartsOf<Signature<void, FunctionalActor&, M, Reply<R>>> : LaterFunction<R, M, true> {};

template <class F>
constexpr auto find_parts() noexcept {
    if constexpr (requires { signature(&F::operator()); }) {
        return PartsOf<decltype(signature(&F::operator()))>{};
    } else {
        return NoMessageFunction{};
    }
}
template <class F>
using FunctionParts = decltype(find_parts<F>());

// Which of the functions takes an M; their number if none does.
template <class M, class... Fs>
constexpr std::size_t function_of = [] {
    std::size_t index = 0;
    static_cast<void>(
        ((std::is_same_v<M, typename FunctionParts<Fs>::Message> || (++index, false)) || ...));
    return index;
}();

// The signature of a protocol that stands for a handler of M.
template <class A, class M>
using HandlerSignature = Answer<A, M>(M);

// Never defined: see actor_has_no_handler_for_message. Which function it is, the notes behind the
// error tell: a lambda's name is long.
template <bool it_does>
struct function_does_not_take_one_message_of_a_known_type;

template <class F>
consteval bool require_message_function() noexcept {
    constexpr bool takes = FunctionParts<F>::takes_message;
    if constexpr (!takes) (void)sizeof(function_does_not_take_one_message_of_a_known_type<takes>);
    return takes;
}

}  // namespace greenroom::detail
