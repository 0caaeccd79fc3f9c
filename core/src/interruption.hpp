// What may interrupt a fiber, or a plain thread, at a suspension point and in a wait: a request
// aimed at its whole task or handler, or at one of the scopes that it is in (cancel_scope.hpp).
//
// Threads   The home worker of the fiber; the plain thread.
#pragma once

#include <greenroom/core/deadline.hpp>

namespace greenroom::detail {

class Fiber;
struct ThisThread;

// True if a request to the task or handler may be thrown in it, while `uncaught` exceptions unwind.
bool request_from_outside_is_due(const Fiber& fiber, int uncaught) noexcept;
void take_request_from_outside(Fiber& fiber) noexcept;

// Ends the wait that the fiber is suspended in, if a request is due.
void end_wait_if_due(Fiber& fiber) noexcept;

// detail::cancellation_point(), for who has asked for its thread already.
void cancellation_point(ThisThread& thread);

// Throws Cancelled in the running fiber if a request is due.
void throw_if_due(Fiber& fiber);

// Of a plain thread: cancels the scopes whose deadline has passed, and throws Cancelled if a
// request is due.
void throw_if_due(ThisThread& thread);
// When its scopes end: a wait of it lasts no longer. Never, where a mask or unwinding holds them
// back.
Deadline scopes_end(const ThisThread& thread) noexcept;

}  // namespace greenroom::detail
