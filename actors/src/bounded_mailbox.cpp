#include "bounded_mailbox.hpp"

#include <greenroom/actors/detail/cell.hpp>
#include <mutex>
#include <utility>

namespace greenroom::detail {

struct BoundedMailbox::WaitingSender : WaitEntry {
    WaitingSender(WaitRecord& waiter, Message& its_message) noexcept
        : WaitEntry{waiter}, message{its_message} {}

    Message& message;
    bool refused = false;  // the mailbox was closed; written before the wake
};

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
    if (has_room() && senders_.first_waiting() == nullptr) return append(message);
    switch (options_.when_full) {
        case WhenFull::drop_newest:
            dropped = &message;
            return Put::queued;
        case WhenFull::drop_oldest:
            dropped = take_oldest_counted();
            return append(message);
        case WhenFull::fail:
        case WhenFull::suspend_sender: break;
    }
    return Put::full;
}

BoundedMailbox::Put BoundedMailbox::put_when_room(Message& message, const Cell& owner,
                                                  Where where) {
    suspension_point();
    std::unique_lock held(senders_.lock);
    if (closed_) return Put::closed;
    if (has_room() && senders_.first_waiting() == nullptr) return append(message);
    WaitRecord record{{"room in a mailbox", &owner, where}};
    WaitingSender entry{record, message};
    senders_.add(entry);
    held.unlock();
    const Outcome outcome = record.wait(Deadline::never());
    if (outcome == Outcome::woken) return entry.refused ? Put::closed : Put::queued;
    held.lock();
    senders_.remove(entry);
    held.unlock();
    throw_cancelled();
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
            if (!senders_.win(*first)) continue;
            append(static_cast<WaitingSender*>(first)->message);
            resumption.add(*first);
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

Message* BoundedMailbox::close() noexcept {
    Resumption resumption;
    Message* queued = nullptr;
    {
        const std::lock_guard held(senders_.lock);
        closed_ = true;
        queued = std::exchange(first_, nullptr);
        count_ = 0;
        while (WaitEntry* const sender = senders_.first_waiting()) {
            static_cast<WaitingSender*>(sender)->refused = true;
            if (senders_.win(*sender)) resumption.add(*sender);
        }
    }
    resumption.run();
    return queued;
}

bool BoundedMailbox::is_closed() noexcept {
    const std::lock_guard held(senders_.lock);
    return closed_;
}

}  // namespace greenroom::detail
