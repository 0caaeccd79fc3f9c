// HandedDown: by when whoever a fiber works for wants the answer: a deadline that what the fiber
// asks inherits, and so do its structured tasks.
//
// It ends no wait by itself, unlike a scope's (cancel_scope.hpp): who inherits it looks at it.
//
// Threads   A fiber's own.
// Lifetime  On the stack, within a turn, and within another one of the same fiber.
#pragma once

#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/thread_token.hpp>

namespace greenroom::detail {

class RuntimeCore;

class HandedDown {
public:
    // While this lives, the calling fiber works for somebody who waits until then.
    explicit HandedDown(Deadline deadline) noexcept;
    ~HandedDown() { of_fiber_ = before_; }
    HandedDown(const HandedDown&) = delete;
    HandedDown& operator=(const HandedDown&) = delete;

private:
    Deadline& of_fiber_;
    const Deadline before_;
};

// What bounds the caller's time; each is never if there is none.
struct CallersTime {
    Deadline handed_down;
    Deadline scopes;  // the earliest end of those that it is in
};
// `self` is the caller's thread_token().
CallersTime callers_time(ThreadToken self) noexcept;

// For who is about to wait, often: the coarse now and what is handed down to the caller, if that is
// a fiber of `core` and in no scope. Else false: see callers_time() and now_to_wait().
bool usual_time(ThreadToken self, const RuntimeCore& core, TimePoint& now,
                Deadline& handed_down) noexcept;

}  // namespace greenroom::detail
