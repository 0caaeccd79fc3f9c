#include "stack_trace.hpp"

#include <unwind.h>

#include <algorithm>

namespace greenroom::detail {

struct StackWalk {
    static _Unwind_Reason_Code step(_Unwind_Context* context, void* argument) {
        StackWalk& walk = *static_cast<StackWalk*>(argument);
        // Below the first frame of a stack of ours there is nothing that could be followed.
        const auto frame = static_cast<std::uintptr_t>(_Unwind_GetCFA(context));
        if (frame < walk.low || frame > walk.top) return _URC_END_OF_STACK;
        if (walk.trace.depth_ == StackTrace::depth_max) return _URC_END_OF_STACK;
        const auto address = static_cast<std::uintptr_t>(_Unwind_GetIP(context));
        if (address == 0) return _URC_END_OF_STACK;
        // NOLINTNEXTLINE(performance-no-int-to-ptr): it is an address.
        walk.trace.frames_[walk.trace.depth_++] = reinterpret_cast<void*>(address);
        return _URC_NO_REASON;
    }

    StackTrace& trace;
    std::uintptr_t low;
    std::uintptr_t top;
};

void StackTrace::take(const StackBounds& stack) noexcept {
    depth_ = 0;
    StackWalk walk{*this, reinterpret_cast<std::uintptr_t>(stack.low),
                   reinterpret_cast<std::uintptr_t>(stack.top())};
    _Unwind_Backtrace(&StackWalk::step, &walk);
}

// Of Fowler, Noll and Vo (FNV-1a), over addresses.
std::uint64_t StackTrace::hash() const noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (void* const frame : *this) {
        hash = (hash ^ reinterpret_cast<std::uintptr_t>(frame)) * 0x100000001b3;
    }
    return hash;
}

bool operator==(const StackTrace& left, const StackTrace& right) noexcept {
    return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

}  // namespace greenroom::detail
