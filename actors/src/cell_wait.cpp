// Who waits at an actor: for room in its mailbox, or for an answer.
#include <exception>
#include <greenroom/actors/detail/ask_by_task.hpp>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/core/detail/held_back.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <string>

#include "bound_watch.hpp"
#include "bounded_mailbox.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

namespace {

bool is_in_circle(SystemCore& system, Looked looked) noexcept {
    if (looked == Looked::too_far) system.long_walks.add(1);
    return looked == Looked::in_circle;
}

}  // namespace

// False: it is full, and the message is still the caller's.
bool Cell::put_bounded(Message& message, Where where) noexcept {
    Message* dropped = nullptr;
    const BoundedMailbox::Put put = bounded_->put(message, dropped);
    if (dropped != nullptr) drop_message(*dropped);
    if (put == BoundedMailbox::Put::scheduled) schedule_me();
    if (put == BoundedMailbox::Put::closed) dead_letter(message, where);
    return put != BoundedMailbox::Put::full;
}

// Throws by the policy, or where a wait is out of place; then the message is destroyed.
void Cell::require_may_wait(Message& message) {
    const bool on_loop = current_core() != nullptr && current_activity() == nullptr;
    if (bounded_->options().when_full == WhenFull::suspend_sender && !on_loop &&
        current_activity() != this && std::uncaught_exceptions() == 0) {
        return;
    }
    meet_bound(*this, *bounded_, BoundMet::refused);
    const std::string_view kind = message.descriptor->name;
    message.descriptor->destroy(message);
    throw MailboxFull{std::string{kind} + " to " + name() + ": its mailbox holds " +
                      std::to_string(bounded_->options().bound) + " messages already"};
}

// Apart: who sends to a mailbox without a bound has less to go past.
[[gnu::noinline]] void Cell::send_bounded(Message& message, Where where) {
    switch (bounded_->put_usually(message)) {
        case BoundedMailbox::Put::queued: return;
        case BoundedMailbox::Put::scheduled: return schedule_me();
        case BoundedMailbox::Put::closed:
        case BoundedMailbox::Put::full: return send_bounded_unusually(message, where);
    }
}

// Where it is full, or closed.
[[gnu::noinline]] void Cell::send_bounded_unusually(Message& message, Where where) {
    if (put_bounded(message, where)) return;
    require_may_wait(message);
    BoundedMailbox::Put put{};
    try {
        put = bounded_->put_when_room(message, *this, where);
    } catch (...) {
        message.descriptor->destroy(message);
        throw;
    }
    if (put == BoundedMailbox::Put::scheduled) schedule_me();
    if (put == BoundedMailbox::Put::closed) dead_letter(message, where);
}

Outcome Cell::send_and_wait(AskBase& ask, const Descriptor& kind, Deadline deadline,
                            WaitNode::Circle& circle) {
    Activity* const waiter = running_activity();
    if (waiter == nullptr || !waiter->has_turns()) [[unlikely]]
        return send_by_task_and_wait(ask, kind, deadline, circle);
    const Where where = ask.record.why().where;
    const ActorWait wait = begin_wait(static_cast<Cell&>(*waiter), WaitsFor::answer, kind, where);
    return send_and_wait(ask, kind, wait, deadline, circle);
}

// Of a task, or a plain thread.
[[gnu::noinline]] Outcome Cell::send_by_task_and_wait(AskBase& ask, const Descriptor& kind,
                                                      Deadline deadline, WaitNode::Circle& circle) {
    AskByTask by_task{ask.record, circle, system_.long_walks};
    ActorWait wait;
    if (by_task.counts()) wait = by_task.begin(wait_node(), kind, ask.record.why().where);
    return send_and_wait(ask, kind, wait, deadline, circle);
}

// `wait` apart from the message's: who has that may change its own.
[[gnu::always_inline]] inline Outcome Cell::send_and_wait(AskBase& ask, const Descriptor& kind,
                                                          const ActorWait& wait, Deadline deadline,
                                                          WaitNode::Circle& circle) {
    const Where where = ask.record.why().where;
    ask.wait = wait;
    if (kind.urgent) {
        send_urgent(ask, where);
    } else if (bounded_ != nullptr) {
        return ask_bounded(ask, wait, deadline, circle);
    } else {
        const Pushed pushed = mailbox_.push_usually(ask);
        if (pushed == Pushed::first) {
            wait.publish_to_idle();
            begin_turn_with(ask);
            return ask.record.wait_guarded(deadline);
        }
        if (pushed != Pushed::queued) send_unusually(ask, where);
    }
    return await_answer(ask, wait, deadline, circle);
}

