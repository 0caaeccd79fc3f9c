// Cancelled: what a suspension point throws in a fiber whose cancellation was requested.
//
// Sticky: a request waits until it is taken. A call that may suspend takes it at its entry, ready
// or not, when it is not masked and no exception unwinds the fiber that was not there already when
// its task or handler began. So destructors may wait during the unwinding.
// It derives from nothing, so that `catch (const std::exception&)` does not swallow it. Who catches
// it with `catch (...)` and goes on has taken the request: only a further one throws again. A kill
// is not taken by that: it throws at each suspension point.
//
// Requests come from Task::cancel(), from the end of a group that a task is in, from a deadline
// (timeout.hpp), and from what ends an actor. A std::stop_token asks by a callback, which must end
// before the handle does:
//     std::stop_callback asks{token, [&] { task.cancel(); }};
#pragma once

#include <stop_token>

namespace greenroom {

namespace detail {
struct ScopeChain;
}

class Cancelled {};

// While one lives, no suspension point of the calling fiber throws Cancelled: for clean-up that
// must wait. Masks nest. In a plain thread, which only scopes can cancel, it holds those back.
class CancellationMask {
public:
    CancellationMask() noexcept;
    // By the runtime, which has the caller's chain at hand.
    explicit CancellationMask(detail::ScopeChain& scopes) noexcept;
    ~CancellationMask();
    CancellationMask(const CancellationMask&) = delete;
    CancellationMask& operator=(const CancellationMask&) = delete;

private:
    unsigned* depth_;  // of the fiber, or the plain thread, that made it
};

// How often the calling task was asked to end by cancel(), less what it took back. Zero in an
// actor's handler and in a plain thread.
unsigned cancel_requests() noexcept;

// Takes a request back, for a task that has caught Cancelled and goes on as if it had not been; one
// that was not thrown yet will not be. Returns how many are left.
unsigned uncancel() noexcept;

// A token for what knows no fibers, a library or a computation: it is stopped when the calling task
// is asked to end, at once and by whoever asks, so callbacks must not wait; also when the request
// is taken back. In a plain thread a token that is never stopped. Throws Error(wrong_thread) in an
// actor's handler, which is no task; a structured task in it is one.
std::stop_token current_stop_token();

// Throws Cancelled if a cancellation of the calling fiber is due: for long computations, which have
// no suspension point of their own.
void check_cancellation();

}  // namespace greenroom
