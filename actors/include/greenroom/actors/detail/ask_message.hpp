// AskMessage: a message whose sender waits for what its handler answers.
//
// The asker's wait record lies in the node, not on the asker's stack, and its outcome says whose
// the node is from then on:
//
//   waiting --the answer was given, or why there is none--> woken   the asker's: it takes that and
//                                                                   frees the node
//   waiting --deadline--> expired           of both: the asker still returns from its wait, the
//   waiting --cancellation--> cancelled     receiver still meets the node or holds its Reply, and
//                                           the one that leaves last frees it
//
// So a late answer can never reach a later ask, and nobody touches the stack of an asker that left.
// Who answers is the receiver's turn, or whoever holds the Reply that its handler took.
//
// The time of the asker goes on to the handler (HandedDown), and what that one asks ends by then as
// well. The Timeout of such an ask that leaves the handler tells of the asker's time and of nothing
// else: the asker gets it, and the actor has not failed.
//
// Threads   The answer is written before `woken` is decided; resume() publishes it.
#pragma once

#include <exception>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/urgent.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/handed_down.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <greenroom/core/detail/thread_token.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/result.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

enum class AskEnd : std::uint8_t {
    none,
    answered,
    refused,         // the answer is an error
    actor_stopped,   // it had ended, or ended before it answered
    mailbox_full,    // by the mailbox's policy
    broken,          // its Reply was dropped, while the actor lived
    handler_failed,  // its Reply was dropped by an exception
    expired,         // its handler has given up, since the asker's time was up
};

// What does not depend on the types; the story of an ask that went wrong.
struct AskBase : Message {
    AskBase(const Descriptor& kind, Cell& asked, const Where& where, ThreadToken self,
            Deadline its_until)
        : Message{kind}, record{{"ask", &asked, where}, self}, until{its_until} {}

    // The receiver's end of it: hands the node to the asker. False: the asker has gone, and the
    // caller leaves the node.
    [[nodiscard]] bool finish(AskEnd how) noexcept {
        end = how;
        // Not decide_woken(): the fiber of an asker that has gone may be gone as well.
        if (!record.decide(Outcome::woken)) return false;
        wait.end();
        record.resume();
        return true;
    }
    bool asker_has_gone() const noexcept { return record.outcome() != Outcome::waiting; }

    // By a party that is done with a node whose asker was not woken.
    void leave() noexcept {
        if (parties.drop()) descriptor->destroy(*this);
    }

    // By the receiver, whose system counts an answer that nobody waits for.
    void hand_over(const Cell& receiver, AskEnd how) noexcept;

    // The same in a catch block: tells the asker what the handler threw. False: that is no failure
    // of the receiver's.
    [[nodiscard]] bool hand_over_failure(const Cell& receiver);

    // By the receiver, which does not handle it. What is the user's has ended.
    void end_unhandled(Discard why) noexcept;
    // The same of one whose asker has gone; it is counted.
    void abandon(const Cell& receiver) noexcept;

    // Runs none of the user's code: see Descriptor::fail_ask.
    [[nodiscard]] static bool stop_asker(Message& message) noexcept {
        return static_cast<AskBase&>(message).finish(AskEnd::actor_stopped);
    }

    WaitRecord record;
    ActorWait wait;       // of the asker
    RefCount parties{2};  // the asker, which was not woken, and the receiver
    AskEnd end = AskEnd::none;
    std::exception_ptr error;  // of refused
    const Deadline until;      // of the handler's own asks
};

// Who holds the Reply of `ask` is about to send it on with a message to `receiver`. Null, or what
// its asker is to be told instead: it would wait in a circle.
std::exception_ptr circle_by_forward(AskBase& ask, Cell& receiver, const Descriptor& message,
                                     const Where& where) noexcept;
// Why whoever holds the Reply of an ask of `asked`, wanted by `until`, drops it. A cancellation
// unwinds the handler of an actor that is ending already.
AskEnd why_dropped(const Cell& asked, Deadline until) noexcept;
// Counts a request whose asker has gone.
void count_abandoned_ask(const Cell& receiver) noexcept;
// In a catch block. True, and it is counted: what `receiver` has thrown is the Timeout of an ask
// that ended at the asker's deadline, `until`.
bool gives_up_for_asker(const Cell& receiver, Deadline until) noexcept;

// When an ask gives up: never early, one of a second or more up to 50 ms late, and never later than
// the handler's own asker that makes it; and by when its own handler is to answer, the caller's
// scopes included.
struct AskTime {
    Deadline wait;
    Deadline until;
};
// Throws Timeout if the time of the caller's own asker is up already.
AskTime ask_time(ThreadToken self, const Cell& asked, Duration timeout);
// The text of the exception that is being handled.
std::string current_failure();
// Sends `node`, of `kind`, and waits until it is answered; then it is the caller's. Else it has
// ended: throws Cancelled, Timeout, and why there is no answer.
void send_and_wait(Cell& asked, AskBase& node, const Descriptor& kind, Deadline deadline,
                   const Where& where);

// Calls a handler that answers later, and may have answered when this goes on.
template <class Call>
void call_until(Deadline until, const Cell& receiver, const Call& call) {
    try {
        const HandedDown time{until};
        call();
    } catch (...) {
        if (!gives_up_for_asker(receiver, until)) throw;
    }
}

