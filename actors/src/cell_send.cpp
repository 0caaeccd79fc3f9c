// How a message comes in, and who has the actor run for it. What may suspend its sender, and the
// common way of a tell: cell_wait.cpp, Cell::send.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <new>

#include "bound_watch.hpp"
#include "bounded_mailbox.hpp"
#include "family.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

Sent Cell::try_send(Message& message, Where where) {
    if (message.descriptor->urgent) {
        const Sent sent = put_urgent(message, false);
        if (sent == Sent::stopped) dead_letter(message, where);
        return sent;
    }
    if (bounded_ == nullptr) {
        if (push(message) != Pushed::closed) return Sent::sent;
    } else {
        Message* dropped = nullptr;
        const BoundedMailbox::Put put = bounded_->put(message, dropped);
        if (put == BoundedMailbox::Put::full || dropped == &message) {
            meet_bound(*this, *bounded_, BoundMet::refused);
            return Sent::full;
        }
        if (dropped != nullptr) drop_message(*dropped);
        if (put == BoundedMailbox::Put::scheduled) schedule_me();
        if (put != BoundedMailbox::Put::closed) return Sent::sent;
    }
    dead_letter(message, where);
    return Sent::stopped;
}

bool Cell::post(Message& message) noexcept {
    if (message.descriptor->urgent) {
        try {
            return put_urgent(message, true) == Sent::sent;
        } catch (const std::bad_alloc&) {  // then it comes in its order
        }
    }
    if (bounded_ == nullptr) return push(message) != Pushed::closed;
    const BoundedMailbox::Put put = bounded_->post(message);
    if (put == BoundedMailbox::Put::scheduled) schedule_me();
    return put != BoundedMailbox::Put::closed;
}

// Where a handler waits for it, or the mailbox is marked, or closed.
[[gnu::noinline]] void Cell::send_unusually(Message& message, Where where) noexcept {
    if (push(message) == Pushed::closed) dead_letter(message, where);
}

void Cell::send_past_bound(Message& message, Where where) noexcept {
    if (!post(message)) dead_letter(message, where);
}

// With all that follows from it.
Pushed Cell::push(Message& message) noexcept {
    const bool counts = message.descriptor->counts;  // afterwards it may be gone
    const Pushed pushed = mailbox_.push(message);
    switch (pushed) {
        case Pushed::first: begin_turn_with(message); break;
        case Pushed::wakes: wake_receiver(); break;
        case Pushed::asked:
            if (counts) note_sender();
            break;
        case Pushed::queued:
        case Pushed::closed:
        case Pushed::unusual: break;
    }
    return pushed;
}

// By who has un-idled the mailbox with it: the turn's from here on. Apart, so that a send needs no
// frame for it.
[[gnu::noinline]] void Cell::begin_turn_with(Message& message) noexcept {
    taken_ = &message;
    schedule(core(), *this);
}

// Likewise, where a handler waits for it.
void Cell::wake_receiver() noexcept {
    if (mutant(Mutant::receiver_is_scheduled)) {
        (void)schedule(core(), *this);
    } else {
        extras().arrival.come();
    }
}

// By who has un-idled a bounded mailbox, or has a turn coming otherwise.
void Cell::schedule_me() noexcept {
    is_receiving_ ? wake_receiver() : void(schedule(core(), *this));
}

void Cell::drop_message(Message& message) noexcept {
    system_.dropped.add(1);
    meet_bound(*this, *bounded_, BoundMet::dropped);
    message.descriptor->discard(message, Discard::mailbox_full);
}

bool Cell::has_ended() const noexcept {
    return bounded_ == nullptr ? mailbox_.is_closed() : bounded_->is_closed();
}

std::size_t Cell::queued() const noexcept {
    if (bounded_ != nullptr) return bounded_->size();
    return mailbox_.is_idle() || mailbox_.is_closed() ? 0 : 1;
}

bool Cell::is_idle() const noexcept {
    return bounded_ == nullptr ? mailbox_.is_idle() : bounded_->is_idle();
}

}  // namespace greenroom::detail
