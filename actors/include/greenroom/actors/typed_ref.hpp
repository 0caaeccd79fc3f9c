// TypedRef: what may be done with a reference that knows what its actor handles: the base of
// Ref<A> (ref.hpp) and of Ref<Protocol<...>> (protocol.hpp), which know it in different ways.
//
// Threads       As of AnyRef.
// Ordering      Messages from one sender to one actor are handled in the order sent. What was done
//               before a tell is visible to the handler, and what that did, to who got its answer.
// Errors        See tell and ask. A message that the actor does not handle does not compile.
#pragma once

#include <greenroom/actors/any_ref.hpp>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/delayed_tell.hpp>
#include <greenroom/actors/detail/forwarded_message.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/actors/reply.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/timers.hpp>
#include <greenroom/core/where.hpp>
#include <type_traits>
#include <utility>

namespace greenroom {

struct StreamOptions;

// How long an ask waits when it is not told.
constexpr Duration default_ask_timeout = std::chrono::seconds{5};

// `Self` says whether it takes<M>() and takes_forwarded<M, R>(), where else the compiler names what
// is missing; what is the Answer<M>; and the descriptors tell_kind<M>(), ask_kind<M>() and
// forwarded_kind<M, R>().
template <class Self>
class TypedRef : public AnyRef {
public:
    // Sends a message and goes on. `tell(m)` copies an lvalue and moves an rvalue;
    // `tell<M>(args...)` builds the message in place; a Shared<M> is handled as an M. To an actor
    // that has ended it is a dead letter: counted, and logged once in a while. A suspension point
    // only if the mailbox is bounded with suspend_sender. Throws MailboxFull by the mailbox's
    // policy; the message is lost then.
    template <class Message>
    void tell(Message&& message, Where where = Where::here()) const {
        send<std::decay_t<Message>>(where, std::forward<Message>(message));
    }
    template <class M, class... Args>
        requires(!std::is_reference_v<M> &&
                 !(sizeof...(Args) == 1 && (std::is_same_v<Args, M> && ...)))
    void tell(Args&&... args) const { send<M>(Where{}, std::forward<Args>(args)...); }

    // Sends a message if that needs no waiting.
    template <class Message>
    Sent try_tell(Message&& message, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (Self::template takes<detail::PayloadOf<M>>()) {
            return detail::try_tell<M>(*cell(), self().template tell_kind<M>(), where,
                                       std::forward<Message>(message));
        }
    }

    // Sends a message when `delay` has passed, or at `due` by the runtime's clock, past the bound
    // of the mailbox. The handle that is returned may cancel it; dropped, it lets it come. The
    // message is no reason for the actor to live. Throws Error(stopping) if the runtime has ended.
    // For a timer of an actor's own: timer.hpp.
    template <class Message>
    TimerHandle tell_later(Duration delay, Message&& message, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (Self::template takes<detail::PayloadOf<M>>()) {
            auto& timer = delayed<M>(where, std::forward<Message>(message));
            return start(timer, [&] { return &timer.start_after(delay); });
        } else {
            return {};
        }
    }
    template <class Message>
    TimerHandle tell_at(TimePoint due, Message&& message, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (Self::template takes<detail::PayloadOf<M>>()) {
            auto& timer = delayed<M>(where, std::forward<Message>(message));
            return start(timer, [&] { return &timer.start_at(due); });
        } else {
            return {};
        }
    }

