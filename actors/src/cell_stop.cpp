// How an actor ends: the mailbox closes, its children end, its hook runs, its watchers hear of it.
#include <algorithm>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/log.hpp>
#include <mutex>
#include <utility>

#include "bounded_mailbox.hpp"
#include "child_walk.hpp"
#include "family.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

void Cell::signal_actor(std::uint32_t bits) noexcept {
    // The bits first, then the poke: a turn that clears the poke's bit reads the others after it.
    if (mutant(Mutant::signal_without_poke)) return static_cast<void>(signal(bits));
    const std::uint32_t before = signal(bits | poke_queued);
    if ((before & poke_queued) == 0) (void)post(poke_);
    if ((bits & stop_signal) != 0) unpark();
}

// Between two messages of its turn it looks at the signal anyway.
void Cell::stop_itself() noexcept {
    if (running_activity() != this) return stop();
    signal_own(stop_signal);
}

// A stopping actor that awaits its children takes no poke, nor does one that is to be restarted: it
// gets a turn to look at the signal. It looks under the same lock, after it has said that it parks.
void Cell::unpark() noexcept {
    Family* const mine = existing_family();
    if (mine == nullptr || mine->is_shared) return;
    bool was_parked = false;
    {
        const std::lock_guard held(mine->lock);
        was_parked = std::exchange(mine->parked, false);
    }
    if (was_parked) schedule_me();
}

// On the worker where the handler is suspended. Runs none of the user's code.
void Cell::control() noexcept {
    if (must_stop()) {
        if (state_ != State::running) {
            tell_children();
        } else if (!restarts_at_end()) {
            begin_stopping();
            tell_children();
        }
    }
    if (must_leave() || must_drain()) begin_grace();
    Activity::control();
}

// What it waits for is cancelled. One that is to be restarted only goes on to that.
void Cell::end_grace() noexcept {
    const bool restarts = (signals() & (stop_signal | restart_signal)) == restart_signal;
    signal_actor(restarts ? kill_signal : stop_signal | kill_signal);
}

void Cell::fail(const std::string& what, const std::exception_ptr& why) noexcept {
    const Fields its = CellFields::of_failure(*this, why);
    const FieldsInUse mine{its.set()};
    (void)note_failure(what);
    const Verdict verdict = judge(why);
    if (verdict != Verdict::end) begin_notes_after_failure();
    go_by(verdict);
}

void Cell::go_by(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::end:
            forgo_restarts();
            signal_actor(stop_signal);
            break;
        case Verdict::restart: signal_actor(restart_signal); break;
        case Verdict::go_on: forget_failure(); break;
    }
}

// False: it has ended already.
bool Cell::note_failure(const std::string& what) noexcept {
    {
        Family& mine = family();
        const std::lock_guard held(mine.lock);
        if (mine.has_ended) return false;
        mine.reason = {ExitKind::failed, what};
    }
    system_.failures.add(1);
    if (ClassCounters* const mine = class_counters()) mine->of(id_).failed.add(1);
    const auto story = [&] { return numbered(*this) + " failed: " + what + story_of_messages(); };
    system_.failure_log.log(type_, story, coarse_now(core()));
    return true;
}

void Cell::forget_failure() noexcept {
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    mine.reason = {};
}

// Takes no more messages, and no more children. A handler that is suspended may go on until its
// grace is over.
void Cell::begin_stopping() noexcept {
    GREENROOM_ASSERT(state_ == State::running || state_ == State::halted);
    state_ = State::stopping;
    refuses_children_ = true;
    close_mailbox();
}

Cell::Told Cell::what_to_tell() const noexcept {
    const std::uint32_t now = signals();
    if ((now & killed_signal) != 0) return Told::kill;
    return (now & (stop_signal | restart_signal)) != 0 ? Told::stop : Told::drain;
}

void Cell::tell_children() noexcept {
    refuses_children_ = true;
    Family* const mine = existing_family();
    if (mine == nullptr) return;
    const TimePoint subtree_ends = grace_end();
    {
        const std::lock_guard held(mine->lock);
        mine->grace_end = std::min(mine->grace_end, subtree_ends);
        mine->takes_children = false;
    }
    const Told what = what_to_tell();
    if (what <= told_) return;
    told_ = what;
    for (ChildWalk walk{*mine}; Cell* const child = walk.next();) {
        switch (what) {
            case Told::kill: child->kill(); break;
            case Told::stop: child->stop(); break;
            case Told::drain: child->stop_when_drained(); break;
            case Told::nothing: break;
        }
        child->release();
    }
}

// Has its waits cancelled when the grace is over. A system that stops has its own deadline.
void Cell::begin_grace() {
    if (grace_has_begun_) return;
    grace_has_begun_ = true;
    if (system_.is_stopping()) return;
    const TimePoint end_of_grace = grace_end();
    family().reaped_at = end_of_grace;
    system_.reaper.add(*this, end_of_grace);
}

// One for the whole subtree: a child's ends with its parent's.
TimePoint Cell::grace_end() const noexcept {
    const TimePoint own = coarse_now(core()) + system_.grace();
    if (parent_ == nullptr) return own;
    Family& theirs = *parent_->existing_family();
    const std::lock_guard held(theirs.lock);
    return std::min(own, theirs.grace_end);
}

