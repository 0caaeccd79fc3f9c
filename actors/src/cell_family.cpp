// Parents and children.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "child_walk.hpp"
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
    // Under the lock: see come_under_faults().
    const bool under_faults =
        parent_ == nullptr ? theirs.gives_faults : (parent_->signals() & faults_signal) != 0;
    if (under_faults) signal(faults_signal);
    system_.actor_began();  // under the lock as well: see SystemCore::actor_left()
    next_sibling_ = theirs.first_child;
    if (next_sibling_ != nullptr) next_sibling_->previous_sibling_ = this;
    theirs.first_child = this;
}

// The signal first, then the lock: a child that joins the family later looks for the signal under
// the same lock, and one that has joined is listed. (So the family is made where there is none.)
void Cell::come_under_faults(std::vector<Cell*>& children) {
    signal(faults_signal);
    family().list_children(children);
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
        if (theirs.walks != nullptr) ChildWalk::pass_by(theirs, *this);
        last = theirs.first_child == nullptr && std::exchange(theirs.parked, false);
    }
    if (step.what != RoundStep::What::nothing) take_step(step, Duration::zero());
    // The parent waits for this: it cannot end meanwhile, and nobody else schedules it.
    if (last) parent_->schedule_me();
}

void Family::list_children(std::vector<Cell*>& out, std::size_t most) const {
    ChildWalk walk{*this};
    for (std::size_t count = 0; count < most; ++count) {
        Cell* const child = walk.next();
        if (child == nullptr) return;
        out.push_back(child);
    }
}

void Cell::list_children(std::vector<Cell*>& out, std::size_t most) const {
    if (const Family* const mine = existing_family()) mine->list_children(out, most);
}

}  // namespace greenroom::detail
