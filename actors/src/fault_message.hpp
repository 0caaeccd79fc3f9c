// FaultMessage: a message that a rule has struck, with what the rule does to it in its place.
//
//   taken by the actor, judged --its turn comes--> failed, lost, or handled with a copy behind it
//   taken by the actor, judged --its turn comes--> with a timer --> in the mailbox --> handled
//
// What the rule does is done when the message would have been handled, in the actor's turn: so it
// counts for the turn's limit as any other, and a process that does not want it yet keeps it.
//
// Threads   As of the message.
#pragma once

#include <greenroom/actors/detail/fault_rule.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/time.hpp>
#include <memory>

namespace greenroom::detail {

class FaultMessage final : public Message {
public:
    // Takes the message over. `rule` is null: it is only to be handled, and struck by none.
    static FaultMessage& make(Message& message, std::shared_ptr<FaultRule> rule);

    const Message& inner() const noexcept { return inner_; }

private:
    FaultMessage(Message& message, std::shared_ptr<FaultRule> rule);

    static void dispatch(Cell& receiver, Message& message);
    static void discard(Message& message, Discard why) noexcept;
    static void destroy(Message& message) noexcept;
    static bool fail_ask(Message& message) noexcept;

    void come_later(Cell& receiver, Duration by);
    Message& unwrap() noexcept;

    Descriptor kind_;  // that of `inner_`, but for what is done
    Message& inner_;
    std::shared_ptr<FaultRule> rule_;
};

}  // namespace greenroom::detail
