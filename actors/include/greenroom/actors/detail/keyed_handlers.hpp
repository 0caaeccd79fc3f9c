// KeyedHandlers: how messages reach an actor of which only the base class is known: by the key of
// their type, at run time. So what the base has sent to itself, by a timer for example, needs no
// type of the actor that derives from it.
#pragma once

#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>

namespace greenroom {

class FunctionalActor;
class Process;

}  // namespace greenroom

namespace greenroom::detail {

// Of any message, as nobody waits for an answer. `Base::take` is given the key and the message, and
// may move that.
template <class Base>
struct KeyedHandlers {
    template <class M>
    using Of = HandlerOf<void, Takes::rvalue>;

    template <class M>
    static void call(Actor& actor, M& message) {
        static_cast<Base&>(actor).take(&message_key<M>, &message);
    }
};

template <>
struct Handlers<FunctionalActor> : KeyedHandlers<FunctionalActor> {};
template <>
struct Handlers<Process> : KeyedHandlers<Process> {};

}  // namespace greenroom::detail
