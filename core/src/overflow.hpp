// The report of a stack overflow: a SIGSEGV handler that knows the guards of our stacks, says who
// overflowed, and lets the process die as it would have.
//
//   greenroom: stack overflow in session 17: its stack is 128 KiB (class standard)
//   greenroom: spawn it with StackClass::large (1024 KiB), or keep large objects off the stack
//
// Whose fault it is  A fault is ours if its address is in the guard of one of our stacks and the
//                    thread runs on that stack. It is written to stderr; then the handler that was
//                    there before us is put back, and the fault happens again and is its own. All
//                    other faults go to that handler at once: a function, the default, or ignored.
// Host programs      A handler that the host installs later replaces ours, which then does not run
//                    unless the host's calls it. reinstall_overflow_report() puts ours before it.
// Threads            Any. The handler is async-signal-safe: it takes no lock, allocates nothing.
// Limits             Needs an alternate signal stack on each thread that runs fibers, since there
//                    is no room on the one that has overflowed. A frame larger than what is left
//                    and the guard together (64 KiB) can step over the guard, see stack_class.hpp.
#pragma once

#include <cstddef>
#include <greenroom/core/stack_class.hpp>
#include <memory>

namespace greenroom::detail {

// Names who runs on the calling thread; called in the handler. May return null.
using CurrentName = const char* (*)() noexcept;

// Counted: the first call installs the handler, the last uninstall takes it out again, unless the
// host has put its own on top by then; ours stays below it, and only passes faults on.
void install_overflow_report(CurrentName current_name) noexcept;
void uninstall_overflow_report() noexcept;

// Puts the handler on top again after the host has installed one of its own. That one gets what is
// not ours, so it must not pass faults on to us in turn.
void reinstall_overflow_report() noexcept;

// Writes the two lines to stderr; async-signal-safe.
void report_overflow(StackClass stack_class) noexcept;

// An alternate signal stack for the calling thread, while it lives. Where the thread has one
// already (an embedder's, a sanitizer's), it is left alone.
class AlternateStack {
public:
    AlternateStack() noexcept;
    ~AlternateStack();
    AlternateStack(const AlternateStack&) = delete;
    AlternateStack& operator=(const AlternateStack&) = delete;

private:
    std::unique_ptr<std::byte[]> memory_;  // null: the thread had one, or there is no memory
};

}  // namespace greenroom::detail
