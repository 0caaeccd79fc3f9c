#include "bounded_mailbox.hpp"

#include <algorithm>
#include <greenroom/core/detail/process_fence.hpp>
#include <mutex>
#include <new>
#include <utility>

#include "bound_watch.hpp"

namespace greenroom::detail {

namespace {

// So that counts of messages and a bound can be added.
MailboxOptions with_less_than_all(MailboxOptions options) noexcept {
    options.bound = std::min(options.bound, SIZE_MAX / 2);
    return options;
}

}  // namespace

BoundedMailbox::BoundedMailbox(const MailboxOptions& options) noexcept
    : serves_line_{!process_fence_is_offered()},
      knows_line_{!process_fence_is_offered()},
      options_{with_less_than_all(options)} {
    // A cache line for what senders touch, one for the turn's, and two for the rest.
    static_assert(sizeof(BoundedMailbox) == std::size_t{4} * 64);
}

BoundedMailbox::~BoundedMailbox() { delete existing_watch(); }

// Into the list from when the slots are full until the turn takes both; with drop_oldest, always.
void BoundedMailbox::append_slowly(Message& message) noexcept {
    const bool has_slots = list_ == nullptr && options_.when_full != WhenFull::drop_oldest;
    if (has_slots && newest_.grow() && newest_.try_add(message)) return;
    message.next = nullptr;
    (list_ == nullptr ? list_ : list_last_->next) = &message;
    list_last_ = &message;
}

// With all that is behind it for a batch.
Message* BoundedMailbox::take_first() noexcept {
    if (newest_.size() == 0) return take_first_of_list();
    Message& message = **newest_.begin();
    if (newest_.size() == 1) {
        newest_.clear();
    } else {
        batch_.clear();
        batch_.swap(newest_);
        next_ = batch_.begin() + 1;
        last_ = batch_.end();
        for (std::ptrdiff_t i = 0; i < std::min(ahead, last_ - next_); ++i) {
            __builtin_prefetch(next_[i]);
        }
    }
    batch_list_ = std::exchange(list_, nullptr);
    batch_end_ = put_;
    note_taken(message);
    look_for_room();
    return &message;
}

// Of drop_oldest; else where there was no memory for the slots.
Message* BoundedMailbox::take_first_of_list() noexcept {
    if (list_ == nullptr) return nullptr;
    Message& message = static_cast<Message&>(*list_);
    list_ = list_->next;
    note_taken(message);
    return &message;
}

// Of drop_oldest: the runtime's own messages stay.
Message* BoundedMailbox::take_oldest_counted() noexcept {
    MailboxLink* before = nullptr;
    for (MailboxLink* link = list_; link != nullptr; before = link, link = link->next) {
        Message& message = static_cast<Message&>(*link);
        if (!message.descriptor->counts) continue;
        if (before == nullptr) return take_first_of_list();
        before->next = link->next;
        if (list_last_ == link) list_last_ = before;
        note_taken(message);
        return &message;
    }
    return nullptr;
}

BoundedMailbox::Put BoundedMailbox::put(Message& message, Message*& dropped) noexcept {
    Resumption woken;
    Put put = Put::full;
    {
        const std::lock_guard held(senders_.lock);
        put = put_locked(message, dropped, woken);
    }
    woken.run();
    return put;
}

// Who may not wait must not find it full beside room that is held back.
BoundedMailbox::Put BoundedMailbox::put_locked(Message& message, Message*& dropped,
                                               Resumption& woken) noexcept {
    if (closed_) return Put::closed;
    if (!senders_.empty()) let_in(woken);
    if (takes_at_once()) return append(message);
    switch (options_.when_full) {
        case WhenFull::drop_newest: dropped = &message; return Put::queued;
        case WhenFull::drop_oldest: dropped = take_oldest_counted(); return append(message);
        case WhenFull::fail:
        case WhenFull::suspend_sender: break;
    }
    return Put::full;
}

BoundedMailbox::Put BoundedMailbox::post(Message& message) noexcept {
    const std::lock_guard held(senders_.lock);
    return closed_ ? Put::closed : append(message);
}

// Apart: within the turn, it would have those without a bound save more registers.
[[gnu::noinline]] Message* BoundedMailbox::take() noexcept {
    Message* const message = take_of_batch();
    return message != nullptr ? message : take_locked();
}

[[gnu::noinline]] Message* BoundedMailbox::take_behind_slots() noexcept {
    if (batch_list_ == nullptr) return nullptr;
    Message& message = static_cast<Message&>(*batch_list_);
    batch_list_ = message.next;
    __builtin_prefetch(batch_list_);
    return &taken_out(message);
}

// A mutant of taken_out().
Message& BoundedMailbox::taken_out_wrongly(Message& message) noexcept {
    const bool serves = serves_line();
    note_taken(message);
    if (serves) serve_line();
    return message;
}

Message* BoundedMailbox::take_locked() noexcept {
    Resumption woken;
    Message* message = nullptr;
    {
        const std::lock_guard held(senders_.lock);
        message = take_first();
        if (serves_line()) [[unlikely]] {
            serve_line(woken);
            if (message == nullptr) message = take_first();
        }
    }
    woken.run();
    return message;
}

bool BoundedMailbox::try_idle() noexcept {
    if (next_ != last_ || batch_list_ != nullptr) return false;
    MessageSlots many[2];  // given back without the lock
    const std::lock_guard held(senders_.lock);
    if (newest_.size() != 0 || list_ != nullptr) return false;
    if (newest_.are_many()) newest_.swap(many[0]);
    if (batch_.are_many()) {
        batch_.swap(many[1]);
        next_ = last_ = nullptr;
    }
    idle_ = true;
    if (!closed_) look_for_room();
    return true;
}

bool BoundedMailbox::try_claim() noexcept {
    const std::lock_guard held(senders_.lock);
    return std::exchange(idle_, false);
}

Message* BoundedMailbox::close() noexcept {
    Resumption woken;
    MailboxLink all;
    MailboxLink* last = &all;
    // The turn's own batch, which may be long: before the lock.
    for (; next_ != last_; ++next_) last = last->next = *next_;
    last->next = std::exchange(batch_list_, nullptr);
    while (last->next != nullptr) last = last->next;
    {
        const std::lock_guard held(senders_.lock);
        closed_ = true;
        while (WaitEntry* const first = senders_.first_waiting()) {
            Sender& sender = static_cast<Sender&>(*first);
            sender.refused = true;
            if (sender.is_ask) {
                senders_.remove(sender);
                (void)append(sender.message);
            } else if (senders_.win(sender)) {
                sender.wait.end();
                woken.add(sender);
            }
        }
        for (Message* const message : newest_) last = last->next = message;
        last->next = std::exchange(list_, nullptr);
        newest_.clear();
        full_at_ = 0;
        // relaxed: as note_taken().
        taken_.store(put_, std::memory_order_relaxed);
    }
    woken.run();
    return static_cast<Message*>(all.next);
}

bool BoundedMailbox::is_closed() noexcept {
    const std::lock_guard held(senders_.lock);
    return closed_;
}

std::size_t BoundedMailbox::size() noexcept {
    const std::lock_guard held(senders_.lock);
    return put_ - taken();
}

bool BoundedMailbox::is_idle() noexcept {
    const std::lock_guard held(senders_.lock);
    return idle_;
}

// ---- What is told of it

BoundWatch* BoundedMailbox::watch() noexcept {
    if (BoundWatch* const present = existing_watch()) return present;
    BoundWatch* const made = new (std::nothrow) BoundWatch;
    BoundWatch* present = nullptr;
    // release: publishes it. acquire when lost: the other's.
    if (watch_.compare_exchange_strong(present, made, std::memory_order_release,
                                       std::memory_order_acquire)) {
        return made;
    }
    delete made;
    return present;
}

std::uint64_t BoundedMailbox::times_full() const noexcept {
    BoundWatch* const mine = existing_watch();
    return mine == nullptr ? 0 : mine->times();
}

std::size_t BoundedMailbox::sample(ShareCount& types) noexcept {
    std::size_t looks_left = Overload::sample_max;
    const auto add = [&](const Message& message) {
        if (looks_left == 0) return false;
        --looks_left;
        if (message.descriptor->counts) types.add(message.descriptor->name);
        return true;
    };
    const auto add_list = [&](const MailboxLink* link) {
        while (link != nullptr && add(static_cast<const Message&>(*link))) link = link->next;
    };
    for (auto* next = next_; next != last_ && add(**next);) ++next;
    add_list(batch_list_);
    const std::lock_guard held(senders_.lock);
    looks_left = std::min(looks_left, Overload::line_max);
    for (Message* const message : newest_) {
        if (!add(*message)) break;
    }
    add_list(list_);
    std::size_t in_line = 0;
    const WaitEntry* entry = senders_.first();
    for (; entry != nullptr && in_line < Overload::line_max; entry = entry->next) {
        ++in_line;
        (void)add(static_cast<const Sender*>(entry)->message);
    }
    return in_line;
}

}  // namespace greenroom::detail
