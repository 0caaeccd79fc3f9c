#include <greenroom/core/detail/select_case.hpp>

#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <optional>
#include <utility>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

Chance& chance_here() noexcept {
    const ThisThread& thread = this_thread();
    return thread.worker == nullptr ? *thread.chance : *thread.worker->core().options.chance;
}

// The one order in which all selects lock: by number, and by address where the numbers have gone
// round.
bool locked_before(WaitQueue& left, WaitQueue& right) noexcept {
    const std::uint32_t left_number = left.number();
    const std::uint32_t right_number = right.number();
    return left_number != right_number ? left_number < right_number : &left < &right;
}

}  // namespace

// One call of select.
//
// All objects are locked at once, so that they are looked at, and the caller listed at all of them,
// in one moment: nobody can be listed already when a case is tried. Hence the caller never meets an
// entry of its own, and whoever it does meet can be won by the one compare-exchange of that record.
class Selection {
public:
    explicit Selection(std::span<SelectCase*> cases) noexcept;

    bool never_waits() const noexcept {
        return deadline_ != nullptr && deadline_->deadline_ == Deadline{TimePoint::min()};
    }
    Where where() const noexcept { return first().where_; }

    void lock() noexcept;
    void unlock() noexcept;
    SelectCase* try_locked(Resumption& woken) noexcept;
    void list_locked(WaitRecord& record) noexcept;

    // Waits for the record, takes the caller out of all lines, and returns the case that came true.
    SelectCase& wait(WaitRecord& record);
    SelectCase& deadline() noexcept { return *deadline_; }

private:
    const SelectCase& first() const noexcept {
        return objects_.empty() ? *deadline_ : *objects_.front();
    }
    void add_lock(SelectCase& object) noexcept;

    std::span<SelectCase*> objects_;    // what is looked at, in the order of looking
    SelectCase* deadline_ = nullptr;    // the earliest
    SelectCase* first_lock_ = nullptr;  // of each object one, in the order of locking
};

Selection::Selection(std::span<SelectCase*> cases) noexcept {
    std::size_t objects = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SelectCase& each = *cases[i];
        each.index_ = i;
        if (!each.enabled_) continue;
        if (each.guard_ != nullptr) {
            add_lock(each);
            std::swap(cases[objects++], cases[i]);
        } else if (deadline_ == nullptr || each.deadline_ < deadline_->deadline_) {
            deadline_ = &each;
        }
    }
    objects_ = cases.first(objects);
    GREENROOM_ASSERT(objects > 0 || deadline_ != nullptr);  // else it would wait for ever
}

void Selection::add_lock(SelectCase& object) noexcept {
    SelectCase** place = &first_lock_;
    if (mutant(Mutant::select_locks_as_written)) {
        while (*place != nullptr && (*place)->guard_ != object.guard_)
            place = &(*place)->next_lock_;
    } else {
        while (*place != nullptr && locked_before(*(*place)->guard_, *object.guard_)) {
            place = &(*place)->next_lock_;
        }
    }
    if (*place != nullptr && (*place)->guard_ == object.guard_) return;
    object.next_lock_ = std::exchange(*place, &object);
}

void Selection::lock() noexcept {
    for (SelectCase* each = first_lock_; each != nullptr; each = each->next_lock_) {
        each->lock();
    }
}

void Selection::unlock() noexcept {
    for (SelectCase* each = first_lock_; each != nullptr; each = each->next_lock_) {
        each->unlock();
    }
}

SelectCase* Selection::try_locked(Resumption& woken) noexcept {
    Chance& chance = chance_here();
    for (std::size_t left = objects_.size(); left > 0; --left) {
        const std::size_t drawn = left == 1 ? 0 : chance.choose(static_cast<std::uint32_t>(left));
        std::swap(objects_[drawn], objects_[left - 1]);
        if (objects_[left - 1]->try_locked(woken)) return objects_[left - 1];
    }
    return nullptr;
}

void Selection::list_locked(WaitRecord& record) noexcept {
    for (SelectCase* const each : objects_) {
        each->entry_ = &each->make_entry(record);
        each->line_->add(*each->entry_);
    }
}

SelectCase& Selection::wait(WaitRecord& record) {
    const Outcome outcome =
        record.wait(deadline_ == nullptr ? Deadline::never() : deadline_->deadline_);
    SelectCase* chosen = nullptr;
    for (SelectCase* const each : objects_) {
        // Only who won the record took its entry out, and nobody else will: no lock is needed to
        // see that. The object is not touched, since it may be gone by now.
        if (!each->entry_->listed) {
            chosen = each;
        } else if (!mutant(Mutant::select_leaves_its_entries)) {
            const std::lock_guard held(*each);
            each->line_->remove(*each->entry_);
        }
    }
    if (outcome == Outcome::cancelled) throw_cancelled();
    return outcome == Outcome::expired ? *deadline_ : *chosen;
}

void throw_select_at_end() {
    throw Error{Errc::closed, "select: a channel is closed and empty, and its case takes items"};
}

std::size_t select_one(std::span<SelectCase*> cases) {
    suspension_point();
    Selection selection{cases};
    std::optional<WaitRecord> record;
    if (!selection.never_waits()) {
        record.emplace(WaitReason{"select", nullptr, selection.where()},
                       WaitRecord::Listed::in_several);
    }
    Resumption woken;
    selection.lock();
    SelectCase* chosen = selection.try_locked(woken);
    if (chosen == nullptr && record.has_value()) {
        if (mutant(Mutant::select_looks_before_listing)) {
            selection.unlock();
            selection.lock();
        }
        selection.list_locked(*record);
    }
    selection.unlock();
    woken.run();
    if (chosen != nullptr) return chosen->index();
    return (record.has_value() ? selection.wait(*record) : selection.deadline()).index();
}

}  // namespace greenroom::detail
