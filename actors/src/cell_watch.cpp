// Watchers and watched, and actors that are linked.
//
// A link is two nodes, each of which tells one of the end of the other. It is signalled, not sent:
// who does not trap it fails, whatever it is doing.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/cell_names.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "family.hpp"
#include "inspection.hpp"
#include "link_message.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

namespace {

using Relation = DownMessage::Relation;

// Of that watcher, under its lock.
template <class Matches>
DownMessage* find(const Family& watcher, const Matches& matches) noexcept {
    DownMessage* message = watcher.watching.newest;
    while (message != nullptr && !matches(*message)) message = message->in_watcher.next;
    return message;
}

auto is_link_to(const Cell& other) noexcept {
    return [&other](const DownMessage& message) {
        return message.relation != Relation::watch && message.watched == &other;
    };
}

DownMessage& make_link(Cell& watcher, Cell& watched) {
    const LinkKind* const kind = watcher.type().link_kind;
    return kind != nullptr ? kind->make(watcher, watched)
                           : make_pooled<LinkMessage>(watcher, watched);
}

}  // namespace

// ---- Being told

WatchId Cell::watch(DownMessage& message) noexcept {
    Family& theirs = message.watcher->family();
    WatchId id;
    {
        const std::lock_guard held(theirs.lock);
        id.number = message.number = ++theirs.watches;
        theirs.watching.add(message, &DownMessage::in_watcher);
    }
    Family& mine = family();
    {
        const std::lock_guard held(mine.lock);
        if (!mine.has_ended) {
            mine.watchers.add(message, &DownMessage::in_watched);
            return id;
        }
        fill(message, mine.reason);
    }
    deliver(message);
    return id;
}

bool Cell::unwatch(DownMessage& message) noexcept {
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    return mine.watchers.remove(message, &DownMessage::in_watched);
}

std::size_t Cell::watcher_count() const noexcept {
    const Family* const mine = existing_family();
    if (mine == nullptr) return 0;
    const std::lock_guard held(mine->lock);
    std::size_t count = 0;
    for (const DownMessage* message = mine->watchers.newest; message != nullptr;
         message = message->in_watched.next) {
        ++count;
    }
    return count;
}

// True: the caller frees it. False: the watcher has claimed it, and does.
bool Cell::leave_watch(DownMessage& message) noexcept {
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    message.left = true;
    if (message.claimed) return false;
    mine.watching.remove(message, &DownMessage::in_watcher);
    return true;
}

// Takes the first that matches out of its list, so that it is not freed meanwhile. Null: none does.
template <class Matches>
DownMessage* Cell::claim(const Matches& matches) noexcept {
    Family* const mine = existing_family();
    if (mine == nullptr || mine->is_shared) return nullptr;
    const std::lock_guard held(mine->lock);
    DownMessage* const message = find(*mine, matches);
    if (message == nullptr) return nullptr;
    mine->watching.remove(*message, &DownMessage::in_watcher);
    message->claimed = true;
    return message;
}

// One that was claimed: is freed here, or, if it is on its way, comes to nothing.
void Cell::take_back(DownMessage& message) noexcept {
    bool mine_to_free = message.watched->unwatch(message);
    if (!mine_to_free) {
        const std::lock_guard held(family().lock);
        mine_to_free = message.left;
        message.claimed = false;
        message.muted = true;
    }
    if (mine_to_free) message.descriptor->destroy(message);
}

bool Cell::end_watch(WatchId id) noexcept {
    const auto is_it = [id](const DownMessage& message) {
        return message.relation == Relation::watch && message.number == id.number;
    };
    DownMessage* const message = claim(is_it);
    if (message == nullptr) return false;
    take_back(*message);
    return true;
}

// At its end: takes back what it would still be told.
void Cell::forget_watches() noexcept {
    const auto any = [](const DownMessage&) { return true; };
    while (DownMessage* const message = claim(any)) take_back(*message);
}

// ---- Links

void Cell::link(Cell& other) {
    if (&other == this) return;
    {
        Family& mine = family();
        const std::lock_guard held(mine.lock);
        if (find(mine, is_link_to(other)) != nullptr) return;
    }
    DownMessage& of_other = make_link(*this, other);
    try {
        if (!other.has_ended()) other.be_told_of(make_link(other, *this));
    } catch (...) {
        of_other.descriptor->destroy(of_other);
        throw;
    }
    other.watch(of_other);
}

