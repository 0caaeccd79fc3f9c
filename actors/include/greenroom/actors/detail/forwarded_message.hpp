// ForwardedMessage: a message that brings along the Reply that its answer goes to.
//
// Made by Ref::forward, for the asker of another message, and by Ref::request, for a future.
#pragma once

#include <exception>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/reply.hpp>
#include <greenroom/actors/urgent.hpp>
#include <greenroom/core/result.hpp>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

// What a handler returns, as what its asker gets.
template <class R, class A, class M>
Result<R> answer_of(Actor& actor, M& message) {
    using Returned = std::decay_t<HandlerResult<A, M>>;
    if constexpr (!std::is_void_v<R> || std::is_same_v<Returned, Result<void>>) {
        return call_handler<A>(actor, message);
    } else if constexpr (std::is_same_v<Returned, Answer<A, M>>) {
        (void)call_handler<A>(actor, message);
        return {};
    } else {
        const auto result = call_handler<A>(actor, message);
        return result.ok() ? Result<R>{} : Result<R>{result.failure()};
    }
}

// Why there is no answer to `message`, which was sent at `where`: it ended unhandled.
std::exception_ptr not_handled(const Message& message, const Where& where, Discard why) noexcept;
// The same in a catch block: what its handler threw.
std::exception_ptr handler_threw(const Message& message, const Where& where, const Cell& receiver);

// What depends on no type.
struct ForwardedFrom : Message {
    ForwardedFrom(const Descriptor& kind, Where sent_at) noexcept : Message{kind}, where{sent_at} {}

    const Where where;
};

// What does not depend on the message.
template <class R>
struct ForwardedBase : ForwardedFrom {
    ForwardedBase(const Descriptor& kind, Where sent_at, Reply<R> its_reply) noexcept
        : ForwardedFrom{kind, sent_at}, reply{std::move(its_reply)} {}

    void end_unhandled(Discard why) noexcept { reply.give_up(not_handled(*this, where, why)); }
    // In a catch block. False: that is no failure of the receiver's.
    [[nodiscard]] bool end_failed(const Cell& receiver) {
        if (gives_up_for_asker(receiver, reply.until())) {
            reply.expire();
            return false;
        }
        reply.give_up(handler_threw(*this, where, receiver));
        return true;
    }

    // See Descriptor::fail_ask; the node stays with its receiver.
    static bool stop_asker(Message& message) noexcept {
        static_cast<ForwardedBase&>(message).end_unhandled(Discard::receiver_stopped);
        return false;
    }

    Reply<R> reply;
};

template <class M, class R>
struct ForwardedMessage final : ForwardedBase<R> {
    template <class... Args>
    ForwardedMessage(const Descriptor& kind, Where sent_at, Reply<R> its_reply, Args&&... args)
        : ForwardedBase<R>{kind, sent_at, std::move(its_reply)},
          payload(build_message<M>(std::forward<Args>(args)...)) {}

    template <class A>
    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<ForwardedMessage&>(message);
        const MessageEnd end{node, &destroy_message<ForwardedMessage>};
        if (node.reply.asker_has_gone()) return count_abandoned_ask(receiver);
        if constexpr (Handler<A, M>::answers_later) {
            node.reply.is_taken_by(receiver, {node.descriptor->name, node.where});
            call_until(node.reply.until(), receiver, [&] {
                call_handler<A>(receiver.actor(), node.payload, std::move(node.reply));
            });
        } else {
            node.template answer_by<A>(receiver);
        }
    }

    static void discard(Message& message, Discard why) noexcept {
        auto& node = static_cast<ForwardedMessage&>(message);
        node.end_unhandled(why);
        free_message(node);
    }

    M payload;

private:
    template <class A>
    void answer_by(Cell& receiver) {
        try {
            const HandedDown time{this->reply.until()};
            this->reply.settle(answer_of<R, A>(receiver.actor(), payload));
        } catch (...) {
            if (this->end_failed(receiver)) throw;
        }
    }
};

// Of a node that was never sent: its mailbox was full, or the sender could not wait for room.
inline void discard_unsent(Message& message) noexcept {
    message.descriptor->discard(message, Discard::mailbox_full);
}

template <class A, class M, class R>
inline constexpr Descriptor forwarded_descriptor{&ForwardedMessage<M, R>::template dispatch<A>,
                                                 &ForwardedMessage<M, R>::discard,
                                                 &discard_unsent,
                                                 type_name<M>(),
                                                 true,
                                                 &ForwardedBase<R>::stop_asker,
                                                 &message_key<M>,
                                                 is_urgent<M>,
                                                 NodeKind::forwarded};

// Sends it. What hinders that, the one who waits for the answer learns, and not the caller.
void send_forwarded(Cell& receiver, Message& message, Where where);

// How a reference forwards: `kind` is the descriptor of M and R for the receiver's class.
template <class M, class R, class... Args>
void forward(Cell& receiver, const Descriptor& kind, Where where, Reply<R> reply, Args&&... args) {
    using Node = ForwardedMessage<M, R>;
    if (!reply.may_go_to(receiver, kind, where)) return;
    auto& node = make_message<Node>(kind, where, std::move(reply), std::forward<Args>(args)...);
    send_forwarded(receiver, node, where);
}

}  // namespace greenroom::detail
