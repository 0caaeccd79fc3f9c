// Urgent messages: a list beside the mailbox. That there are some a signal says, as it says that
// the actor is to stop; so who handles ordinary messages need not look into the list.
//
// The list is the family's, which may be made for it. Where there is none when the mailbox closes,
// one that is made later is closed when the actor has ended (tell_watchers).
//
// The sender lists its message, and then signals. The turn clears the signal under the list's lock,
// when it finds that empty: so a message that was listed after has its signal after.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/errors.hpp>
#include <mutex>
#include <string>
#include <utility>

#include "family.hpp"

namespace greenroom::detail {

Sent Cell::put_urgent(Message& message, bool passes_the_limit) {
    Family& mine = family();
    if (mine.is_shared || has_ended()) return Sent::stopped;
    {
        const std::lock_guard held(mine.lock);
        if (!mine.takes_urgent) return Sent::stopped;
        UrgentMessages& all = mine.shared_extras().urgent;
        if (all.count >= all.count_max && !passes_the_limit) return Sent::full;
        message.next = nullptr;
        (all.first == nullptr ? all.first : all.last->next) = &message;
        all.last = &message;
        ++all.count;
    }
    signal_actor(urgent_signal);
    return Sent::sent;
}

void Cell::send_urgent(Message& message, Where where) {
    switch (put_urgent(message, false)) {
        case Sent::sent: return;
        case Sent::stopped: return dead_letter(message, where);
        case Sent::full: break;
    }
    const std::string_view kind = message.descriptor->name;
    message.descriptor->destroy(message);
    throw MailboxFull{std::string{kind} + " to " + name() + ": as many urgent messages wait as " +
                      "its urgent_max allows"};
}

Message* Cell::take_urgent() noexcept {
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    UrgentMessages* const all = mine.shared == nullptr ? nullptr : &mine.shared->urgent;
    if (all == nullptr || all->first == nullptr) {
        clear_signals(urgent_signal);
        return nullptr;
    }
    MailboxLink* const first = std::exchange(all->first, all->first->next);
    --all->count;
    return static_cast<Message*>(first);
}

MailboxLink* Cell::close_urgent() noexcept {
    Family* const mine = existing_family();
    if (mine == nullptr || mine->is_shared) return nullptr;
    const std::lock_guard held(mine->lock);
    mine->takes_urgent = false;
    return mine->shared == nullptr ? nullptr : mine->shared->urgent.take_all();
}

}  // namespace greenroom::detail