// By the other end of a link, which has its turn. It may be ending meanwhile: who closes its
// mailbox forgets its watches after that, so it finds this one, or its end is seen here.
void Cell::be_told_of(DownMessage& message) noexcept {
    if (family().is_shared) return message.descriptor->destroy(message);
    const Cell& linked = *message.watched;
    message.watched->watch(message);
    if (!has_ended()) return;
    if (DownMessage* const mine = claim(is_link_to(linked))) take_back(*mine);
}

// By this one, which lives: so the node of the other is not on its way.
void Cell::end_link(DownMessage& of_other) noexcept {
    Cell& other = *of_other.watched;
    if (DownMessage* const of_this = other.claim(is_link_to(*this))) other.take_back(*of_this);
    take_back(of_other);
}

bool Cell::unlink(Cell& other) noexcept {
    DownMessage* const of_other = claim(is_link_to(other));
    if (of_other != nullptr) end_link(*of_other);
    return of_other != nullptr;
}

void Cell::forget_links() noexcept {
    const auto is_link = [](const DownMessage& message) {
        return message.relation != Relation::watch;
    };
    while (DownMessage* const message = claim(is_link)) end_link(*message);
}

// ---- Telling

void Cell::fill(DownMessage& message, const ExitReason& reason) const {
    message.payload = {id(), name(), reason};
}

void Cell::deliver(DownMessage& message) noexcept {
    if (message.relation != Relation::link) {
        if (message.watcher->post(message)) return;
    } else if (const ExitReason& why = message.payload.reason; why.spreads()) {
        message.watcher->fail_for(message.payload.name + " " +
                                  std::to_string(message.payload.actor.number) +
                                  ", to which it is linked, was " + to_string(why));
    }
    message.descriptor->discard(message, Discard::receiver_stopped);
}

// Nobody adds to them any more, except to the names that are watched: a destructor may have.
void Cell::end_shared_extras() noexcept {
    MailboxLink* urgent = nullptr;  // see cell_urgent.cpp
    std::vector<std::shared_ptr<Inspection>> inspections;
    std::shared_ptr<MessageTrace> trace;
    {
        Family& mine = family();
        const std::lock_guard held(mine.lock);
        urgent = mine.shared->urgent.take_all();
        inspections = std::move(mine.shared->inspections);
        trace = std::move(mine.shared->trace);
    }
    if (Extras* const extras = existing_extras()) extras->trace = nullptr;
    for (const std::shared_ptr<Inspection>& one : inspections) one->answered.set();
    while (urgent != nullptr) {
        Message& message = static_cast<Message&>(*std::exchange(urgent, urgent->next));
        dead_letter(message, Where{});
    }
    CellNames::forget_watched(*this);
}

// Who watches from now on is told at once, so the reason must be known even if nobody did. A family
// is not made for that where a shared one says it all.
//
// It may have failed meanwhile, for another to which it is linked: then that is the reason.
void Cell::tell_watchers(ExitKind kind) noexcept {
    if (existing_family() == nullptr) {
        Family* present = nullptr;
        // release: publishes nothing, but pairs with family() all the same. relaxed when lost:
        // family() acquires.
        if (family_.compare_exchange_strong(present, &Family::ended_by(kind),
                                            std::memory_order_release, std::memory_order_relaxed)) {
            return;
        }
    }
    Family& mine = family();
    DownMessage* oldest = nullptr;  // of a list linked by in_watched.next
    bool watches = false;
    bool has_shared = false;
    {
        const std::lock_guard held(mine.lock);
        mine.takes_urgent = false;
        mine.has_ended = true;
        if (!mine.reason.is_failure()) mine.reason.kind = kind;
        watches = mine.watching.newest != nullptr;
        has_shared = mine.shared != nullptr;
        for (DownMessage* message = std::exchange(mine.watchers.newest, nullptr);
             message != nullptr;) {
            DownMessage* const after = message->in_watched.next;
            message->in_watched = {oldest, nullptr, false};
            oldest = message;
            message = after;
        }
    }
    if (watches) forget_watches();
    if (has_shared) end_shared_extras();
    while (oldest != nullptr) {
        DownMessage* const after = oldest->in_watched.next;
        fill(*oldest, mine.reason);
        deliver(*oldest);
        oldest = after;
    }
    if (has_shared) CellNames::forget(*this);
}

}  // namespace greenroom::detail
