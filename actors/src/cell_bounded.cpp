// Turns of an actor whose mailbox has a bound: a batch is handled with few looks beside it.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/held_back.hpp>
#include <greenroom/core/detail/scheduling.hpp>

#include "bounded_mailbox.hpp"

namespace greenroom::detail {

// As handle_messages(), which calls it.
[[gnu::noinline]] bool Cell::handle_bounded_messages() noexcept {
    for (int handled = 0;; ++handled) {
        handled += handle_batch(messages_in_a_turn_max - handled);
        // The usual end of a turn: nothing is left, and nothing asks for attention.
        if (handled > 0 && taken_ == nullptr && signals() == 0 && bounded_->try_idle())
            return false;
        if (handled > 0 && must_drain()) begin_grace();
        if (must_leave()) return true;
        if (handled >= messages_in_a_turn_max || (handled > 0 && slice_is_over())) {
            schedule_last(core(), *this);
            return false;
        }
        if (Message* const message = next_message()) {
            handle(*message);
        } else if (must_drain()) {
            return true;
        } else if (try_idle()) {
            return false;
        }
    }
}

// Of what the mailbox was taken for, `limit` at most, and not beyond what has the turn do more than
// call handlers. Returns how many.
inline int Cell::handle_batch(int limit) noexcept {
    BoundedMailbox& mailbox = *bounded_;
    const SliceHere slice;
    const HoldBackHere room{mailbox.serve_in_portions()};
    std::string_view name;  // of the message's type: its descriptor may end with it
    int handled = 0;
    try {
        while (signals() == 0 && taken_ == nullptr && !notes_messages_ && handled < limit &&
               !slice.is_over()) {
            Message* const message = mailbox.take_of_batch();
            if (message == nullptr) break;
            ++handled;
            const Descriptor& kind = *message->descriptor;
            name = kind.name;
            kind.dispatch(*this, *message);
        }
    } catch (const Cancelled&) {
        was_cancelled();
    } catch (...) {
        has_thrown(name);
    }
    return handled;
}

}  // namespace greenroom::detail
