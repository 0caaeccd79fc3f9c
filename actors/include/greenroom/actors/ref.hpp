// Ref: a reference to an actor: what messages are sent to.
//
// Copying one counts; the actor's memory lives as long as a Ref to it, the actor until it stops:
// when the last Ref drops, the actor lives on, since its parent owns it, or stops, if its
// ActorOptions say so. A Ref may outlive its System: a tell is then a dead letter, an ask fails.
// A Ref of a protocol: protocol.hpp. One that is no reason to live: weak_ref.hpp.
//
// Threads       A Ref is a value like a shared_ptr: copies are independent, one object is not
//               shared without a lock. tell, ask and stop may be called from any fiber or plain
//               thread.
// Ordering      Messages from one sender to one actor are handled in the order sent. What was done
//               before a tell is visible to the handler, and what that did, to who got its answer.
// Errors        See tell and ask. A message that the actor does not handle does not compile.
#pragma once

#include <concepts>
#include <functional>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/forwarded_message.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/actors/exit.hpp>
#include <greenroom/actors/reply.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/where.hpp>
#include <iosfwd>
#include <string>
#include <type_traits>
#include <utility>

namespace greenroom {

// How long an ask waits when it is not told.
constexpr Duration default_ask_timeout = std::chrono::seconds{5};

// What all references have: the actor, whoever it is.
class AnyRef {
public:
    // Refers to no actor; only comparison, assignment and bool may be asked of it.
    AnyRef() noexcept = default;
    AnyRef(const AnyRef& other) noexcept : cell_{other.cell_} {
        if (cell_ != nullptr) cell_->add_reference();
    }
    AnyRef(AnyRef&& other) noexcept : cell_{std::exchange(other.cell_, nullptr)} {}
    AnyRef& operator=(AnyRef other) noexcept {
        std::swap(cell_, other.cell_);
        return *this;
    }
    ~AnyRef() {
        if (cell_ != nullptr) cell_->drop_reference();
    }

    explicit operator bool() const noexcept { return cell_ != nullptr; }

    // Asks it to end: it finishes the handler it is in, within the grace; queued messages become
    // dead letters, its children stop, on_stop runs. Returns at once.
    void stop() const noexcept { cell_->stop(); }
    // The same after what is queued now and until it is empty has been handled, within the grace.
    void stop_when_drained() const noexcept { cell_->stop_when_drained(); }
    // Ends it without grace: its handler is cancelled where it waits, or at its next wait.
    void kill() const noexcept { cell_->kill(); }

    // True once it takes no more messages.
    bool has_ended() const noexcept { return cell_->has_ended(); }
    ActorId id() const noexcept { return cell_->id(); }
    const char* name() const noexcept { return cell_->name(); }

    // Whether both refer to the same actor, by whatever type.
    friend bool operator==(const AnyRef& left, const AnyRef& right) noexcept {
        return left.cell_ == right.cell_;
    }

    // For the library.
    detail::Cell* cell() const noexcept { return cell_; }

protected:
    // Takes over a reference that was counted already.
    explicit AnyRef(detail::Cell& cell) noexcept : cell_{&cell} {}

private:
    detail::Cell* cell_ = nullptr;
};

// "Account 12"; "nobody".
std::string to_string(const AnyRef& ref);
std::ostream& operator<<(std::ostream& out, const AnyRef& ref);

template <class A>
class Ref : public AnyRef {
public:
    Ref() noexcept = default;
    // To a base class of the actor's.
    template <std::derived_from<A> B>
    Ref(const Ref<B>& other) noexcept : AnyRef{other} {}  // NOLINT: as pointers convert

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
        detail::require_handler<A, detail::PayloadOf<M>>();
        if constexpr (detail::handles<A, detail::PayloadOf<M>>) {
            return detail::try_tell<M>(*cell(), detail::tell_descriptor<A, M>, where,
                                       std::forward<Message>(message));
        }
    }

    // Sends a message and waits for its answer, which is what the handler returns, or what is given
    // to the Reply that it took: suspends a fiber, blocks a plain thread. An ask of a handler that
    // returns nothing returns when that has handled it.
    // Throws Timeout, ActorStopped at once if the actor has ended or ends before it answers,
    // HandlerFailed if the handler threw (the actor then fails, too), MailboxFull by the policy;
    // Error(broken) if the Reply was dropped, and what it, or a Result that was returned, says.
    // A suspension point: throws Cancelled, and then the request may still be handled; so it may
    // after Timeout, also where `timeout` is zero or less. An enclosing scope's deadline counts as
    // well. An ask of oneself, or in a circle, waits until its timeout. Throws Error(wrong_thread)
    // on the thread that drives a caller-driven runtime.
    template <class Message>
    auto ask(Message&& message, Duration timeout = default_ask_timeout,
             Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        detail::require_handler<A, M>();
        if constexpr (detail::handles<A, M>) {
            using R = detail::Answer<A, M>;
            return detail::ask<M, R>(*cell(), detail::ask_descriptor<A, M, R>, timeout, where,
                                     std::forward<Message>(message));
        }
    }

    // Sends a message and goes on; its answer comes to the future that is returned, or why there is
    // none: as an ask throws, but without a timeout. Suspends as tell does; a full mailbox is told
    // to the future.
    template <class Message>
    auto request(Message&& message, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        detail::require_handler<A, M>();
        if constexpr (detail::handles<A, M>) {
            Promise<detail::Answer<A, M>> promise;
            auto future = promise.future();
            forward(std::forward<Message>(message), Reply{std::move(promise)}, where);
            return future;
        }
    }

    // Sends a message whose answer goes to whoever waits for `reply`: for a handler that has
    // another actor answer in its place. Suspends as tell does; a full mailbox is told to the one
    // who waits.
    template <class Message, class R>
    void forward(Message&& message, Reply<R> reply, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        detail::require_answer<A, M, R>();
        if constexpr (detail::answers<A, M, R>) {
            detail::forward<M, R>(*cell(), detail::forwarded_descriptor<A, M, R>, where,
                                  std::move(reply), std::forward<Message>(message));
        }
    }

    // For the library: takes over a reference that was counted already.
    static Ref adopt(detail::Cell& cell) noexcept { return Ref{cell}; }

private:
    explicit Ref(detail::Cell& cell) noexcept : AnyRef{cell} {}

    template <class M, class... Args>
    void send(Where where, Args&&... args) const {
        detail::require_handler<A, detail::PayloadOf<M>>();
        if constexpr (detail::handles<A, detail::PayloadOf<M>>) {
            detail::tell<M>(*cell(), detail::tell_descriptor<A, M>, where,
                            std::forward<Args>(args)...);
        }
    }
};

}  // namespace greenroom

template <class A>
struct std::hash<greenroom::Ref<A>> {
    std::size_t operator()(const greenroom::AnyRef& ref) const noexcept {
        return std::hash<const void*>{}(ref.cell());
    }
};
