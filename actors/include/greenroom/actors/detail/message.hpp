// Message: what lies in a mailbox: a link, what to do with it, and behind that the payload.
//
// A node is made by the sender, in place, and ends where its descriptor says: in the handler's turn
// (dispatch) or as a dead letter (discard). A node embedded in a longer-lived object (a
// connection's readiness, a cell's poke) has a descriptor that leaves the memory alone.
//
// Threads   The sender's until it is pushed, then the mailbox's, then the receiver's turn's.
#pragma once

#include <cstddef>
#include <greenroom/core/detail/mailbox_word.hpp>
#include <string_view>

namespace greenroom::detail {

class Cell;
struct Message;

// Why a message is never handled.
enum class Discard {
    receiver_stopped,  // it had ended, or ended before it came to it
    mailbox_full,      // dropped by the mailbox's policy
    asker_gone,        // nobody waits for the answer any more
    handler_failed,    // as if its handler had thrown what is caught by who discards it
    system_ended,      // sent when the system had gone
};

// What kind of node a message is, as far as somebody asks.
enum class NodeKind : unsigned char {
    other,
    told,         // a TellMessage<M>
    told_shared,  // a TellMessage<Shared<M>>
    asked,        // an AskBase
    forwarded,    // a ForwardedFrom
    timer,        // a TimerMessage
    under_rule,   // of a FaultMessage: no rule strikes it again
};

// What may be done with a message; one constexpr object for each kind. Its address is the kind's
// identity, never a function's address: linkers fold those.
struct Descriptor {
    // Calls the receiver's handler and ends the node. Throws what the handler throws.
    void (*dispatch)(Cell& receiver, Message& message);
    // Ends the node unhandled; fails the ask if it is one. The receiver may have gone.
    void (*discard)(Message& message, Discard why) noexcept;
    // Ends a node that was never sent.
    void (*destroy)(Message& message) noexcept;
    std::string_view name;  // of the payload's type, for reports
    bool counts = true;     // a user's message: bounded and counted; false: the runtime's own
    // Of an ask, else null: tells the asker at once that the actor has stopped, and leaves what is
    // the user's alone. True: the node is the asker's. False: nobody waits for it any more.
    bool (*fail_ask)(Message& message) noexcept = nullptr;
    // What tells the type of a payload that a handler is given: see message_key. Null: of the
    // runtime's own.
    const void* key = nullptr;
    bool urgent = false;  // it passes the mailbox: see urgent.hpp
    NodeKind node = NodeKind::other;
    bool carries_fields = false;  // one message's own: see carried_fields.hpp
};

struct Message : MailboxLink {
    explicit Message(const Descriptor& kind) noexcept : descriptor{&kind} {}
    const Descriptor* descriptor;
};

// Its address stands for the type M.
template <class M>
inline constexpr char message_key{};

// The name of a type, as the compiler prints it. For people, not for identity.
template <class T>
constexpr std::string_view type_name() noexcept {
    constexpr std::string_view text = __PRETTY_FUNCTION__;
    constexpr std::size_t begin = text.find("T = ") + 4;
    constexpr std::size_t end = text.find_first_of(";]", begin);
    return text.substr(begin, end - begin);
}

}  // namespace greenroom::detail
