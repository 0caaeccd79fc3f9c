// A look into one actor: what any thread may see of it, what the workers tell, and what it tells
// itself, in its next turn. There it also tells of its mailbox's bound, with the same signal.
//
// Who wants that lists an Inspection under the family's lock, and then signals; a turn clears the
// signal, and then takes the list under the lock. So one that is listed after has its signal after.
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/actor_report.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/runtime.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bound_watch.hpp"
#include "bounded_mailbox.hpp"
#include "child_walk.hpp"
#include "doing.hpp"
#include "family.hpp"
#include "inspection.hpp"
#include "notebook.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

namespace {

// Keeps its memory: a worker may answer when nobody asks any more.
std::shared_ptr<const Activity> held(Cell& cell) {
    cell.hold();
    return {&cell, [](Cell* to_release) { to_release->release(); }};
}

// Of the state that was seen, what the workers know better.
void complete(ActorReport& report, const Cell& cell, const Doing& doing) {
    const bool is_stopping = report.state == ActorState::stopping;
    const TaskInfo* const where = doing.itself != nullptr ? doing.itself : doing.runs;
    if (where != nullptr) {
        report.worker = where->worker;
        const bool waits = where->waits_for != nullptr;
        if (waits) report.waits_for = wait_of(*where);
        if (!is_stopping) report.state = waits ? ActorState::waiting : ActorState::running;
    } else if (!cell.is_idle() && doing.stuck != nullptr) {
        report.waits_for = stuck_worker(*doing.stuck);
    } else if (is_stopping && report.children > 0) {
        report.waits_for = "its children";
    }
}

}  // namespace

// What any thread may see.
ActorReport Cell::look() {
    ActorReport report;
    report.name = name();
    report.id = id();
    report.incarnation = incarnation();
    report.queued = queued();
    if (bounded_ != nullptr) report.times_full = bounded_->times_full();
    report.watchers = watcher_count();
    report.state = is_idle() ? ActorState::idle : ActorState::scheduled;
    if (is_ending()) report.state = ActorState::stopping;
    const Family* const mine = existing_family();
    if (mine == nullptr) return report;
    if (const std::shared_ptr<const Notebook> book = notebook()) {
        report.message = book->current();
        report.last_messages = book->last();
    }
    for (ChildWalk walk{*mine}; Cell* const child = walk.next(); child->release()) {
        ++report.children;
    }
    const TimePoint now = coarse_now(core());
    const std::lock_guard held(mine->lock);
    if (mine->is_restarting && !is_ending()) report.state = ActorState::restarting;
    if (mine->has_ended) report.state = ActorState::ended;
    if (mine->extras != nullptr) report.kept = mine->extras->kept.size();
    if (mine->shared != nullptr && mine->shared->urgent.watch != nullptr) {
        report.times_full += mine->shared->urgent.watch->times();
    }
    if (mine->supervisor != nullptr) report.restarts = mine->supervisor->restarts(now);
    return report;
}

ActorReport Cell::inspect(Duration patience) {
    ActorReport report = look();
    if (current_activity() == this) {
        if (report.state != ActorState::stopping) report.state = ActorState::running;
        return report;
    }
    const bool stands_still =
        report.state == ActorState::ended || (report.state == ActorState::idle && !is_bound());
    if (stands_still) return report;
    const std::vector<TaskInfo> tasks = tasks_of(core(), held(*this), patience);
    complete(report, *this, doing_of(*this, tasks));
    if (report.state != ActorState::waiting) return report;
    // acquire: as wait_node().
    if (const WaitNode* const node = wait_node_.load(std::memory_order_acquire)) {
        report.waits_on = node->waits_on();
    }
    return report;
}

Described Cell::ask_state(Deadline deadline, std::string& text) {
    if (current_activity() == this) {
        run_inspect_hook(text);
        return Described::told;
    }
    Family& mine = family();
    const auto asked = std::make_shared<Inspection>();
    {
        const std::lock_guard held(mine.lock);
        if (mine.has_ended) return Described::ended;
        mine.shared_extras().inspections.push_back(asked);
    }
    const struct Listed {
        Family& family;
        const std::shared_ptr<Inspection>& asked;
        ~Listed() {
            const std::lock_guard held(family.lock);
            std::erase(family.shared_extras().inspections, asked);
        }
    } listed{mine, asked};
    signal_actor(observers_signal);
    if (!asked->answered.wait_before(deadline)) return Described::not_in_time;
    text = std::move(asked->text);
    return asked->told ? Described::told : Described::ended;
}

// In a turn, between two messages.
void Cell::attend_to_observers() noexcept {
    clear_signals(observers_signal);
    if (bounded_ != nullptr) tell_bound(*this, *bounded_);
    tell_urgent_bound();
    take_up_trace();
    answer_inspections();
}

void Cell::answer_inspections() noexcept {
    std::vector<std::shared_ptr<Inspection>> all;
    {
        Family* const mine = existing_family();
        if (mine == nullptr) return;  // nobody has asked
        const std::lock_guard held(mine->lock);
        if (mine->shared == nullptr) return;
        all.swap(mine->shared->inspections);
    }
    for (const std::shared_ptr<Inspection>& one : all) {
        run_inspect_hook(one->text);
        one->told = true;
        one->answered.set();
    }
}

}  // namespace greenroom::detail
