// Which handler of an actor takes a message: found at compile time, by its exact type.
//
// A handler of M is a public member function `on` whose first parameter is M, const M& or M&&. What
// it returns is the answer; one that answers later takes a Reply<R> behind the message and returns
// nothing. One that answers with many items takes a StreamReply<T>, which is a Reply<Stream<T>>.
// Nothing is converted: tell('c') does not reach on(int). A derived class whose `on` hides
// its base's needs `using Base::on;`.
#pragma once

#include <greenroom/core/result.hpp>
#include <type_traits>
#include <utility>

namespace greenroom {

class Actor;
template <class R>
class Reply;
template <class M>
class Shared;
template <class T>
class Stream;

}  // namespace greenroom

namespace greenroom::detail {

enum class Takes { nothing, value, const_reference, rvalue };

template <class R, Takes how, bool later = false>
struct HandlerOf {
    using Result = R;
    static constexpr Takes takes = how;
    static constexpr bool answers_later = later;
};

// Overload resolution against `&A::on` picks the member whose parameters are exactly those named.
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

template <class M, class R, class B>
HandlerOf<R, Takes::value, true> later_by_value(void (B::*)(M, Reply<R>));
template <class M, class R, class B>
HandlerOf<R, Takes::const_reference, true> later_by_const_reference(void (B::*)(const M&,
                                                                                Reply<R>));
template <class M, class R, class B>
HandlerOf<R, Takes::rvalue, true> later_by_rvalue(void (B::*)(M&&, Reply<R>));

template <class A, class M>
constexpr auto find_handler() noexcept {
    if constexpr (requires { by_const_reference<M>(&A::on); }) {
        return decltype(by_const_reference<M>(&A::on)){};
    } else if constexpr (requires { by_value<M>(&A::on); }) {
        return decltype(by_value<M>(&A::on)){};
    } else if constexpr (requires { by_rvalue<M>(&A::on); }) {
        return decltype(by_rvalue<M>(&A::on)){};
    } else if constexpr (requires { later_by_const_reference<M>(&A::on); }) {
        return decltype(later_by_const_reference<M>(&A::on)){};
    } else if constexpr (requires { later_by_value<M>(&A::on); }) {
        return decltype(later_by_value<M>(&A::on)){};
    } else if constexpr (requires { later_by_rvalue<M>(&A::on); }) {
        return decltype(later_by_rvalue<M>(&A::on)){};
    } else {
        return HandlerOf<void, Takes::nothing>{};
    }
}

// How messages reach an A: by its members `on`. Specialised for what has handlers of another shape
// (functional_actor.hpp, process_actor.hpp, keyed_handlers.hpp, adapter.hpp).
template <class A>
struct Handlers {
    template <class M>
    using Of = decltype(find_handler<A, M>());

