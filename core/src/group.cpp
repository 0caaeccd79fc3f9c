#include <greenroom/core/detail/group.hpp>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/held_back.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <string>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

Fiber& require_fiber(const char* kind) {
    Worker* const worker = this_thread().worker;
    if (worker != nullptr && worker->current().activity != nullptr) return worker->current();
    throw Error{Errc::wrong_thread, std::string{kind} +
                                        ": structured tasks run in a task or a handler; from a "
                                        "plain thread, call it inside of run(runtime, ...)"};
}

}  // namespace

// ---- The tasks

ChildState::ChildState(Group& group, const char* name, StackClass stack_class, Where where)
    : TaskState{group.owner().core(), name != nullptr ? name : group.owner().name(), stack_class,
                where},
      group_{group},
      runs_as_{group.rules().parallel ? nullptr : &group.owner().runs_as()} {}

Activity& ChildState::runs_as() noexcept { return runs_as_ == nullptr ? *this : *runs_as_; }

void ChildState::begin_turn(Fiber& fiber) noexcept {
    has_begun_ = true;
    fiber.handed_down = group_.handed_down_;
    // A parallel one is on another worker perhaps, where the scope's memory is not to be read.
    if (runs_as_ != nullptr) fiber.scopes.inherited = group_.scope();
}

void ChildState::finish(Worker& here) noexcept {
    here.current().handed_down = Deadline::never();
    announce_end(here);
    RuntimeCore& runtime = core();
    const bool counted = runs_as_ == nullptr;
    group_.ended(*this);
    release();
    if (counted) runtime.end_task(&here);
}

// ---- The group

Group::Group(const GroupRules& rules, Where where)
    : rules_{rules},
      where_{where},
      fiber_{require_fiber(rules.kind)},
      owner_{*fiber_.activity},
      scope_{fiber_.scopes.innermost != nullptr ? fiber_.scopes.innermost
                                                : fiber_.scopes.inherited},
      handed_down_{fiber_.handed_down},
      outer_{fiber_.groups} {
    // While nothing has started: who has a spare now has one at each of its waits, so that the end,
    // which waits, cannot fail.
    fiber_.home().require_spare();
    fiber_.groups = this;
}

Group::~Group() {
    GREENROOM_ASSERT(&this_thread().worker->current() == &fiber_);
    cancel();
    join_masked();
    GREENROOM_ASSERT(fiber_.groups == this);
    fiber_.groups = outer_;
    while (ChildState* const child = ended_first_) {
        ended_first_ = child->next_;
        child->release();
    }
}

void Group::start(ChildState& child) {
    const bool bound = !rules_.parallel;
    GREENROOM_ASSERT(!bound || this_thread().worker == &fiber_.home());
    bool refused = false;
    {
        const std::lock_guard held(line_.lock);
        refused = state_ != State::open;
        if (!refused) link(child);
    }
    try {
        if (refused) {
            throw Error{Errc::closed, std::string{rules_.kind} +
                                          ": a task for a group that has failed, was cancelled or "
                                          "has ended"};
        }
        if (!bound) return child.queue();
        if (!has_no_fields()) [[unlikely]]
            child.take_fields();
    } catch (...) {
        if (!refused) unlink(child);
        child.destroy_function();
        child.release();
        child.release();
        throw;
    }
    if ((owner_.signals() & Activity::kill_signal) != 0) child.signal(Activity::kill_signal);
    fiber_.home().start_bound(child);
}

// Under the lock.
void Group::link(ChildState& child) noexcept {
    child.next_ = alive_;
    child.previous_ = nullptr;
    if (alive_ != nullptr) alive_->previous_ = &child;
    alive_ = &child;
    ++alive_count_;
}

// One that was not started after all, when nothing knows of it but the list.
void Group::unlink(ChildState& child) noexcept {
    const std::lock_guard held(line_.lock);
    take_out(child);
}

// Under the lock.
void Group::take_out(ChildState& child) noexcept {
    (child.previous_ == nullptr ? alive_ : child.previous_->next_) = child.next_;
    if (child.next_ != nullptr) child.next_->previous_ = child.previous_;
    child.next_ = nullptr;
    --alive_count_;
}

