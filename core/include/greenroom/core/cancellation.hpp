// Cancelled: what a suspension point throws in a fiber whose cancellation was requested.
//
// Sticky: a request waits until it is taken. A call that may suspend takes it at its entry, ready
// or not, when it is not masked and no exception unwinds the fiber that was not there already when
// its task or handler began. So destructors may wait during the unwinding.
// It derives from nothing, so that `catch (const std::exception&)` does not swallow it. Who catches
// it with `catch (...)` and goes on has taken the request: only a further one throws again. A kill
// is not taken by that: it throws at each suspension point.
#pragma once

namespace greenroom {

class Cancelled {};

// While one lives, no suspension point of the calling fiber throws Cancelled: for clean-up that
// must wait. Masks nest. In a plain thread it does nothing.
class CancellationMask {
public:
    CancellationMask() noexcept;
    ~CancellationMask();
    CancellationMask(const CancellationMask&) = delete;
    CancellationMask& operator=(const CancellationMask&) = delete;

private:
    unsigned* depth_;  // of the activity that made it; null in a plain thread
};

// Throws Cancelled if a cancellation of the calling fiber is due: for long computations, which have
// no suspension point of their own.
void check_cancellation();

}  // namespace greenroom