    // `reply` is nothing, or the Reply of a handler that answers later.
    template <class M, class... ReplyOrNothing>
    static decltype(auto) call(Actor& actor, M& message, ReplyOrNothing&&... reply) {
        A& mine = static_cast<A&>(actor);
        if constexpr (Of<std::remove_const_t<M>>::takes == Takes::const_reference) {
            return mine.on(std::as_const(message), std::forward<ReplyOrNothing>(reply)...);
        } else {
            return mine.on(std::move(message), std::forward<ReplyOrNothing>(reply)...);
        }
    }
};

template <class A, class M>
using Handler = typename Handlers<A>::template Of<M>;

template <class A, class M>
constexpr bool handles = Handler<A, M>::takes != Takes::nothing;

// Whether A has a handler of the Shared message itself. Of one shape alone, since this is asked for
// each message of each protocol.
template <class A, class SharedM>
constexpr bool handles_itself = requires {
    by_const_reference<SharedM>(&A::on);
};

template <class A, class M>
using HandlerResult = typename Handler<A, M>::Result;

// What an ask returns: a value, also where the handler returns a reference to the actor's own; that
// of a Result, whose failure the ask throws.
template <class T>
struct AnswerOfResult {
    using Type = T;
};
template <class T>
struct AnswerOfResult<Result<T>> {
    using Type = T;
};
template <class A, class M>
using Answer = typename AnswerOfResult<std::decay_t<HandlerResult<A, M>>>::Type;

template <class R>
inline constexpr bool is_stream = false;
template <class T>
inline constexpr bool is_stream<Stream<T>> = true;

// What a receiver handles: of a Shared<M>, M.
template <class M>
struct PayloadOfMessage {
    using Type = M;
    static constexpr bool is_shared = false;
};
template <class M>
struct PayloadOfMessage<Shared<M>> {
    using Type = M;
    static constexpr bool is_shared = true;
};
template <class M>
using PayloadOf = typename PayloadOfMessage<M>::Type;

// Never defined: naming one makes the compiler's first line name the actor and the message.
template <class Actor, class Message>
struct actor_has_no_handler_for_message;
template <class Actor, class Message>
struct actor_has_no_public_handler_for_message;
template <class Actor, class Message>
struct actor_class_is_not_complete_here;
template <class Message>
struct destructor_of_message_may_throw;
template <class Actor, class Message>
struct actor_takes_shared_message_that_cannot_be_copied;

template <class T>
concept Complete = requires {
    sizeof(T);
};

// Two members `on` are ambiguous, whoever may name them; so this tells whether A has any.
struct AlsoOn {
    int on;
};
template <class A>
struct WithAlsoOn : A, AlsoOn {};

template <class A>
concept NameableOn = requires {
    &A::on;
};

// Whether A has an `on` that cannot be named alone: it is not public, or one of several.
template <class A>
consteval bool has_unnameable_on() noexcept {
    if constexpr (std::is_final_v<A>) {
        return false;
    } else {
        return !NameableOn<A> && !NameableOn<WithAlsoOn<A>>;
    }
}

// Of an `on` that is not public the compiler says so, and where it is.
template <class A>
struct HandlersArePublic : A {
    using A::on;
};

template <class A, class M>
consteval void report_no_handler() noexcept {
    if constexpr (has_unnameable_on<A>()) {
        (void)sizeof(actor_has_no_public_handler_for_message<A, M>);
        (void)sizeof(HandlersArePublic<A>);
    } else {
        (void)sizeof(actor_has_no_handler_for_message<A, M>);
    }
}

// Immediate, so that its error comes before those that follow from it.
template <class A, class M>
consteval void require_handler() noexcept {
    if constexpr (!std::is_nothrow_destructible_v<M>) {
        (void)sizeof(destructor_of_message_may_throw<M>);
    } else if constexpr (!Complete<A>) {
        (void)sizeof(actor_class_is_not_complete_here<A, M>);
    } else if constexpr (!handles<A, M>) {
        report_no_handler<A, M>();
    }
}

// Whether A's handler of M can answer who waits for an R. Who waits for nothing takes any answer.
template <class A, class M, class R>
constexpr bool answers = handles<A, M> && (std::is_same_v<Answer<A, M>, R> ||
                                           (std::is_void_v<R> && !Handler<A, M>::answers_later));

// Never defined: see actor_has_no_handler_for_message.
template <class Ref, class Message>
struct message_is_answered_by_no_stream;

template <class Ref, class M, class R>
consteval bool require_stream() noexcept {
    if constexpr (!is_stream<R>) (void)sizeof(message_is_answered_by_no_stream<Ref, M>);
    return is_stream<R>;
}

template <class Actor, class Message, class Reply>
struct actor_answers_message_with_another_type;

template <class A, class M, class R>
consteval void require_answer() noexcept {
    require_handler<A, M>();
    if constexpr (Complete<A>) {
        if constexpr (handles<A, M> && !answers<A, M, R>) {
            (void)sizeof(actor_answers_message_with_another_type<A, M, R>);
        }
    }
}

// `reply` is nothing, or the Reply of a handler that answers later.
template <class A, class M, class... ReplyOrNothing>
decltype(auto) call_handler(Actor& actor, M& message, ReplyOrNothing&&... reply) {
    return Handlers<A>::call(actor, message, std::forward<ReplyOrNothing>(reply)...);
}

// For a message that nobody waits for.
template <class A, class M>
void tell_handler(Actor& actor, M& message) {
    using Found = Handler<A, std::remove_const_t<M>>;
    if constexpr (Found::answers_later) {
        call_handler<A>(actor, message, Reply<typename Found::Result>{});
    } else {
        (void)call_handler<A>(actor, message);
    }
}

// Whether A can be told an M that others have as well.
template <class A, class M>
constexpr bool takes_shared =
    Handler<A, M>::takes == Takes::const_reference || std::is_copy_constructible_v<M>;

// For a message that nobody waits for, and that others have as well.
template <class A, class M>
void tell_handler_shared(Actor& actor, const M& message) {
    if constexpr (!takes_shared<A, M>) {
        (void)sizeof(actor_takes_shared_message_that_cannot_be_copied<A, M>);
    } else if constexpr (Handler<A, M>::takes == Takes::const_reference) {
        tell_handler<A>(actor, message);
    } else {
        M copy = message;
        tell_handler<A>(actor, copy);
    }
}

}  // namespace greenroom::detail
