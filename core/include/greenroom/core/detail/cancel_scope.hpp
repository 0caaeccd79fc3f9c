// CancelScope: a part of a fiber's run that can be cancelled by itself. What is called inside of it
// gets Cancelled; at its edge the scope tells its own cancellation from all others.
//
//   open --cancel, its deadline--> requested --a suspension point throws--> thrown
//
// A fiber's scopes are a chain, innermost first. A request reaches the fiber if nothing that began
// inside of the scope holds it back: a CancellationMask, or an exception that unwinds the fiber.
// So a scope that is opened in clean-up can end that clean-up, and none from further out can. If
// several requests are due, the outermost is thrown, and the others wait for their turn.
//
// What Cancelled was thrown for is noted in the chain (`cause`), since a C++ exception that passes
// through user code carries no word of ours. The edge asks for it.
//
// Threads   The home worker of the fiber, or the plain thread, that made it.
// Lifetime  On the stack of whoever runs inside of it.
#pragma once

#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/timer_node.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom::detail {

class CancelScope;
class Fiber;

// The scopes that the caller is in; of each fiber, and of each plain thread.
struct ScopeChain {
    CancelScope* innermost = nullptr;
    // A structured task: the scope of its parent that its group began in.
    const CancelScope* inherited = nullptr;
    // What Cancelled was thrown for last: a scope, or &from_outside.
    const void* cause = nullptr;
    unsigned mask_depth = 0;    // CancellationMasks
    bool has_requests = false;  // a scope is requested, and it was not thrown yet

    static const char from_outside;

    // The outermost scope whose request is due while `uncaught` exceptions unwind the caller.
    CancelScope* due(int uncaught) const noexcept;
    // True if a request that is aimed at the whole task or handler may pass.
    bool is_open(int uncaught) const noexcept { return mask_depth == 0 && uncaught == 0; }
    void throws_for(CancelScope& scope) noexcept;
    void put_back() noexcept;  // the cause, if it is a scope: it is requested again
    void count_requests() noexcept;
    Deadline deadline() const noexcept;  // the earliest, of what is inherited as well

    // Of a plain thread, whose scopes no timer watches: cancels those that have passed at `now`;
    // and when the first of those ends that are not held back.
    void cancel_passed(TimePoint now) noexcept;
    Deadline next_due(int uncaught) const noexcept;
};

// The caller's chain: its fiber's or its plain thread's.
ScopeChain& current_scopes() noexcept;

class CancelScope {
public:
    CancelScope(Deadline deadline, Where where) noexcept;
    ~CancelScope();
    CancelScope(const CancelScope&) = delete;
    CancelScope& operator=(const CancelScope&) = delete;

    // Never suspends. Once: a later call does nothing.
    void cancel() noexcept;
    bool cancelled() const noexcept { return state_ != State::open; }

    // In the handler for Cancelled at the scope's edge. True: it was this scope's own, and goes no
    // further. False: it is another's, and has to be thrown on.
    [[nodiscard]] bool ends_here() noexcept;

    Deadline deadline() const noexcept { return deadline_; }
    // Requires that it is not cancelled.
    void move_deadline(Deadline deadline) noexcept;

    Where where() const noexcept { return where_; }
    // True in the fiber, or plain thread, that made it, and on that fiber's worker.
    bool is_home() const noexcept;

private:
    friend struct ScopeChain;

    enum class State : std::uint8_t { open, requested, thrown };

    static void expires(TimerNode& timer) noexcept;

    ScopeChain& chain_;
    CancelScope* const outer_;
    Fiber* const fiber_;         // null in a plain thread, which looks at its clock instead
    const int uncaught_;         // exceptions that unwound the caller when it entered, and
    const unsigned mask_depth_;  // masks that it had: what is above these holds a request back
    State state_ = State::open;
    Deadline deadline_;
    const Where where_;
    struct Timer : ActingTimerNode {
        explicit Timer(CancelScope& its_scope) noexcept
            : ActingTimerNode{&expires}, scope{its_scope} {}
        CancelScope& scope;
    } timer_{*this};
};

// For a plain thread that waits in the kernel and not in a WaitRecord: by when a scope of it ends
// that wait. Never, where a mask or unwinding holds it back. Then suspension_point() throws.
Deadline scopes_end() noexcept;

// Puts the request that Cancelled was thrown for last back: the next suspension point throws again.
// For who has something else to throw, or nothing.
void put_back_cancellation() noexcept;

}  // namespace greenroom::detail