    // Sends a message and waits for its answer, which is what the handler returns, or what is given
    // to the Reply that it took: suspends a fiber, blocks a plain thread. An ask of a handler that
    // returns nothing returns when that has handled it; one whose answer is a Stream, when that is
    // there to be read.
    // Throws Timeout, ActorStopped at once if the actor has ended or ends before it answers,
    // HandlerFailed if the handler threw (the actor then fails, too), MailboxFull by the policy;
    // Error(broken) if the Reply was dropped, and what it, or a Result that was returned, says.
    // A suspension point: throws Cancelled, and then the request may still be handled; so it may
    // after Timeout, also where `timeout` is zero or less. That is never early, and where `timeout`
    // is a second or more up to 50 ms late. An enclosing scope's deadline counts as well, and in
    // the handler of an ask that of its asker: a Timeout of that one may leave the handler, and is
    // no failure of the actor. Throws AskCycle at once where the handlers of actors would wait for
    // one another, or one for itself, and none could go on. Throws Error(wrong_thread) on the
    // thread that drives a caller-driven runtime.
    template <class Message>
    auto ask(Message&& message, Duration timeout = default_ask_timeout,
             Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (Self::template takes<M>()) {
            using R = typename Self::template Answer<M>;
            return detail::ask<M, R>(*cell(), self().template ask_kind<M>(), timeout, where,
                                     std::forward<Message>(message));
        }
    }

    // Sends a message and goes on; its answer comes to the future that is returned, or why there is
    // none: ActorStopped, HandlerFailed, MailboxFull, Error(broken) or what the answer says, where
    // an ask would throw that, in the same words; but the actor is the one that has the reply, and
    // of a message that was never handled none is named. There is no timeout. Suspends as tell
    // does; a full mailbox is told to the future. In an actor, what is given to the future's `then`
    // runs as one of its handlers. Of a message whose answer is a Stream it returns that: see
    // stream.hpp.
    template <class Message>
    [[nodiscard]] auto request(Message&& message, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (Self::template takes<M>()) {
            using R = typename Self::template Answer<M>;
            if constexpr (detail::is_stream<R>) {
                return request(std::forward<Message>(message), typename R::Options{}, where);
            } else {
                Promise<R> promise;
                auto future = promise.future();
                forward(std::forward<Message>(message), Reply{std::move(promise)}, where);
                return future;
            }
        }
    }
    // Throws std::invalid_argument.
    template <class Message>
    [[nodiscard]] auto request(Message&& message, const StreamOptions& options,
                               Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (Self::template takes<M>()) {
            using R = typename Self::template Answer<M>;
            if constexpr (detail::require_stream<Self, M, R>()) {
                auto ends = R::make(options, {detail::type_name<M>(), where});
                forward(std::forward<Message>(message), std::move(ends.reply), where);
                return std::move(ends.stream);
            }
        }
    }

    // Sends a message whose answer goes to whoever waits for `reply`: for a handler that has
    // another actor answer in its place. Suspends as tell does; a full mailbox is told to the one
    // who waits.
    template <class Message, class R>
    void forward(Message&& message, Reply<R> reply, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (Self::template takes_forwarded<M, R>()) {
            detail::forward<M, R>(*cell(), self().template forwarded_kind<M, R>(), where,
                                  std::move(reply), std::forward<Message>(message));
        }
    }

protected:
    TypedRef() noexcept = default;
    explicit TypedRef(const AnyRef& other) noexcept : AnyRef{other} {}
    // Takes over a reference that was counted already.
    explicit TypedRef(detail::Cell& cell) noexcept : AnyRef{cell} {}

private:
    const Self& self() const noexcept { return static_cast<const Self&>(*this); }

    template <class M, class... Args>
    detail::DelayedTell& delayed(Where where, Args&&... args) const {
        auto& node = detail::make_message<detail::TellMessage<M>>(self().template tell_kind<M>(),
                                                                  std::forward<Args>(args)...);
        return detail::DelayedTell::make(*cell(), node, where);
    }
    template <class Start>
    static TimerHandle start(detail::DelayedTell& timer, const Start& start) {
        try {
            return TimerHandle{{start(), &timer}};
        } catch (...) {
            timer.destroy();
            throw;
        }
    }

    template <class M, class... Args>
    void send(Where where, Args&&... args) const {
        if constexpr (Self::template takes<detail::PayloadOf<M>>()) {
            detail::tell<M>(*cell(), self().template tell_kind<M>(), where,
                            std::forward<Args>(args)...);
        }
    }
};

}  // namespace greenroom
