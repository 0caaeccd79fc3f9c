#include "bound_watch.hpp"

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <mutex>
#include <new>
#include <numeric>
#include <utility>

#include "bounded_mailbox.hpp"
#include "overload_watch.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

bool BoundWatch::meet(BoundMet how, std::string_view sender, TimePoint now) noexcept {
    const std::lock_guard held(lock_);
    ++met_[static_cast<std::size_t>(how)];
    if (now == never) return false;
    if (senders_.total() < senders_max) senders_.add(sender);
    return now >= silent_until_ && !std::exchange(asked_for_, true);
}

std::uint64_t BoundWatch::times() noexcept {
    const std::lock_guard held(lock_);
    return std::accumulate(met_.begin(), met_.end(), std::uint64_t{0});
}

bool BoundWatch::report(Overload& overload, TimePoint now) {
    Counts since{};
    ShareCount senders;
    {
        const std::lock_guard held(lock_);
        if (!std::exchange(asked_for_, false)) return false;
        silent_until_ = now + silence;
        for (std::size_t i = 0; i < since.size(); ++i) {
            since[i] = met_[i] - std::exchange(told_[i], met_[i]);
        }
        senders = std::exchange(senders_, {});
    }
    overload.waited = since[static_cast<std::size_t>(BoundMet::waits)];
    overload.refused = since[static_cast<std::size_t>(BoundMet::refused)];
    overload.dropped = since[static_cast<std::size_t>(BoundMet::dropped)];
    overload.senders = senders.top();
    return true;
}

void meet_bound(Cell& owner, BoundedMailbox& mailbox, BoundMet how) noexcept {
    SystemCore& system = owner.system();
    if (how == BoundMet::waits) system.room_waits.add(1);
    if (how == BoundMet::refused) system.refused.add(1);
    BoundWatch* const watch = mailbox.watch();
    if (watch == nullptr) return;     // for want of memory
    const Visit visit{owner.core()};  // the clock is the runtime's
    const bool tells = visit && mailbox.options().overload_at != 0;
    const TimePoint now = tells ? coarse_now(owner.core()) : BoundWatch::never;
    if (watch->meet(how, name_of_sender(), now)) owner.signal(CellSignals::observers_signal);
}

void tell_bound(Cell& owner, BoundedMailbox& mailbox) noexcept {
    BoundWatch* const watch = mailbox.existing_watch();
    if (watch == nullptr) return;
    try {
        const TimePoint now = coarse_now(owner.core());
        Overload overload{owner.name(), owner.id().number, mailbox.size(), 0, {}, {}};
        if (!watch->report(overload, now)) return;
        overload.bound = mailbox.options().bound;
        overload.when_full = mailbox.options().when_full;
        ShareCount messages;
        overload.in_line = mailbox.sample(messages);
        overload.sampled = messages.total();
        overload.messages = messages.top();
        tell(owner.system(), overload, now);
    } catch (const std::bad_alloc&) {  // then it is not told
    }
}

}  // namespace greenroom::detail
