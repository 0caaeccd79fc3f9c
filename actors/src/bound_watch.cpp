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

bool BoundWatch::take(Since& since, TimePoint now) noexcept {
    const std::lock_guard held(lock_);
    if (!std::exchange(asked_for_, false)) return false;
    silent_until_ = now + silence;
    for (std::size_t i = 0; i < since.counts.size(); ++i) {
        since.counts[i] = met_[i] - std::exchange(told_[i], met_[i]);
    }
    since.senders = std::exchange(senders_, {});
    return true;
}

void meet_bound(Cell& owner, BoundWatch* watch, BoundMet how, bool is_silent) noexcept {
    SystemCore& system = owner.system();
    if (how == BoundMet::waits) system.room_waits.add(1);
    if (how == BoundMet::refused) system.refused.add(1);
    if (watch == nullptr) return;
    const Visit visit{owner.core()};  // the clock is the runtime's
    const TimePoint now = visit ? coarse_now(owner.core()) : BoundWatch::never;
    const bool asks = watch->meet(how, name_of_sender(), now);
    if (asks && !is_silent) owner.signal_actor(CellSignals::observers_signal);
}

void meet_bound(Cell& owner, BoundedMailbox& mailbox, BoundMet how) noexcept {
    meet_bound(owner, mailbox.watch(), how, mailbox.options().overload_at == 0);
}

std::optional<Overload> take_bound(Cell& owner, BoundWatch& watch, TimePoint now) {
    BoundWatch::Since since;
    if (!watch.take(since, now)) return std::nullopt;
    Overload overload;
    overload.actor = owner.name();
    overload.id = owner.id().number;
    overload.waited = since.of(BoundMet::waits);
    overload.refused = since.of(BoundMet::refused);
    overload.dropped = since.of(BoundMet::dropped);
    overload.senders = since.senders.top();
    return overload;
}

void tell_bound(Cell& owner, BoundedMailbox& mailbox) noexcept {
    BoundWatch* const watch = mailbox.existing_watch();
    if (watch == nullptr || mailbox.options().overload_at == 0) return;
    const TimePoint now = coarse_now(owner.core());
    try {
        std::optional<Overload> overload = take_bound(owner, *watch, now);
        if (!overload) return;
        overload->queued = mailbox.size();
        overload->bound = mailbox.options().bound;
        overload->when_full = mailbox.options().when_full;
        ShareCount messages;
        overload->in_line = mailbox.sample(messages);
        overload->sampled = messages.total();
        overload->messages = messages.top();
        tell(owner.system(), *overload, now);
    } catch (const std::bad_alloc&) {  // then it is not told
    }
}

}  // namespace greenroom::detail
