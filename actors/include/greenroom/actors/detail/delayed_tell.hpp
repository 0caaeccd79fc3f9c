// DelayedTell: a message that is told when it is time: a timer that holds a message, made by the
// sender.
//
// Threads   begin() on any worker; see SharedTimer.
// Lifetime  Keeps the receiver's memory, and not the actor.
#pragma once

#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/detail/shared_timer.hpp>
#include <greenroom/core/time.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom::detail {

class DelayedTell final : public SharedTimer {
public:
    // Takes the message over.
    static DelayedTell& make(Cell& receiver, Message& message, Where where);

    // On the caller's runtime, or in a plain thread on the receiver's; which is returned. Throw
    // Error(stopping) if that has ended.
    RuntimeCore& start_after(Duration delay);
    RuntimeCore& start_at(TimePoint due);

    // Before it was started.
    void destroy() noexcept override;

private:
    DelayedTell(Cell& receiver, Message& message, Where where) noexcept
        : receiver_{&receiver}, message_{&message}, where_{where} {}
    ~DelayedTell() override { destroy_function(); }

    void begin(RuntimeCore& core) noexcept override;
    void destroy_function() noexcept override;

    const CellHold receiver_;
    Message* message_;  // null: sent, or destroyed
    const Where where_;
};

}  // namespace greenroom::detail
