// with_timeout, with_deadline, TimeoutScope: a limit for all that a function waits for.
//
//   Page page = with_timeout(2s, [&] { return fetch(url); });   // throws Timeout
//
// At its end every wait inside is cancelled: asks, sleeps, locks, channels, sockets, calls of
// blocking(), whatever is called and however deep, and the structured tasks in it. The function
// unwinds, cleans up, and only then Timeout is thrown, at the edge; it names the scope's line. So
// the waits need no deadline of their own; one that has its own, and comes to it first, returns
// false as ever.
//
//   - Done before its end, also in the very same moment: its result counts.
//   - Whatever else it throws passes, also what its clean-up threw.
//   - A scope inside of another: whose end comes first, that one tells of it.
//   - A cancellation from outside stays Cancelled.
//   - Code that catches Cancelled and goes on has taken the end of the scope, and is not asked
//     again.
//   - What is masked (CancellationMask), and clean-up during unwinding, is not interrupted, but by
//     a scope that was opened in it.
//
// It costs a timer to enter and leave (`./dev bench with_timeout`), and nothing for the waits
// inside.
//
// Threads   A scope belongs to the fiber that runs it, and to structured tasks inside; or to a
//           plain thread, whose waits it ends as well.
#pragma once

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/cancel_scope.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/where.hpp>
#include <optional>
#include <type_traits>
#include <utility>

namespace greenroom {

class TimeoutScope {
public:
    explicit TimeoutScope(Deadline deadline, Where where = Where::here()) noexcept
        : deadline_{deadline}, where_{where} {}
    explicit TimeoutScope(Duration timeout, Where where = Where::here()) noexcept
        : TimeoutScope{Deadline::after(timeout), where} {}
    TimeoutScope(const TimeoutScope&) = delete;
    TimeoutScope& operator=(const TimeoutScope&) = delete;

    // Calls `function`, which takes nothing or this scope, and returns what it returns. Throws
    // Timeout by the deadline, without calling it if that has passed already. Once.
    template <class F>
    auto run(F&& function) {
        begin();
        const End end{*this};
        try {
            if constexpr (std::is_invocable_v<F&, TimeoutScope&>) {
                return function(*this);
            } else {
                return function();
            }
        } catch (const Cancelled&) {
            if (!scope_->ends_here()) throw;
        }
        throw_timeout();
    }

    // Moves the end, earlier or later. Throws Error(closed) if it has come already, or if run() has
    // returned: then there is nothing left to move.
    void reschedule(Deadline deadline);
    void reschedule(Duration timeout) { reschedule(Deadline::after(timeout)); }

    Deadline deadline() const noexcept { return deadline_; }
    // True once its end has come, until and after run() has returned.
    bool expired() const noexcept { return scope_ ? scope_->cancelled() : expired_; }

private:
    struct End {
        explicit End(TimeoutScope& its_scope) noexcept : scope{its_scope} {}
        ~End() { scope.end(); }
        End(const End&) = delete;
        End& operator=(const End&) = delete;
        TimeoutScope& scope;
    };

    void begin();
    void end() noexcept;
    [[noreturn]] void throw_timeout() const;

    Deadline deadline_;
    const Where where_;
    bool ended_ = false;
    bool expired_ = false;
    std::optional<detail::CancelScope> scope_;  // while it runs
};

// Calls `function` and returns its result. Throws Timeout at the deadline, at once and without
// calling it if that has passed (a timeout of zero or less); Cancelled at entry if a cancellation
// is due. Does not suspend by itself.
template <class F>
auto with_deadline(Deadline deadline, F&& function, Where where = Where::here()) {
    TimeoutScope scope{deadline, where};
    return scope.run(function);
}

// The same with the deadline at `timeout` from now.
template <class F>
auto with_timeout(Duration timeout, F&& function, Where where = Where::here()) {
    return with_deadline(Deadline::after(timeout), function, where);
}

// When the caller's time is up: the earliest end of the scopes that it is in, those around the
// group of a structured task included, and in an actor's handler of an ask the end of that one;
// never, if there is none. To hand on to who knows no scopes.
Deadline current_deadline() noexcept;

}  // namespace greenroom
