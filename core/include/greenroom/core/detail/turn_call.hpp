// TurnCall, TurnSlot: a call that an actor makes in a turn of its own, between its messages: how
// what is given to Future::then inside an actor runs as that actor.
//
// The slot is made in advance, so that nothing can fail when the call is due.
#pragma once

#include <memory>

namespace greenroom::detail {

class TurnCall {
public:
    TurnCall() noexcept = default;
    virtual ~TurnCall() = default;
    TurnCall(const TurnCall&) = delete;
    TurnCall& operator=(const TurnCall&) = delete;

    // Once. What it throws is a failure of the actor.
    virtual void run() = 0;
};

class TurnSlot {
public:
    TurnSlot() noexcept = default;
    virtual ~TurnSlot() = default;
    TurnSlot(const TurnSlot&) = delete;
    TurnSlot& operator=(const TurnSlot&) = delete;

    // Has `call` run, or destroyed unrun if the actor ends before. Destroys the slot. From any
    // thread.
    virtual void post(std::unique_ptr<TurnCall> call) noexcept = 0;
};

}  // namespace greenroom::detail