Outcome Cell::ask_bounded(AskBase& ask, const ActorWait& wait, Deadline deadline,
                          WaitNode::Circle& circle) {
    const Where where = ask.record.why().where;
    if (put_bounded(ask, where)) return await_answer(ask, wait, deadline, circle);
    try {
        require_may_wait(ask);
    } catch (...) {
        wait.end();
        throw;
    }
    BoundedMailbox::Sender in_line{ask.record, ask, true};
    switch (bounded_->line_up(in_line)) {
        case BoundedMailbox::Put::scheduled: schedule_me(); break;
        case BoundedMailbox::Put::closed: dead_letter(ask, where); break;
        case BoundedMailbox::Put::full: meet_bound(*this, *bounded_, BoundMet::waits); break;
        case BoundedMailbox::Put::queued: break;
    }
    const Outcome outcome = await_answer(ask, wait, deadline, circle);
    // It never came in: no receiver will meet it.
    if (outcome != Outcome::woken && bounded_->leave_line(in_line)) (void)ask.parties.drop();
    return outcome;
}

Outcome Cell::await_answer(AskBase& ask, const ActorWait& wait, Deadline deadline,
                           WaitNode::Circle& circle) {
    if (closes(circle, wait, ask.record)) return Outcome::cancelled;
    return ask.record.wait_guarded(deadline);
}

// ---- Circles

WaitNode* Cell::wait_node() noexcept {
    // acquire: pairs with the release of who made it.
    WaitNode* const present = wait_node_.load(std::memory_order_acquire);
    return present != nullptr ? present : make_wait_node();
}

// By whoever needs it first. Apart, so that the common way has no frame.
[[gnu::noinline]] WaitNode* Cell::make_wait_node() noexcept {
    WaitNode* present = nullptr;
    WaitNode* const made = WaitNode::make(name(), id_);
    if (made == nullptr) return nullptr;
    // release: publishes it. acquire when lost: the other's.
    if (wait_node_.compare_exchange_strong(present, made, std::memory_order_release,
                                           std::memory_order_acquire)) {
        return made;
    }
    made->give_back();
    return present;
}

ActorWait Cell::begin_wait(WaitsFor what, const Descriptor& message, Where where) noexcept {
    Activity* const waiter = running_activity();
    if (waiter == nullptr || !waiter->has_turns()) return {};
    return begin_wait(static_cast<Cell&>(*waiter), what, message, where);
}

inline ActorWait Cell::begin_wait(Cell& its_cell, WaitsFor what, const Descriptor& message,
                                  Where where) noexcept {
    // Who waits for room here is not to stand in a circle where there is some.
    if (its_cell.bounded_ != nullptr) [[unlikely]]
        let_go_here();
    // In its last hook it takes no messages, so nobody waits for it, or not for long.
    if (its_cell.state_ == State::stopping) return {};
    // A process that has tasks may receive by one of them meanwhile.
    if (its_cell.type_.is_process && Group::has_tasks_here()) return {};
    WaitNode* const its_node = its_cell.wait_node();
    WaitNode* const mine = wait_node();
    if (its_node == nullptr || mine == nullptr) return {};
    return {its_node, its_node->begin(*mine, what, message, where)};
}

bool Cell::closes(WaitNode::Circle& circle, const ActorWait& wait, WaitRecord& record) noexcept {
    if (wait.node == nullptr || !wait.node->publish(wait.number)) return false;
    // acquire: as wait_node(), which begin_wait() has called.
    if (!wait_node_.load(std::memory_order_acquire)->is_waiting()) return false;
    return is_in_circle(system_, wait.node->closes(circle, wait.number, record));
}

// Only where the message is sure to be taken, or answered at once: a full mailbox may refuse it.
bool Cell::closes_by_forward(WaitNode::Circle& circle, ActorWait& wait, const Descriptor& message,
                             Where where) noexcept {
    if (wait.node == nullptr || bounded_ != nullptr || message.urgent) return false;
    WaitNode* const mine = wait_node();
    if (mine == nullptr || !wait.node->go_on_with(wait.number, *mine, message, where)) return false;
    return mine->is_waiting() &&
           is_in_circle(system_, wait.node->goes_on_in_circle(circle, wait.number));
}

WaitNode* Cell::node_for_tasks() noexcept {
    if (reentrant_ || type_.is_process) return nullptr;
    return wait_node();
}

void Cell::wait_ends_early() noexcept {
    // acquire: as wait_node().
    if (WaitNode* const node = wait_node_.load(std::memory_order_acquire)) node->end_early();
}

}  // namespace greenroom::detail
