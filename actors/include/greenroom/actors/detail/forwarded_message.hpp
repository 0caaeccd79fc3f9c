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
#include <greenroom/actors/errors.hpp>
#include <greenroom/actors/reply.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/result.hpp>
#include <string>
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

template <class M, class R>
struct ForwardedMessage final : Message {
    template <class... Args>
    ForwardedMessage(const Descriptor& kind, Where sent_at, Reply<R> its_reply, Args&&... args)
        : Message{kind},
          where{sent_at},
          reply{std::move(its_reply)},
          payload(build_message<M>(std::forward<Args>(args)...)) {}

    template <class A>
    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<ForwardedMessage&>(message);
        const MessageEnd<ForwardedMessage> end{node};
        if (node.reply.asker_has_gone()) return count_abandoned_ask(receiver);
        if constexpr (Handler<A, M>::answers_later) {
            call_handler<A>(receiver.actor(), node.payload, std::move(node.reply));
        } else {
            node.template answer_by<A>(receiver);
        }
    }

    static void discard(Message& message, Discard why) noexcept {
        auto& node = static_cast<ForwardedMessage&>(message);
        if (why == Discard::mailbox_full) {
            node.refuse();
        } else {
            (void)stop_asker(message);
        }
        free_message(node);
    }

    // Never sent: its mailbox was full, or the sender could not wait for room.
    static void destroy(Message& message) noexcept {
        auto& node = static_cast<ForwardedMessage&>(message);
        node.refuse();
        free_message(node);
    }

    // See Descriptor::fail_ask; the node stays with its receiver.
    static bool stop_asker(Message& message) noexcept {
        auto& node = static_cast<ForwardedMessage&>(message);
        node.reply.give_up(std::make_exception_ptr(ActorStopped{node.story()}));
        return false;
    }

    const Where where;
    Reply<R> reply;
    M payload;

private:
    template <class A>
    void answer_by(Cell& receiver) {
        try {
            reply.settle(answer_of<R, A>(receiver.actor(), payload));
        } catch (const Cancelled&) {
            (void)stop_asker(*this);
            throw;
        } catch (...) {
            reply.give_up(handler_failed(type_name<M>(), receiver, where));
            throw;
        }
    }
    std::string story() const {
        return std::string{type_name<M>()} + ", sent at " + where.file + ":" +
               std::to_string(where.line);
    }
    void refuse() noexcept { reply.give_up(std::make_exception_ptr(MailboxFull{story()})); }
};

template <class A, class M, class R>
inline constexpr Descriptor forwarded_descriptor{&ForwardedMessage<M, R>::template dispatch<A>,
                                                 &ForwardedMessage<M, R>::discard,
                                                 &ForwardedMessage<M, R>::destroy,
                                                 type_name<M>(),
                                                 true,
                                                 &ForwardedMessage<M, R>::stop_asker,
                                                 &message_key<M>};

// Sends it. What hinders that, the one who waits for the answer learns, and not the caller.
void send_forwarded(Cell& receiver, Message& message, Where where);

// How a reference forwards: `kind` is the descriptor of M and R for the receiver's class.
template <class M, class R, class... Args>
void forward(Cell& receiver, const Descriptor& kind, Where where, Reply<R> reply, Args&&... args) {
    using Node = ForwardedMessage<M, R>;
    auto& node = make_message<Node>(kind, where, std::move(reply), std::forward<Args>(args)...);
    send_forwarded(receiver, node, where);
}

}  // namespace greenroom::detail
