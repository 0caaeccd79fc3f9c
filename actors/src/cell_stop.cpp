// How an actor ends: the mailbox closes, its children end, its hook runs, its watchers hear of it.
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/log.hpp>
#include <mutex>
#include <utility>

#include "bounded_mailbox.hpp"
#include "family.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

void Cell::signal_actor(std::uint32_t bits) noexcept {
    // The bits first, then the poke: a turn that clears the poke's bit reads the others after it.
    if (mutant(Mutant::signal_without_poke)) return static_cast<void>(signal(bits));
    const std::uint32_t before = signal(bits | poke_queued);
    if ((before & poke_queued) == 0) (void)post(poke_);
}

// On the worker where the handler is suspended.
void Cell::control() noexcept {
    if (must_stop()) {
        if (state_ == State::running) begin_stopping();
        begin_grace();
    }
    Activity::control();
}

void Cell::fail(const std::string& what) noexcept {
    {
        Family& mine = family();
        const std::lock_guard held(mine.lock);
        mine.reason = {ExitKind::failed, what};
    }
    system_.failures.add(1);
    log(LogLevel::error, std::string{name()} + " failed: " + what);
    signal_actor(stop_signal);
}

// Takes no more messages and tells the children. A handler that is suspended may go on until its
// grace is over.
void Cell::begin_stopping() noexcept {
    GREENROOM_ASSERT(state_ == State::running);
    state_ = State::stopping;
    close_mailbox();
    stop_children();
}

void Cell::stop_children() noexcept {
    refuses_children_ = true;
    Family* const mine = existing_family();
    if (mine == nullptr) return;
    const bool killed = (signals() & killed_signal) != 0;
    const std::lock_guard held(mine->lock);
    mine->takes_children = false;
    for (Cell* child = mine->first_child; child != nullptr; child = child->next_sibling_) {
        killed ? child->kill() : child->stop();
    }
}

// Has its waits cancelled when the grace is over.
void Cell::begin_grace() {
    if (std::exchange(grace_has_begun_, true)) return;
    system_.reaper.add(*this, Deadline{coarse_now(core()) + system_.grace()});
}

void Cell::close_mailbox() noexcept {
    Message* queued = std::exchange(taken_, nullptr);
    MailboxLink* rest = bounded_ == nullptr ? mailbox_.close() : bounded_->close();
    while (queued != nullptr) {
        Message* const next = static_cast<Message*>(queued->next);
        dead_letter(*queued);
        queued = next;
    }
    while (rest != nullptr) {
        MailboxLink* const next = rest->next;
        dead_letter(static_cast<Message&>(*rest));
        rest = next;
    }
}

// In a turn, with no handler suspended.
void Cell::continue_stopping() noexcept {
    if (Family* const mine = existing_family()) {
        const std::lock_guard held(mine->lock);
        mine->awaits_children = mine->first_child != nullptr;
        // The last child to leave schedules this cell once more, which may be running by now.
        if (mine->awaits_children) return;
    }
    run_stop_hook();
    end();
}

ExitReason Cell::exit_reason() noexcept {
    if (Family* const mine = existing_family()) {
        const std::lock_guard held(mine->lock);
        if (mine->reason.is_failure()) return mine->reason;
    }
    if ((signals() & killed_signal) != 0) return {ExitKind::killed, {}};
    return {system_.is_stopping() ? ExitKind::system_stopped : ExitKind::stopped, {}};
}

void Cell::run_stop_hook() noexcept {
    if (!type_.has_stop_hook || start_pending_) return;
    begin_grace();
    try {
        actor_->on_stop(exit_reason());
    } catch (const Cancelled&) {
        log(LogLevel::warning, std::string{name()} + ": on_stop was cancelled: its grace is over");
    } catch (...) {
        log(LogLevel::error, std::string{name()} + ": on_stop threw: " + current_failure());
    }
}

void Cell::destroy_actor() noexcept {
    const CancellationMask mask;  // its members may wait in their destructors
    try {
        type_.destroy(*actor_);
    } catch (...) {
        log(LogLevel::error, std::string{name()} + ": its destructor threw: " + current_failure());
    }
}

void Cell::end() noexcept {
    GREENROOM_ASSERT(state_ == State::stopping);
    ExitReason reason = exit_reason();
    destroy_actor();
    state_ = State::ended;
    tell_watchers(std::move(reason));
    SystemCore& system = system_;
    system.add_reference();
    leave_parent();
    drop_reference();
    system.actor_ended();
    system.drop_reference();
}

bool Cell::has_left() const noexcept {
    Family* const mine = existing_family();
    if (mine == nullptr) return false;
    const std::lock_guard held(mine->lock);
    return mine->has_ended;
}

}  // namespace greenroom::detail
