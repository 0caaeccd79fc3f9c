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
// Threads   The answer is written before `woken` is decided; resume() publishes it.
#pragma once

#include <exception>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/ref_count.hpp>
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
};

// What does not depend on the types; the story of an ask that went wrong.
struct AskBase : Message {
    AskBase(const Descriptor& kind, Cell& asked, const Where& where)
        : Message{kind}, record{{"ask", &asked, where}} {}

    // The receiver's end of it: hands the node to the asker. False: the asker has gone, and the
    // caller leaves the node.
    [[nodiscard]] bool finish(AskEnd how) noexcept {
        end = how;
        // Not decide_woken(): the fiber of an asker that has gone may be gone as well.
        if (!record.decide(Outcome::woken)) return false;
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

    // Runs none of the user's code: see Descriptor::fail_ask.
    [[nodiscard]] static bool stop_asker(Message& message) noexcept {
        return static_cast<AskBase&>(message).finish(AskEnd::actor_stopped);
    }

    WaitRecord record;
    RefCount parties{2};  // the asker, which was not woken, and the receiver
    AskEnd end = AskEnd::none;
    std::exception_ptr error;  // of refused
};

// Throws what `node.end` says.
[[noreturn]] void throw_ask_failure(const AskBase& node, const Cell& asked, const Where& where);
[[noreturn]] void throw_ask_timeout(std::string_view message, const Cell& asked,
                                    const Where& where);
// Counts a request whose asker has gone.
void count_abandoned_ask(const Cell& receiver) noexcept;
// When an ask with this timeout gives up, by the coarse clock: never early.
Deadline ask_deadline(const Cell& asked, Duration timeout);
// The text of the exception that is being handled.
std::string current_failure();
// That, as the HandlerFailed of who asked `receiver` with such a message, there.
std::exception_ptr handler_failed(std::string_view message, const Cell& receiver,
                                  const Where& where);

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

template <class M, class R>
struct AskMessage final : AskAnswer<R> {
    template <class... Args>
    AskMessage(const Descriptor& kind, Cell& asked, const Where& where, Args&&... args)
        : AskAnswer<R>{kind, asked, where} {
        payload.emplace(std::forward<Args>(args)...);
    }

    template <class A>
    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<AskMessage&>(message);
        if (node.asker_has_gone()) {
            count_abandoned_ask(receiver);
            return node.leave();
        }
        if constexpr (Handler<A, M>::answers_later) {
            node.template hand_reply_to<A>(receiver);
        } else {
            node.template answer_by<A>(receiver);
        }
    }

    static void discard(Message& message, Discard why) noexcept {
        auto& node = static_cast<AskMessage&>(message);
        node.payload.reset();
        const AskEnd end =
            why == Discard::mailbox_full ? AskEnd::mailbox_full : AskEnd::actor_stopped;
        if (!node.finish(end)) node.leave();
    }

    static void destroy(Message& message) noexcept {
        free_message(static_cast<AskMessage&>(message));
    }

    std::optional<M> payload;

private:
    template <class A>
    void answer_by(Cell& receiver) {
        AskEnd how{};
        try {
            how = handle<A>(receiver.actor());
        } catch (const Cancelled&) {
            this->hand_over(receiver, AskEnd::actor_stopped);
            throw;
        } catch (...) {
            this->error = handler_failed(type_name<M>(), receiver, this->record.why().where);
            this->hand_over(receiver, AskEnd::refused);
            throw;
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
        M message = std::move(*payload);
        payload.reset();
        call_handler<A>(receiver.actor(), message, Reply<R>{receiver, *this});
    }
};

template <class A, class M, class R>
inline constexpr Descriptor ask_descriptor{&AskMessage<M, R>::template dispatch<A>,
                                           &AskMessage<M, R>::discard,
                                           &AskMessage<M, R>::destroy,
                                           type_name<M>(),
                                           true,
                                           &AskBase::stop_asker,
                                           &message_key<M>};

// How a reference asks: `kind` is the descriptor of M and R for the receiver's class. Sends, waits,
// and takes the answer.
template <class M, class R, class... Args>
R ask(Cell& asked, const Descriptor& kind, Duration timeout, const Where& where, Args&&... args) {
    suspension_point();
    const Deadline deadline = ask_deadline(asked, timeout);
    auto& node = make_message<AskMessage<M, R>>(kind, asked, where, std::forward<Args>(args)...);
    const Outcome outcome = asked.send_and_wait(node, deadline);
    if (outcome != Outcome::woken) node.leave();
    if (outcome == Outcome::cancelled) throw_cancelled();
    if (outcome == Outcome::expired) throw_ask_timeout(type_name<M>(), asked, where);
    const MessageEnd<AskMessage<M, R>> end{node};
    if (node.end != AskEnd::answered) throw_ask_failure(node, asked, where);
    if constexpr (!std::is_void_v<R>) return std::move(*node.answer);
}

}  // namespace greenroom::detail

#include <greenroom/actors/reply.hpp>  // IWYU pragma: export
