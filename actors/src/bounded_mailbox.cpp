#include "bounded_mailbox.hpp"

#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/errors.hpp>
#include <mutex>
#include <string>
#include <utility>

namespace greenroom::detail {

BoundedMailbox::Put BoundedMailbox::append(Message& message) noexcept {
    message.next = nullptr;
    if (first_ == nullptr) {
        first_ = &message;
    } else {
        last_->next = &message;
    }
    last_ = &message;
    if (message.descriptor->counts) ++count_;
    return std::exchange(idle_, false) ? Put::scheduled : Put::queued;
}

Message* BoundedMailbox::take_first() noexcept {
    Message* const message = first_;
    if (message == nullptr) return nullptr;
    first_ = static_cast<Message*>(message->next);
    if (message->descriptor->counts) --count_;
    return message;
}

// For drop_oldest: the runtime's own messages stay.
Message* BoundedMailbox::take_oldest_counted() noexcept {
    Message* before = nullptr;
    for (Message* message = first_; message != nullptr;
         before = message, message = static_cast<Message*>(message->next)) {
        if (!message->descriptor->counts) continue;
        if (before == nullptr) return take_first();
        before->next = message->next;
        if (last_ == message) last_ = before;
        --count_;
        return message;
    }
    return nullptr;
}

BoundedMailbox::Put BoundedMailbox::put(Message& message, Message*& dropped) noexcept {
    const std::lock_guard held(senders_.lock);
    if (closed_) return Put::closed;
    if (takes_at_once()) return append(message);
    switch (options_.when_full) {
        case WhenFull::drop_newest: dropped = &message; return Put::queued;
        case WhenFull::drop_oldest: dropped = take_oldest_counted(); return append(message);
        case WhenFull::fail:
        case WhenFull::suspend_sender: break;
    }
    return Put::full;
}

BoundedMailbox::Put BoundedMailbox::put_when_room(Message& message, Cell& owner, Where where) {
    suspension_point();
    WaitRecord record{{"room in a mailbox", &owner, where}};
    Sender entry{record, message, false};
    const Descriptor& kind = kind_of(message);
    entry.wait = owner.begin_wait(WaitsFor::room, kind, where);
    if (const Put put = line_up(entry); put != Put::full) {
        entry.wait.end();
        return put;
    }
    WaitNode::Circle circle;
    const Outcome outcome = owner.closes(circle, entry.wait, record)
                                ? Outcome::cancelled
                                : record.wait(Deadline::never());
    if (outcome == Outcome::woken) return entry.refused ? Put::closed : Put::queued;
    (void)leave_line(entry);
    if (!circle.empty())
        throw AskCycle{"tell of " + std::string{kind.name} + ": " + story_of(circle)};
    throw_cancelled();
}

BoundedMailbox::Put BoundedMailbox::line_up(Sender& sender) noexcept {
    const std::lock_guard held(senders_.lock);
    if (closed_) return Put::closed;
    if (takes_at_once()) return append(sender.message);
    senders_.add(sender);
    return Put::full;
}

bool BoundedMailbox::leave_line(Sender& sender) noexcept {
    const std::lock_guard held(senders_.lock);
    const bool was_in_line = sender.listed;
    senders_.remove(sender);
    return was_in_line;
}

Pushed BoundedMailbox::post(Message& message) noexcept {
    const std::lock_guard held(senders_.lock);
    if (closed_) return Pushed::closed;
    return append(message) == Put::scheduled ? Pushed::scheduled : Pushed::queued;
}

Message* BoundedMailbox::take() noexcept {
    Resumption resumption;
    Message* message = nullptr;
    {
        const std::lock_guard held(senders_.lock);
        message = take_first();
        while (has_room()) {
            WaitEntry* const first = senders_.first_waiting();
            if (first == nullptr) break;
            Sender& sender = static_cast<Sender&>(*first);
            if (sender.is_ask) {
                senders_.remove(sender);
            } else if (senders_.win(sender)) {
                sender.wait.end();
                resumption.add(sender);
            } else {
                continue;
            }
            append(sender.message);
        }
        if (message == nullptr) message = take_first();
    }
    resumption.run();
    return message;
}

bool BoundedMailbox::try_idle() noexcept {
    const std::lock_guard held(senders_.lock);
    if (first_ != nullptr) return false;
    idle_ = true;
    return true;
}

bool BoundedMailbox::try_claim() noexcept {
    const std::lock_guard held(senders_.lock);
    return std::exchange(idle_, false);
}

Message* BoundedMailbox::close() noexcept {
    Resumption resumption;
    Message* queued = nullptr;
    {
        const std::lock_guard held(senders_.lock);
        closed_ = true;
        while (WaitEntry* const first = senders_.first_waiting()) {
            Sender& sender = static_cast<Sender&>(*first);
            sender.refused = true;
            if (sender.is_ask) {
                senders_.remove(sender);
                append(sender.message);
            } else if (senders_.win(sender)) {
                sender.wait.end();
                resumption.add(sender);
            }
        }
        queued = std::exchange(first_, nullptr);
        count_ = 0;
    }
    resumption.run();
    return queued;
}

bool BoundedMailbox::is_closed() noexcept {
    const std::lock_guard held(senders_.lock);
    return closed_;
}

std::size_t BoundedMailbox::size() noexcept {
    const std::lock_guard held(senders_.lock);
    return count_;
}

bool BoundedMailbox::is_idle() noexcept {
    const std::lock_guard held(senders_.lock);
    return idle_;
}

}  // namespace greenroom::detail
