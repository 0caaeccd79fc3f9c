#include <greenroom/actors/message_note.hpp>

#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/forwarded_message.hpp>

#include "fault_message.hpp"
#include "notebook.hpp"

namespace greenroom {

namespace {

const char* how_it_came(SentBy by) noexcept {
    switch (by) {
        case SentBy::tell: return "told";
        case SentBy::ask: return "asked";
        case SentBy::forward: return "requested or forwarded";
        case SentBy::timer: return "by a timer";
        case SentBy::library: return "by the library";
    }
    return "";
}

}  // namespace

std::string to_string(const MessageNote& note) {
    std::string text{note.message};
    text.append(", ").append(how_it_came(note.by));
    if (note.sender != nullptr) {
        text.append(" by ").append(note.sender) += " " + std::to_string(note.sender_id.number);
    }
    if (note.where.line == 0) return text;
    return text + " at " + note.where.file + ":" + std::to_string(note.where.line);
}

namespace detail {

namespace {

void add_asker(MessageNote& note, const AskBase& ask) noexcept {
    note.where = ask.record.why().where;
    if (ask.wait.node != nullptr) ask.wait.node->tell_owner(ask.wait.number, note);
}

}  // namespace

MessageNote note_of(const Message& message) noexcept {
    const Descriptor& kind = *message.descriptor;
    MessageNote note{kind.name};
    switch (kind.node) {
        case NodeKind::told:
        case NodeKind::told_shared: note.by = SentBy::tell; break;
        case NodeKind::asked:
            note.by = SentBy::ask;
            add_asker(note, static_cast<const AskBase&>(message));
            break;
        case NodeKind::forwarded:
            note.by = SentBy::forward;
            note.where = static_cast<const ForwardedFrom&>(message).where;
            break;
        case NodeKind::timer: note.by = SentBy::timer; break;
        case NodeKind::under_rule:
            return note_of(static_cast<const FaultMessage&>(message).inner());
        case NodeKind::other: break;
    }
    return note;
}

}  // namespace detail

}  // namespace greenroom
