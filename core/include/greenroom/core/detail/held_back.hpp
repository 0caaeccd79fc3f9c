// HeldBack: what a turn puts off, to do it once for several messages, though others wait for it.
//
// It may as long as its handlers are quick. It is let go at the end of that; before anybody else
// runs on its worker, that is when a handler suspends or yields; and by the monitor, when a handler
// has had the worker for a tick: it may block the thread. A caller-driven worker has no monitor and
// holds nothing back.
//
// Threads   let_go() on the worker of the turn; let_go_beside() by the monitor, meanwhile.
// Lifetime  Is there for as long as it is held back.
#pragma once

namespace greenroom::detail {

class Resumption;

class HeldBack {
public:
    // Does what was put off, and puts nothing off any more.
    virtual void let_go() noexcept = 0;
    // Does what was put off so far. Adds who is to be woken, after this.
    virtual void let_go_beside(Resumption& woken) noexcept = 0;

protected:
    HeldBack() noexcept = default;
    ~HeldBack() = default;
    HeldBack(const HeldBack&) = delete;
    HeldBack& operator=(const HeldBack&) = delete;
};

// By a turn, for the time of this scope at most. Null: nothing is held back.
class HoldBackHere {
public:
    explicit HoldBackHere(HeldBack* what) noexcept;
    ~HoldBackHere();
    HoldBackHere(const HoldBackHere&) = delete;
    HoldBackHere& operator=(const HoldBackHere&) = delete;

private:
    HeldBack* const what_;
};

// Lets go what the turn that runs here holds back, if it does: before it is seen to wait.
void let_go_here() noexcept;

}  // namespace greenroom::detail
