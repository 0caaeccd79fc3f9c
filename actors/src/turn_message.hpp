// TurnMessage: a call that an actor makes to itself when something it waits for is there: the
// mailbox's end of Future::then.
//
// Threads   Posted from any thread; run and destroyed in the actor's turn, or by who finds that it
//           has ended.
// Lifetime  Keeps the cell's memory, and not the actor.
#pragma once

#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/detail/turn_call.hpp>
#include <greenroom/core/fields.hpp>
#include <memory>

namespace greenroom::detail {

class TurnMessage final : public Message, public TurnSlot {
public:
    explicit TurnMessage(Cell& actor) noexcept
        : Message{descriptor_of}, actor_{&actor}, incarnation_{actor.incarnation()} {}

    void post(std::unique_ptr<TurnCall> call) noexcept override;

private:
    static void dispatch(Cell& receiver, Message& message);
    static void discard(Message& message, Discard why) noexcept;
    static void destroy(Message& message) noexcept;

    static const Descriptor descriptor_of;

    const CellHold actor_;
    const std::uint32_t incarnation_;  // of another one it is not run
    const Fields fields_ = current_fields();
    std::unique_ptr<TurnCall> call_;
};

}  // namespace greenroom::detail
