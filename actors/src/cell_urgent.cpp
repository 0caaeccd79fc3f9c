// Urgent messages: a list beside the mailbox. That there are some a signal says, as it says that
// the actor is to stop; so who handles ordinary messages need not look into the list.
//
// The list is the family's, which may be made for it. Where there is none when the mailbox closes,
// one that is made later is closed when the actor has ended (tell_watchers).
//
// One that finds the limit met counts that, and the turn tells of it: bound_watch.hpp.
//
// The sender lists its message, and then signals. The turn clears the signal under the list's lock,
// when it finds that empty: so a message that was listed after has its signal after.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "bound_watch.hpp"
#include "extras.hpp"
#include "family.hpp"
#include "overload_watch.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

Sent Cell::put_urgent(Message& message, bool passes_the_limit) {
    Family& mine = family();
    if (mine.is_shared || has_ended()) return Sent::stopped;
    bool fits = false;
    BoundWatch* watch = nullptr;
    {
        const std::lock_guard held(mine.lock);
        if (!mine.takes_urgent) return Sent::stopped;
        UrgentMessages& all = mine.shared_extras().urgent;
        fits = passes_the_limit || !all.is_full();
        if (fits) {
            all.add(message);
        } else {
            watch = all.made_watch();
        }
    }
    if (!fits) {
        meet_bound(*this, watch, BoundMet::refused);
        return Sent::full;
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

// In a turn, between two messages.
void Cell::tell_urgent_bound() noexcept {
    Family* const mine = existing_family();
    const Extras* const own = existing_extras();
    if (mine == nullptr || (own != nullptr && own->overload_at == 0)) return;
    UrgentMessages* all = nullptr;
    {
        const std::lock_guard held(mine->lock);
        if (mine->shared == nullptr || mine->shared->urgent.watch == nullptr) return;
        all = &mine->shared->urgent;
    }
    const TimePoint now = coarse_now(core());
    try {
        std::optional<Overload> overload = take_bound(*this, *all->watch, now);
        if (!overload) return;
        ShareCount messages;
        overload->is_urgent = true;
        overload->when_full = WhenFull::fail;
        {
            const std::lock_guard held(mine->lock);
            overload->bound = all->count_max;
            overload->queued = all->count;
            all->sample(messages);
        }
        overload->sampled = messages.total();
        overload->messages = messages.top();
        tell(system_, *overload, now);
    } catch (const std::bad_alloc&) {  // then it is not told
    }
}

}  // namespace greenroom::detail