// Asks fail at once. The rest is kept for the next turn, since destructors of messages are the
// user's code, and this may be a control turn.
void Cell::close_mailbox() noexcept {
    put_back_kept();
    MailboxLink* const batch = std::exchange(taken_, nullptr);
    MailboxLink* const rest = bounded_ == nullptr ? mailbox_.close() : bounded_->close();
    // A handler that waits for a message is woken by who sent one, if somebody did.
    const bool wakes = is_receiving_ && rest == nullptr;
    if (wakes && !mutant(Mutant::receiver_hears_no_close)) extras().arrival.come();
    MailboxLink* const urgent = close_urgent();
    if (urgent == nullptr && batch == nullptr && rest == nullptr) return;  // as most do
    MailboxLink kept;
    MailboxLink* last = &kept;
    for (MailboxLink* link : {urgent, batch, rest}) {
        while (link != nullptr) {
            Message& message = static_cast<Message&>(*std::exchange(link, link->next));
            const Descriptor& kind = *message.descriptor;
            if (kind.counts) system_.dead_letters.add(1);
            if (kind.fail_ask != nullptr && kind.fail_ask(message)) continue;
            last->next = &message;
            last = &message;
        }
    }
    last->next = nullptr;
    taken_ = static_cast<Message*>(kept.next);
}

void Cell::discard_queued() noexcept {
    log_unhandled();
    const CancellationMask mask;  // destructors may wait
    while (taken_ != nullptr) {
        Message& message = *taken_;
        taken_ = static_cast<Message*>(message.next);
        message.descriptor->discard(message, Discard::receiver_stopped);
    }
}

// In a turn, with no handler suspended. The children end meanwhile.
void Cell::continue_stopping() noexcept {
    if (taken_ != nullptr) {
        tell_children();
        discard_queued();
    }
    if (awaits_children()) return;
    run_stop_hook();
    end();
}

// True: it is parked. The last child to leave schedules it once more, and it may be running by now.
bool Cell::awaits_children() noexcept {
    Family* const mine = existing_family();
    if (mine == nullptr || !mine->close()) return false;
    for (;;) {
        tell_children();
        const std::lock_guard held(mine->lock);
        // Who signals from here on finds it parked, see unpark(). Who has before is told on.
        const bool knows_more = what_to_tell() > told_;
        mine->parked = mine->first_child != nullptr && !knows_more;
        if (mine->parked || mine->first_child == nullptr) return mine->parked;
    }
}

ExitReason Cell::exit_reason() noexcept {
    if (Family* const mine = existing_family()) {
        const std::lock_guard held(mine->lock);
        if (mine->reason.is_failure()) return mine->reason;
    }
    return {exit_kind(), {}};
}

// Where it has not failed.
ExitKind Cell::exit_kind() const noexcept {
    if (state_ == State::halting && !must_stop()) return ExitKind::restarted;
    if ((signals() & killed_signal) != 0) return ExitKind::killed;
    return system_.is_stopping() ? ExitKind::system_stopped : ExitKind::stopped;
}

void Cell::run_stop_hook() noexcept {
    if (!type_.has_stop_hook || start_pending_ || !has_object_) return;
    const FieldsInUse mine{CellFields::of_spawn(*this).set()};
    try {
        actor_->on_stop(exit_reason());
    } catch (const Cancelled&) {
        log(LogLevel::warning, std::string{name()} + ": on_stop was cancelled: its grace is over");
    } catch (...) {
        log(LogLevel::error, std::string{name()} + ": on_stop threw: " + current_failure());
    }
}

// And, where it is to be made no more, what makes it.
void Cell::destroy_actor() noexcept {
    Restarter* const maker_of = state_ == State::stopping ? restarter() : nullptr;
    const bool had_object = has_object_;
    has_object_ = false;
    if (!had_object && maker_of == nullptr) return;
    const FieldsInUse mine{CellFields::of_spawn(*this).set()};
    const CancellationMask mask;  // members and captures may wait in their destructors
    try {
        if (had_object) type_.destroy(*actor_);
    } catch (...) {
        log(LogLevel::error, std::string{name()} + ": its destructor threw: " + current_failure());
    }
    if (maker_of != nullptr) maker_of->maker.reset();
}

void Cell::end() noexcept {
    GREENROOM_ASSERT(state_ == State::stopping);
    const ExitKind kind = exit_kind();
    destroy_actor();
    state_ = State::ended;
    if (ClassCounters* const counters = class_counters()) counters->of(id_).ended.add(1);
    if (grace_has_begun_) {
        if (Family* const mine = existing_family()) system_.reaper.remove(*this, mine->reaped_at);
    }
    const bool is_known = existing_family() != nullptr || !counts_.is_only_hold();
    if (is_known) tell_watchers(kind);
    SystemCore& system = system_;
    system.actor_ended();
    leave_parent();  // from here on nobody finds it by way of its parent
    const bool is_held = !counts_.is_only_hold();
    // By now somebody may have come to know it that way.
    if (!is_known && (is_held || existing_family() != nullptr)) tell_watchers(kind);
    if (is_held) {
        system.add_reference();
        release();
    } else {
        free_memory();
    }
    system.actor_left();
    system.drop_reference();
}

bool Cell::has_left() const noexcept {
    Family* const mine = existing_family();
    if (mine == nullptr) return false;
    const std::lock_guard held(mine->lock);
    return mine->has_ended;
}

}  // namespace greenroom::detail