void Group::ended(ChildState& child) noexcept {
    const bool keep = rules_.keeps_all || child.failure_ != nullptr;
    ChildState* to_cancel = nullptr;
    bool first_failure = false;
    Resumption woken;
    {
        const std::lock_guard held(line_.lock);
        take_out(child);
        if (keep) {
            (ended_first_ == nullptr ? ended_first_ : ended_last_->next_) = &child;
            ended_last_ = &child;
        }
        if (child.failure_ != nullptr && first_failure_ == nullptr) {
            first_failure_ = child.failure_;
            if (rules_.cancels_on_failure && state_ == State::open) {
                first_failure = true;
                to_cancel = begin_cancel();
            }
        }
        WaitEntry* const owner = line_.first_waiting();
        const bool wakes = alive_count_ == 0 ? !mutant(Mutant::group_ends_unannounced)
                                             : wanted_ == Wanted::one_end && keep;
        // A group that has to tell its owner of a failure is touched once more; then it wakes.
        if (owner != nullptr && wakes && !first_failure && line_.win(*owner)) woken.add(*owner);
        if (first_failure) ++telling_;
    }
    woken.run();
    if (first_failure) tell_failure(to_cancel);
    if (!keep) child.release();
}

// The owner does not leave before this has let go of the lock for the last time.
void Group::tell_failure(ChildState* to_cancel) noexcept {
    cancel_chain(to_cancel);
    if (!rules_.parallel) {
        if (body_ != nullptr) body_->cancel();
    } else {
        owner_.signal(Activity::group_signal);
    }
    Resumption woken;
    {
        const std::lock_guard held(line_.lock);
        --telling_;
        WaitEntry* const owner = line_.first_waiting();
        const bool wakes =
            alive_count_ == 0 || (wanted_ == Wanted::one_end && ended_first_ != nullptr);
        if (owner != nullptr && wakes && line_.win(*owner)) woken.add(*owner);
    }
    woken.run();
}

// Under the lock. A reference to each that is to be cancelled, chained.
ChildState* Group::begin_cancel() noexcept {
    if (state_ != State::open) return nullptr;
    state_ = State::cancelled;
    ChildState* first = nullptr;
    for (ChildState* child = alive_; child != nullptr; child = child->next_) {
        if (mutant(Mutant::group_cancels_waiting_only) && !child->has_begun_) continue;
        child->hold();
        child->next_to_cancel_ = first;
        first = child;
    }
    return first;
}

void Group::cancel_chain(ChildState* first) noexcept {
    if (first != nullptr) leave_waits();
    while (first != nullptr) {
        ChildState* const child = first;
        first = child->next_to_cancel_;
        child->cancel();
        child->release();
    }
}

void Group::cancel() noexcept {
    ChildState* to_cancel = nullptr;
    {
        const std::lock_guard held(line_.lock);
        to_cancel = begin_cancel();
    }
    cancel_chain(to_cancel);
}

void Group::close() noexcept {
    const std::lock_guard held(line_.lock);
    state_ = State::closed;
}

void Group::hear(bool killed) noexcept {
    ChildState* to_kill = nullptr;
    bool body_ends = false;
    {
        const std::lock_guard held(line_.lock);
        body_ends = body_ != nullptr && first_failure_ != nullptr && rules_.cancels_on_failure;
        for (ChildState* child = killed ? alive_ : nullptr; child != nullptr;
             child = child->next_) {
            if ((child->signals() & Activity::kill_signal) != 0) continue;
            child->hold();
            child->next_to_kill_ = std::exchange(to_kill, child);
        }
    }
    while (ChildState* const child = to_kill) {
        to_kill = child->next_to_kill_;
        child->signal(Activity::kill_signal);
        child->release();
    }
    if (body_ends) body_->cancel();
}

