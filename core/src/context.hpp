// Context: one place that can be switched to: a stack of ours, or the thread's own.
//
// What a switch carries across: callee-saved registers and floating-point control words (the jump
// itself), errno, and the C++ exception state. One function of the library changes the stack,
// jump() below; it is noinline, and switch_to() merely gets there and back.
//
// Threads   None. A context that has run belongs to the OS thread that it first ran on, and is only
//           ever resumed there: so the address of a thread_local, of errno and of the exception
//           state that a compiler or this file computed before a switch holds after it. A context
//           that has not run yet may be made and destroyed anywhere; one that has may be destroyed
//           by another thread once its own has ended.
// Lifetime  A context of ours is destroyed while suspended, and what is on its stack is abandoned
//           without unwinding: the owner sees to it that its frames hold nothing by then. The
//           memory outlives the context. Make one context for a stack and keep it as long as the
//           stack: sanitizers pay dearly for each.
// Cost      7 ns, of which 5.5 are the bare jump of Boost.Context; no system call.
#pragma once

#include <cxxabi.h>

#include "exception_state.hpp"
#include "stack_bounds.hpp"
#include "switch_hooks.hpp"
#include "unmatched_call.hpp"
#include "valgrind_stack.hpp"

namespace greenroom::detail {

class Context {
public:
    // Stands for whatever stack calls switch_to() of it for the first time.
    Context() noexcept = default;

    // Starts in `entry(argument)` at the first switch to it; `entry` never returns, and lets no
    // exception out (either ends the process). `stack` is at least 4 KiB.
    Context(StackBounds stack, void (*entry)(void*), void* argument) noexcept;

    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    // Suspends *this, which is the running one, and goes on in `next`, which is suspended or new.
    // Returns when something switches back to *this.
    [[gnu::always_inline]] void switch_to(Context& next) noexcept {
        const Transfer arrival = unmatched_call(jump, this, &next);
        arrive_from(*static_cast<Context*>(arrival.second), arrival.first);
        if (hooks_.in_farewell()) leave_for_good(*static_cast<Context*>(arrival.second));
    }

    // Of a context of ours.
    StackBounds stack() const noexcept { return stack_; }

    bool is_suspended() const noexcept { return resumes_at_ != nullptr; }  // or new
    // While suspended: what std::uncaught_exceptions() was, and will be.
    int uncaught() const noexcept { return static_cast<int>(exceptions_.uncaught); }

    // The lowest address that the suspended context still needs; what is below it down to the end
    // of the stack may be given back to the system. Requires a context of ours that is suspended.
    std::byte* lowest_used() const noexcept;

private:
    // Switches from `self` to `next`, both Contexts. What it returns, it returns on another stack:
    // where the context that was left goes on, and that context.
    [[gnu::noinline]] static Transfer jump(void* self, void* next) noexcept;

    void arrive_from(Context& from, void* from_resumes_at) noexcept {
        from.resumes_at_ = from_resumes_at;
        hooks_.arrive(from.hooks_);
        exceptions_.write(thread_exceptions_);
        *thread_errno_ = errno_;
    }
    void adopt_thread() noexcept;
    void bid_farewell() noexcept;
    void leave_for_good(Context& next) noexcept;
    static void enter(Context& from, void* from_resumes_at) noexcept;
    friend struct ContextEntry;

    void* resumes_at_ = nullptr;  // set while suspended or new
    Context* next_ = nullptr;     // whom the last switch went to; tells a new one who it is

    // While suspended or new: what the thread shall have when this runs.
    ExceptionState exceptions_;
    int errno_ = 0;

    // Where this thread keeps its state; handed on from context to context, so that nobody has to
    // ask for it at a switch.
    int* thread_errno_ = nullptr;
    __cxxabiv1::__cxa_eh_globals* thread_exceptions_ = nullptr;

    void (*entry_)(void*) = nullptr;  // null in a context that stands for a stack not ours
    void* argument_ = nullptr;
    StackBounds stack_;
    [[no_unique_address]] SwitchHooks hooks_;
    [[no_unique_address]] ValgrindStack valgrind_;
};

}  // namespace greenroom::detail
