// AskMessage: a message whose sender waits for what its handler returns.
//
// The asker's wait record lies in the node, not on the asker's stack, and its outcome says whose
// the node is from then on:
//
//   waiting --the handler answered, or failed--> woken   the asker's: it takes the answer, frees
//   waiting --deadline--> expired                        of both: the asker still returns from its
//   waiting --cancellation--> cancelled                  wait, the receiver still meets the node,
//                                                        and the one that leaves last frees it
//
// So a late answer can never reach a later ask, and nobody touches the stack of an asker that left.
//
// Threads   The answer is written by the receiver before it decides `woken`; resume() publishes it.
#pragma once

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

enum class AskEnd : std::uint8_t { none, answered, actor_stopped, mailbox_full, handler_failed };

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

    // Runs none of the user's code: see Descriptor::fail_ask.
    [[nodiscard]] static bool stop_asker(Message& message) noexcept {
        return static_cast<AskBase&>(message).finish(AskEnd::actor_stopped);
    }

    WaitRecord record;
    RefCount parties{2};  // the asker, which was not woken, and the receiver
    AskEnd end = AskEnd::none;
    std::string failure;  // of handler_failed
};

// Throws what `node.end` says.
[[noreturn]] void throw_ask_failure(const AskBase& node, const Cell& asked, const Where& where);
[[noreturn]] void throw_ask_timeout(std::string_view message, const Cell& asked,
                                    const Where& where);
// Counts an answer that nobody waits for, and a request whose asker has gone.
void count_late_answer(const Cell& receiver) noexcept;
void count_abandoned_ask(const Cell& receiver) noexcept;
// When an ask with this timeout gives up, by the coarse clock: never early.
Deadline ask_deadline(const Cell& asked, Duration timeout);
// The text of the exception that is being handled.
std::string current_failure();

struct Nothing {};

// What an ask returns: a value, also where the handler returns a reference to the actor's own.
template <class A, class M>
using Answer = std::decay_t<HandlerResult<A, M>>;

template <class A, class M>
struct AskMessage final : AskBase {
    using Result = HandlerResult<A, M>;
    using Stored = std::conditional_t<std::is_void_v<Result>, Nothing, Answer<A, M>>;

    template <class... Args>
    AskMessage(Cell& asked, const Where& where, Args&&... args)
        : AskBase{descriptor_of, asked, where} {
        payload.emplace(std::forward<Args>(args)...);
    }

    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<AskMessage&>(message);
        if (node.asker_has_gone()) {
            count_abandoned_ask(receiver);
            return leave(node);
        }
        try {
            node.handle(static_cast<A&>(receiver.actor()));
        } catch (const Cancelled&) {
            hand_over(receiver, node, AskEnd::actor_stopped);
            throw;
        } catch (...) {
            node.failure = current_failure();
            hand_over(receiver, node, AskEnd::handler_failed);
            throw;
        }
        hand_over(receiver, node, AskEnd::answered);
    }

    static void discard(Message& message, Discard why) noexcept {
        auto& node = static_cast<AskMessage&>(message);
        node.payload.reset();
        const AskEnd end =
            why == Discard::mailbox_full ? AskEnd::mailbox_full : AskEnd::actor_stopped;
        if (!node.finish(end)) leave(node);
    }

    // By a party that is done with a node whose asker was not woken.
    static void leave(AskMessage& node) noexcept {
        if (node.parties.drop()) free_message(node);
    }

    void handle(A& actor) {
        if constexpr (std::is_void_v<Result>) {
            call_handler(actor, *payload);
            answer.emplace();
        } else {
            answer.emplace(call_handler(actor, *payload));
        }
        payload.reset();  // its end is the receiver's affair
    }

    static void hand_over(Cell& receiver, AskMessage& node, AskEnd end) noexcept {
        if (node.finish(end)) return;
        count_late_answer(receiver);
        leave(node);
    }

    static void destroy(Message& message) noexcept {
        free_message(static_cast<AskMessage&>(message));
    }

    static constexpr Descriptor descriptor_of{&dispatch,      &discard, &destroy,
                                              type_name<M>(), true,     &stop_asker};

    std::optional<M> payload;
    std::optional<Stored> answer;
};

// The asker's end of it: sends, waits, and takes the answer.
template <class A, class M>
Answer<A, M> await_answer(AskMessage<A, M>& node, Cell& asked, Deadline deadline,
                          const Where& where) {
    const Outcome outcome = asked.send_and_wait(node, deadline);
    if (outcome != Outcome::woken) AskMessage<A, M>::leave(node);
    if (outcome == Outcome::cancelled) throw_cancelled();
    if (outcome == Outcome::expired) throw_ask_timeout(type_name<M>(), asked, where);
    const MessageEnd<AskMessage<A, M>> end{node};
    if (node.end != AskEnd::answered) throw_ask_failure(node, asked, where);
    if constexpr (!std::is_void_v<HandlerResult<A, M>>) return std::move(*node.answer);
}

}  // namespace greenroom::detail