// True: all have ended, or, `for_one`, one is there to be handed out. False: by the deadline.
bool Group::wait(bool for_one, Deadline deadline) {
    for (;;) {
        std::unique_lock held(line_.lock);
        if (is_over(for_one)) return true;
        held.unlock();
        let_go_here();  // from here on its tasks may see it wait
        WaitRecord record{{rules_.kind, this, where_}};
        WaitEntry entry{record};
        held.lock();
        if (is_over(for_one)) return true;
        wanted_ = for_one ? Wanted::one_end : Wanted::all_ends;
        line_.add(entry);
        TaskWaits* const waits = for_one ? nullptr : waits_;
        held.unlock();
        if (waits != nullptr && !mutant(Mutant::task_joins_unseen)) waits->are_awaited();
        const Outcome outcome = record.wait(deadline);
        if (outcome == Outcome::woken) continue;
        held.lock();
        line_.remove(entry);
        held.unlock();
        if (outcome == Outcome::cancelled) throw_cancelled();
        return false;
    }
}

// ---- What its tasks wait for

Group* Group::around() const noexcept {
    ChildState* const child = owner_.as_child();
    return child == nullptr ? nullptr : &child->group_;
}

bool Group::note_wait(TaskWaits& waits) noexcept {
    const std::lock_guard held(line_.lock);
    waits_ = &waits;
    return owner_awaits_all();
}

bool Group::awaits_all() noexcept {
    const std::lock_guard held(line_.lock);
    return owner_awaits_all();
}

// Under the lock.
bool Group::owner_awaits_all() const noexcept {
    const bool open = state_ == State::open || mutant(Mutant::circle_of_cancelled);
    return wanted_ == Wanted::all_ends && open && line_.first_waiting() != nullptr;
}

void Group::owner_leaves() noexcept {
    {
        const std::lock_guard held(line_.lock);
        if (wanted_ != Wanted::all_ends) return;
        wanted_ = Wanted::nothing;
    }
    leave_waits();
}

// Those that come later find the owner gone, or the group cancelled.
void Group::leave_waits() noexcept {
    TaskWaits* waits = nullptr;
    {
        const std::lock_guard held(line_.lock);
        waits = waits_;
    }
    if (waits != nullptr && !mutant(Mutant::circle_of_cancelled)) waits->are_left(*this);
}

// Under the lock.
bool Group::is_over(bool for_one) const noexcept {
    return telling_ == 0 && (alive_count_ == 0 || (for_one && ended_first_ != nullptr));
}

void Group::join() {
    try {
        suspension_point();
        (void)wait(false, Deadline::never());
    } catch (const Cancelled&) {
        cancel();
        join_masked();
        close();
        throw;
    }
    close();
}

void Group::join_masked() noexcept {
    const CancellationMask mask;
    (void)wait(false, Deadline::never());
}

ChildState* Group::next(Deadline deadline) {
    suspension_point();
    if (!wait(true, deadline)) return nullptr;
    const std::lock_guard held(line_.lock);
    ChildState* const child = ended_first_;
    if (child == nullptr) return nullptr;
    ended_first_ = child->next_;
    return child;
}

std::vector<std::exception_ptr> Group::failures() {
    std::vector<std::exception_ptr> all;
    const std::lock_guard held(line_.lock);
    for (const ChildState* child = ended_first_; child != nullptr; child = child->next_) {
        if (child->failure_ != nullptr) all.push_back(child->failure_);
    }
    return all;
}

void Group::mark_seen() noexcept {
    const std::lock_guard held(line_.lock);
    for (ChildState* child = ended_first_; child != nullptr; child = child->next_) {
        child->mark_seen();
    }
}

bool Group::has_tasks_here() noexcept {
    const Worker* const worker = this_thread().worker;
    Group* group = worker == nullptr ? nullptr : worker->current().groups;
    while (group != nullptr && group->alive() == 0) group = group->outer();
    return group != nullptr;
}

std::size_t Group::alive() noexcept {
    const std::lock_guard held(line_.lock);
    return alive_count_;
}

bool Group::cancelled() noexcept {
    const std::lock_guard held(line_.lock);
    return state_ == State::cancelled;
}

}  // namespace greenroom::detail
