// Parents and children, watchers and watched.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <utility>

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
    {
        const std::lock_guard held(theirs.lock);
        (previous_sibling_ == nullptr ? theirs.first_child : previous_sibling_->next_sibling_) =
            next_sibling_;
        if (next_sibling_ != nullptr) next_sibling_->previous_sibling_ = previous_sibling_;
        last = theirs.first_child == nullptr && std::exchange(theirs.awaits_children, false);
    }
    // The parent waits for this: it cannot end meanwhile, and nobody else schedules it.
    if (last) parent_->schedule_me();
}

void Family::list_children(std::vector<Cell*>& out) const {
    const std::lock_guard held(lock);
    for (Cell* child = first_child; child != nullptr; child = child->next_sibling()) {
        child->add_reference();
        out.push_back(child);
    }
}

void Cell::list_children(std::vector<Cell*>& out) const {
    if (const Family* const mine = existing_family()) mine->list_children(out);
}

void Cell::watch(DownMessage& message) noexcept {
    Family& mine = family();
    {
        const std::lock_guard held(mine.lock);
        if (!mine.has_ended) {
            message.next_watcher = mine.watchers;
            mine.watchers = &message;
            return;
        }
        fill(message, mine.reason);
    }
    deliver(message);
}

bool Cell::unwatch(DownMessage& message) noexcept {
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    DownMessage** link = &mine.watchers;
    while (*link != nullptr && *link != &message) link = &(*link)->next_watcher;
    if (*link == nullptr) return false;
    *link = message.next_watcher;
    return true;
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
    DownMessage* oldest = nullptr;
    bool has_names = false;
    {
        const std::lock_guard held(mine.lock);
        mine.has_ended = true;
        mine.reason = std::move(reason);
        has_names = mine.has_names;
        for (DownMessage* message = std::exchange(mine.watchers, nullptr); message != nullptr;) {
            DownMessage* const next = message->next_watcher;
            message->next_watcher = oldest;
            oldest = message;
            message = next;
        }
    }
    while (oldest != nullptr) {
        DownMessage* const next = oldest->next_watcher;
        fill(*oldest, mine.reason);
        deliver(*oldest);
        oldest = next;
    }
    if (has_names) system_.names.remove(*this);
}

void Cell::add_name(std::string_view name) {
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    if (mine.has_ended) throw ActorStopped{std::string{"register_name: "} + this->name()};
    system_.names.add(name, *this);
    mine.has_names = true;
}

}  // namespace greenroom::detail
