// Reentrant actors: while a handler waits, others run.
//
// Each message has a structured task of its own, on the worker and as the actor, so handlers
// interleave only where they wait. The turn starts them, then waits for messages as a process does
// (cell_receive.cpp). When all have ended and no message is left, it ends, and the actor has no
// stack again. A handler's end is on the same worker: where the turn waits for a message, the last
// one claims the mailbox like a sender, and wakes it.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/task_group.hpp>
#include <utility>

#include "family.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

// True: it is time to stop. False: the turn is over, and the cell may be another's by now.
bool Cell::handle_reentrantly() noexcept {
    for (;;) {
        try {
            run_handlers();
        } catch (const Cancelled&) {
            signal_actor(stop_signal);
        } catch (...) {
            fail(current_failure() + ", in waiting for messages", std::current_exception());
        }
        if (must_leave() || must_drain()) return true;
        if (try_idle()) return false;
    }
}

// Until all have ended, and there is no message.
void Cell::run_handlers() {
    Extras& mine = extras();
    TaskGroup<void> handlers{keep_going};
    while (!must_leave()) {
        if (mine.handlers >= mine.handlers_max) {
            await_handler_end();
        } else if (Message* const message = next_message()) {
            start_handler(handlers, *message);
        } else if (mine.handlers == 0) {
            return;
        } else {
            (void)await_message(Deadline::never());
        }
        if (must_drain()) begin_grace();
    }
}

void Cell::start_handler(TaskGroup<void>& handlers, Message& message) noexcept {
    if (&message == &poke_) return handle(message);
    Extras& mine = extras();
    ++mine.handlers;
    try {
        handlers.spawn([this, &message] {
            handle_unless_stopping(message);
            handler_ended();
        });
    } catch (...) {  // no stack for it: then it is handled here, and the others wait for that
        --mine.handlers;
        handle(message);
    }
}

void Cell::handle_unless_stopping(Message& message) noexcept {
    if (!must_stop()) return handle(message);
    if (message.descriptor->counts) system_.dead_letters.add(1);
    message.descriptor->discard(message, Discard::receiver_stopped);
}

void Cell::handler_ended() noexcept {
    Extras& mine = extras();
    --mine.handlers;
    const bool wakes =
        mine.awaits_handler_end || (mine.handlers == 0 && is_receiving_ && claim_mailbox());
    if (wakes) mine.arrival.come();
}

void Cell::await_handler_end() {
    Extras& mine = extras();
    mine.awaits_handler_end = true;
    const struct Waiting {
        bool& flag;
        ~Waiting() { flag = false; }
    } waiting{mine.awaits_handler_end};
    (void)mine.arrival.wait_before(Deadline::never(), *this);
}

}  // namespace greenroom::detail
