// The senders that wait in line for room in a bounded mailbox, and how they are let in.
#include <algorithm>
#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/core/detail/process_fence.hpp>
#include <mutex>
#include <string>

#include "bound_watch.hpp"
#include "bounded_mailbox.hpp"

namespace greenroom::detail {

BoundedMailbox::Put BoundedMailbox::put_when_room(Message& message, Cell& owner, Where where) {
    suspension_point();
    WaitRecord record{{"room in a mailbox", &owner, where}};
    Sender entry{record, message, false};
    const Descriptor& kind = kind_of(message);
    entry.wait = owner.begin_wait(WaitsFor::room, kind, where);
    if (const Put put = line_up(entry); put != Put::full) {
        entry.wait.end();
        return put;
    }
    meet_bound(owner, *this, BoundMet::waits);
    WaitNode::Circle circle;
    const Outcome outcome = owner.closes(circle, entry.wait, record)
                                ? Outcome::cancelled
                                : record.wait(Deadline::never());
    if (outcome == Outcome::woken) return entry.refused ? Put::closed : Put::queued;
    (void)leave_line(entry);
    if (!circle.empty())
        throw AskCycle{"tell of " + std::string{kind.name} + ": " + story_of(circle)};
    throw_cancelled();
}

BoundedMailbox::Put BoundedMailbox::line_up(Sender& sender) noexcept {
    std::uint32_t told_turn = 0;  // before the fence; 0: no fence yet
    for (;;) {
        bool tells_turn = false;
        Put put = Put::full;
        Resumption woken;
        {
            const std::lock_guard held(senders_.lock);
            if (closed_) return Put::closed;
            if (told_turn == times_told_ && serves_line()) knows_line_ = true;
            let_in(woken);
            if (takes_at_once()) {
                put = append(sender.message);
            } else {
                tells_turn = needs_fence();
                if (!tells_turn) senders_.add(sender);
                told_turn = tell_turn();
            }
        }
        woken.run();
        if (!tells_turn) return put;
        process_fence();
    }
}

// Returns how often it was told up to now.
std::uint32_t BoundedMailbox::tell_turn() noexcept {
    if (!serves_line()) {
        if (++times_told_ == 0) times_told_ = 1;
        // relaxed: before what is read next by the fence, or the lock.
        serves_line_.store(true, std::memory_order_relaxed);
    }
    return times_told_;
}

// For who has found no room: the turn may have made some since, without a look at the line. Others
// may have told it, and their fence be still to come: who lined up by what he sees then would be
// found by their second look, but might close a circle before that.
bool BoundedMailbox::needs_fence() const noexcept {
    if (mutant(Mutant::bounded_line_looks_once)) return false;
    // What was seen when there was no room. A second look at taken_ would not do: the turn may have
    // come to the end of its batch meanwhile, and have missed who is not in line yet.
    const std::size_t taken_then = full_at_ - options_.bound;
    return !knows_line_ && taken_then < batch_end_;
}

bool BoundedMailbox::leave_line(Sender& sender) noexcept {
    const std::lock_guard held(senders_.lock);
    const bool was_in_line = sender.listed;
    senders_.remove(sender);
    return was_in_line;
}

// Those that wait in line, while there is room. A look for that would open a closed mailbox again.
void BoundedMailbox::let_in(Resumption& woken) noexcept {
    if (closed_) return;
    while (has_room()) {
        WaitEntry* const first = senders_.first_waiting();
        if (first == nullptr) return;
        Sender& sender = static_cast<Sender&>(*first);
        if (sender.is_ask) {
            senders_.remove(sender);
        } else if (senders_.win(sender)) {
            sender.wait.end();
            woken.add(sender);
        } else {
            continue;
        }
        (void)append(sender.message);  // the turn is not over: it has made the room
    }
}

// The turn has taken one. It goes on serving until the line is gone, and for a while: who comes
// into line meanwhile needs no fence.
void BoundedMailbox::serve_line(Resumption& woken) noexcept {
    told_ = taken();
    let_in(woken);
    knows_line_ = true;
    if (senders_.first_waiting() != nullptr || put_ - taken() > options_.bound / 2) return;
    if (!process_fence_is_offered()) return;
    knows_line_ = false;
    // relaxed: it is the turn itself that goes without the lock from here on.
    serves_line_.store(false, std::memory_order_relaxed);
}

[[gnu::noinline]] void BoundedMailbox::serve_line() noexcept {
    Resumption woken;
    {
        const std::lock_guard held(senders_.lock);
        serve_line(woken);
    }
    woken.run();
}

// Of the room made up to now those in line know: it was told of with each message, or is seen by
// the second look of who was about to line up.
HeldBack* BoundedMailbox::serve_in_portions() noexcept {
    if (!serves_line()) return nullptr;
    const std::size_t portion = std::min(options_.bound / portions, portion_max);
    if (portion <= 1 || (next_ == last_ && batch_list_ == nullptr)) return nullptr;
    portion_ = static_cast<std::uint32_t>(portion);
    told_ = taken();
    return &held_room_;
}

void BoundedMailbox::HeldRoom::let_go() noexcept {
    mailbox_.portion_ = 1;
    if (mailbox_.serves_line() && mailbox_.taken() != mailbox_.told_) mailbox_.serve_line();
}

// told_ is the turn's.
void BoundedMailbox::HeldRoom::let_go_beside(Resumption& woken) noexcept {
    const std::lock_guard held(mailbox_.senders_.lock);
    mailbox_.let_in(woken);
}

}  // namespace greenroom::detail
