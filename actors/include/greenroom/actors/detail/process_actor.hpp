// ProcessActor: the actor of a process: its function, and what it may be sent.
#pragma once

#include <greenroom/actors/detail/protocol_table.hpp>
#include <greenroom/actors/detail/spawn.hpp>
#include <greenroom/actors/process.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

// M stands for void(M).
template <class MessageOrSignature>
struct AsSignature {
    using Type = void(MessageOrSignature);
};
template <class R, class M>
struct AsSignature<R(M)> {
    using Type = R(M);
};

template <class F, class... Signatures>
class ProcessActor final : public Process {
public:
    explicit ProcessActor(F body) : body_{std::move(body)} {}

private:
    void on_start() override {
        body_(static_cast<Process&>(*this));
        stop();
    }

    F body_;
};

// The names of lambdas say little: it is named after its messages.
template <class... Messages>
struct ProcessOf;
template <class F, class... Signatures>
struct NamedAfter<ProcessActor<F, Signatures...>> {
    using Type = ProcessOf<MessageOf<Signatures>...>;
};

template <class F, class... Signatures>
struct Handlers<ProcessActor<F, Signatures...>> {
    template <class M>
    static constexpr auto find() noexcept {
        if constexpr (message_index<M, Signatures...> < sizeof...(Signatures)) {
            return HandlerOf<ProcessAnswer<M>, Takes::rvalue, true>{};
        } else {
            return HandlerOf<void, Takes::nothing>{};
        }
    }
    template <class M>
    using Of = decltype(find<M>());

    template <class M, class R>
    static void call(Actor& actor, M& message, Reply<R>&& reply) {
        const ReplyPort port{&message_key<R>, type_name<R>(), &reply};
        static_cast<Process&>(actor).handle(&message_key<M>, &message, port);
    }

private:
    template <class M>
    using ProcessAnswer = ProtocolAnswer<M, Signatures...>;
};

template <class... Signatures, class F>
Ref<Protocol<Signatures...>> spawn_process(SystemCore& system, Cell* parent,
                                           const ActorOptions& options, F&& body) {
    using Made = ProcessActor<std::decay_t<F>, Signatures...>;
    return spawn_actor<Made>(system, parent, options, std::forward<F>(body));
}

template <class... Signatures, class F>
Ref<Protocol<Signatures...>> supervise_process(SystemCore& system, Cell* parent,
                                               const ChildOptions& options, F&& body) {
    using Body = std::decay_t<F>;
    static_assert(std::is_copy_constructible_v<Body>, "each start has a copy of the function");
    return supervise_actor(
        system, parent,
        [body = Body{std::forward<F>(body)}] { return ProcessActor<Body, Signatures...>{body}; },
        options);
}

}  // namespace greenroom::detail

namespace greenroom {

template <class... Messages, class F>
auto Actor::spawn_process(F&& body, const ActorOptions& options) {
    return detail::spawn_process<typename detail::AsSignature<Messages>::Type...>(
        cell().system(), &cell(), options, std::forward<F>(body));
}
template <class... Messages, class F>
auto Actor::supervise_process(F&& body, const ChildOptions& options) {
    return detail::supervise_process<typename detail::AsSignature<Messages>::Type...>(
        cell().system(), &cell(), options, std::forward<F>(body));
}

}  // namespace greenroom
