// Parents and children, watchers and watched.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "family.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

Family& Family::ended_by(ExitKind kind) noexcept {
    static Family* const shared = [] {
        auto* const all = new Family[static_cast<std::size_t>(ExitKind::system_stopped) + 1];
        for (std::size_t i = 0; i <= static_cast<std::size_t>(ExitKind::system_stopped); ++i) {
            all[i].is_shared = true;
            all[i].has_ended = true;
            all[i].takes_children = false;
            all[i].reason.kind = static_cast<ExitKind>(i);
        }
        return all;
    }();
    return shared[static_cast<std::size_t>(kind)];
}

// Made by whoever needs it first.
Family& Cell::family() {
    // acquire: pairs with the release of who made it.
    Family* present = family_.load(std::memory_order_acquire);
    if (present != nullptr) return *present;
    Family* const made = new Family;
    // release: publishes it. acquire when lost: the other's.
    if (family_.compare_exchange_strong(present, made, std::memory_order_release,
                                        std::memory_order_acquire)) {
        return *made;
    }
    delete made;
    return *present;
}

Family* Cell::existing_family() const noexcept {
    // acquire: pairs with the release in family().
    return family_.load(std::memory_order_acquire);
}

void Cell::join_parent() {
    Family& theirs = parent_ == nullptr ? system_.root : parent_->family();
    const std::lock_guard held(theirs.lock);
    if (!theirs.takes_children || (parent_ != nullptr && parent_->refuses_children_)) {
        throw Error{Errc::stopping, std::string{"spawn of "} + name() + ": " +
                                        (parent_ == nullptr ? "the system" : parent_->name()) +
                                        " is stopping"};
    }
    next_sibling_ = theirs.first_child;
    if (next_sibling_ != nullptr) next_sibling_->previous_sibling_ = this;
    theirs.first_child = this;
}

void Cell::leave_parent() noexcept {
    Family& theirs = parent_ == nullptr ? system_.root : *parent_->existing_family();
    bool last = false;
    RoundStep step;
    {
        const std::lock_guard held(theirs.lock);
        if (theirs.supervisor != nullptr) {
            theirs.supervisor->leave(*this);
            step = theirs.supervisor->next_step();
        }
        (previous_sibling_ == nullptr ? theirs.first_child : previous_sibling_->next_sibling_) =
            next_sibling_;
        if (next_sibling_ != nullptr) next_sibling_->previous_sibling_ = previous_sibling_;
        last = theirs.first_child == nullptr && std::exchange(theirs.parked, false);
    }
    take_step(step, Duration::zero());
    // The parent waits for this: it cannot end meanwhile, and nobody else schedules it.
    if (last) parent_->schedule_me();
}

void Family::list_children(std::vector<Cell*>& out) const {
    const std::lock_guard held(lock);
    for (Cell* child = first_child; child != nullptr; child = child->next_sibling()) {
        child->hold();
        out.push_back(child);
    }
}

void Cell::list_children(std::vector<Cell*>& out) const {
    if (const Family* const mine = existing_family()) mine->list_children(out);
}

void Cell::watch(DownMessage& message) noexcept {
    Family& theirs = message.watcher->family();
    {
        const std::lock_guard held(theirs.lock);
        theirs.watching.add(message, &DownMessage::in_watcher);
    }
    Family& mine = family();
    {
        const std::lock_guard held(mine.lock);
        if (!mine.has_ended) {
            mine.watchers.add(message, &DownMessage::in_watched);
            return;
        }
        fill(message, mine.reason);
    }
    deliver(message);
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

// At its end: takes back what it would still be told.
void Cell::forget_watches() noexcept {
    Family* const mine = existing_family();
    if (mine == nullptr || mine->is_shared) return;
    for (;;) {
        DownMessage* message = nullptr;
        {
            const std::lock_guard held(mine->lock);
            message = mine->watching.newest;
            if (message == nullptr) return;
            mine->watching.remove(*message, &DownMessage::in_watcher);
            message->claimed = true;  // so it is not freed meanwhile
        }
        bool mine_to_free = message->watched->unwatch(*message);
        if (!mine_to_free) {  // it is on its way, or was
            const std::lock_guard held(mine->lock);
            mine_to_free = message->left;
            message->claimed = false;
        }
        if (mine_to_free) message->descriptor->destroy(*message);
    }
}

void Cell::fill(DownMessage& message, const ExitReason& reason) const {
    message.payload = {id(), name(), reason};
}

void Cell::deliver(DownMessage& message) noexcept {
    if (!message.watcher->post(message)) {
        message.descriptor->discard(message, Discard::receiver_stopped);
    }
}

// Who watches from now on is told at once, so the reason must be known even if nobody did. A family
// is not made for that where a shared one says it all.
void Cell::tell_watchers(ExitReason reason) noexcept {
    if (existing_family() == nullptr && !reason.is_failure()) {
        Family* present = nullptr;
        // release: publishes nothing, but pairs with family() all the same. relaxed when lost:
        // family() acquires.
        if (family_.compare_exchange_strong(present, &Family::ended_by(reason.kind),
                                            std::memory_order_release, std::memory_order_relaxed)) {
            return;
        }
    }
    Family& mine = family();
    DownMessage* oldest = nullptr;  // of a list linked by in_watched.next
    std::vector<std::string> names;
    {
        const std::lock_guard held(mine.lock);
        mine.has_ended = true;
        mine.reason = std::move(reason);
        names = std::move(mine.names);
        for (DownMessage* message = std::exchange(mine.watchers.newest, nullptr);
             message != nullptr;) {
            DownMessage* const after = message->in_watched.next;
            message->in_watched = {oldest, nullptr, false};
            oldest = message;
            message = after;
        }
    }
    while (oldest != nullptr) {
        DownMessage* const after = oldest->in_watched.next;
        fill(*oldest, mine.reason);
        deliver(*oldest);
        oldest = after;
    }
    system_.names.remove(names, *this);
}

}  // namespace greenroom::detail
