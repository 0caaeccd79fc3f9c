// Messages within a turn: waiting for one in a handler, and keeping those that are not wanted yet.
//
// While a handler waits here its actor has let the mailbox go idle, and whoever un-idles it has the
// turn until it has woken the handler (Arrival::come):
//
//   receive   has an Arrival, then the mailbox says that it waits (MailboxWord::try_wait, release)
//   a sender  finds that (MailboxWord::push, acquire), and has the Arrival come
//
// A bounded mailbox only says that it is idle; is_receiving_, written before, says the rest.
//
// A handler that gives up, at its deadline or cancelled, claims the mailbox back; if somebody was
// first, it waits for that one's call, which is under way. So each un-idling is one call of come(),
// and nobody touches the arrival when the handler has gone on.
#include <algorithm>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <string>
#include <utility>

#include "bounded_mailbox.hpp"
#include "family.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

Message* Cell::receive(std::span<const void* const> keys, Deadline deadline) {
    suspension_point();
    if (Message* const kept = extras().kept.take(keys)) return kept;
    for (;;) {
        if (must_leave()) throw Cancelled{};
        Message* const message = next_message();
        if (message != nullptr) {
            const void* const key = message->descriptor->key;
            if (key == nullptr) {
                dispatch(*message);
            } else if (std::ranges::find(keys, key) != keys.end()) {
                return message;
            } else {
                keep(*message);
            }
        } else if (must_drain()) {
            throw Cancelled{};
        } else if (!await_message(deadline)) {
            return nullptr;
        }
    }
}

// False: the deadline has come, and no message.
bool Cell::await_message(Deadline deadline) {
    if (deadline.has_passed()) return false;
    is_receiving_ = true;
    if (!(bounded_ == nullptr ? mailbox_.try_wait() : bounded_->try_idle())) {
        is_receiving_ = false;
        return true;
    }
    bool has_come = false;
    try {
        has_come = extras().arrival.wait_before(deadline, *this);
    } catch (...) {
        claim_back();
        throw;
    }
    if (!has_come) claim_back();
    is_receiving_ = false;
    return has_come;
}

void Cell::claim_back() noexcept {
    if (!mutant(Mutant::receive_gives_up_unclaimed) && !claim_mailbox()) {
        const CancellationMask mask;
        (void)extras().arrival.wait_before(Deadline::never(), *this);
    }
    is_receiving_ = false;
}

bool Cell::claim_mailbox() noexcept {
    return bounded_ == nullptr ? mailbox_.try_claim() : bounded_->try_claim();
}

void Cell::keep(Message& message) {
    Extras& mine = extras();
    if (mine.kept.size() < mine.kept_max) return mine.kept.add(message);
    const std::string kind{message.descriptor->name};
    system_.dropped.add(1);
    message.descriptor->discard(message, Discard::mailbox_full);
    throw Error{Errc::limit_reached, std::string{name()} + " keeps " +
                                         std::to_string(mine.kept_max) + " messages already, and " +
                                         kind + " is one more: see ActorOptions::kept_max"};
}

void Cell::put_back_kept() noexcept {
    if (Extras* const mine = existing_extras()) {
        taken_ = static_cast<Message*>(mine->kept.put_before(taken_));
    }
}

std::size_t Cell::kept_count() const noexcept {
    const Extras* const mine = existing_extras();
    return mine == nullptr ? 0 : mine->kept.size();
}

Extras& Cell::extras() {
    Family& mine = family();
    if (mine.extras == nullptr) {
        auto made = std::make_unique<Extras>();
        const std::lock_guard held(mine.lock);
        mine.extras = std::move(made);
    }
    return *mine.extras;
}

Extras* Cell::existing_extras() const noexcept {
    const Family* const mine = existing_family();
    return mine == nullptr ? nullptr : mine->extras.get();
}

}  // namespace greenroom::detail