struct Nothing {};

template <class R>
struct AskAnswer : AskBase {
    using AskBase::AskBase;

    // Before finish().
    AskEnd keep(Result<R>&& result) noexcept {
        error = result.failure();
        if (error != nullptr) return AskEnd::refused;
        try {
            if constexpr (std::is_void_v<R>) {
                answer.emplace();
            } else {
                answer.emplace(std::move(result).value());
            }
            return AskEnd::answered;
        } catch (...) {  // it cannot be moved
            error = std::current_exception();
            return AskEnd::refused;
        }
    }

    std::optional<std::conditional_t<std::is_void_v<R>, Nothing, R>> answer;
};

// A message that ends before its node does. A std::optional costs the compiler ten times as much.
template <class M>
class Payload {
public:
    template <class... Args>
    explicit Payload(std::in_place_t, Args&&... args) : message_(std::forward<Args>(args)...) {}
    ~Payload() { reset(); }
    Payload(const Payload&) = delete;
    Payload& operator=(const Payload&) = delete;

    // Requires that it was not reset.
    M& operator*() noexcept { return message_; }
    void reset() noexcept {
        if (std::exchange(is_there_, false)) message_.~M();
    }

private:
    union {
        M message_;
    };
    bool is_there_ = true;
};

template <class M, class R>
struct AskMessage final : AskAnswer<R> {
    template <class... Args>
    AskMessage(const Descriptor& kind, Cell& asked, const Where& where, ThreadToken self,
               Deadline its_until, Args&&... args)
        : AskAnswer<R>{kind, asked, where, self, its_until},
          payload{std::in_place, std::forward<Args>(args)...} {}

    template <class A>
    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<AskMessage&>(message);
        if (node.asker_has_gone()) return node.abandon(receiver);
        if constexpr (Handler<A, M>::answers_later) {
            node.template hand_reply_to<A>(receiver);
        } else {
            node.template answer_by<A>(receiver);
        }
    }

    static void discard(Message& message, Discard why) noexcept {
        auto& node = static_cast<AskMessage&>(message);
        node.payload.reset();
        node.end_unhandled(why);
    }

    Payload<M> payload;

private:
    template <class A>
    void answer_by(Cell& receiver) {
        AskEnd how{};
        try {
            const HandedDown time{this->until};
            how = handle<A>(receiver.actor());
        } catch (...) {
            if (this->hand_over_failure(receiver)) throw;
            return;
        }
        this->hand_over(receiver, how);
    }

    template <class A>
    AskEnd handle(Actor& actor) {
        using Returned = HandlerResult<A, M>;
        AskEnd how = AskEnd::answered;
        if constexpr (std::is_void_v<Returned>) {
            call_handler<A>(actor, *payload);
            this->answer.emplace();
        } else if constexpr (!std::is_same_v<std::decay_t<Returned>, Answer<A, M>>) {
            auto result = call_handler<A>(actor, *payload);
            if constexpr (std::is_same_v<R, Answer<A, M>>) {
                how = this->keep(std::move(result));
            } else {
                how = this->keep(result.ok() ? Result<R>{} : Result<R>{result.failure()});
            }
        } else if constexpr (std::is_void_v<R>) {  // through a protocol that wants no answer
            (void)call_handler<A>(actor, *payload);
            this->answer.emplace();
        } else {
            this->answer.emplace(call_handler<A>(actor, *payload));
        }
        payload.reset();  // its end is the receiver's affair
        return how;
    }

    // Whoever answers may do it at once, and then the node is the asker's: so the message is not in
    // it any more.
    template <class A>
    void hand_reply_to(Cell& receiver) {
        static_assert(std::is_same_v<HandlerResult<A, M>, R>);
        this->wait.end_if_it_lasts();
        M message = std::move(*payload);
        payload.reset();
        call_until(this->until, receiver, [&] {
            call_handler<A>(receiver.actor(), message, Reply<R>{receiver, *this});
        });
    }
};

template <class A, class M, class R>
inline constexpr Descriptor ask_descriptor{&AskMessage<M, R>::template dispatch<A>,
                                           &AskMessage<M, R>::discard,
                                           &destroy_message<AskMessage<M, R>>,
                                           type_name<M>(),
                                           true,
                                           &AskBase::stop_asker,
                                           &message_key<M>,
                                           is_urgent<M>,
                                           NodeKind::asked};

// How a reference asks: `kind` is the descriptor of M and R for the receiver's class. Sends, waits,
// and takes the answer.
template <class M, class R, class... Args>
R ask(Cell& asked, const Descriptor& kind, Duration timeout, const Where& where, Args&&... args) {
    const ThreadToken self = suspension_point();
    const AskTime time = ask_time(self, asked, timeout);
    auto& node = make_message<AskMessage<M, R>>(kind, asked, where, self, time.until,
                                                std::forward<Args>(args)...);
    send_and_wait(asked, node, kind, time.wait, where);
    const MessageEnd end{node, &destroy_message<AskMessage<M, R>>};
    if constexpr (!std::is_void_v<R>) return std::move(*node.answer);
}

}  // namespace greenroom::detail

#include <greenroom/actors/reply.hpp>  // IWYU pragma: export
