// blocking: runs on a plain thread what would hold up a worker: a library call that blocks, a long
// computation.
//
//   std::string text = blocking([&] { return read_whole_file(path); });
//
// The threads are the runtime's: made when there is work for them, ended when they were idle for
// BlockingOptions::idle_max.
//
// Threads       From a fiber. A plain thread may block anyway, and simply runs the function.
// Ordering      What was done before the call is visible to the function, and what it did, after.
// Cancellation  blocking() is a suspension point. If it is cancelled before the function has
//               started, the function never runs. If it runs, it may refer to the caller's stack:
//               its stop_token is set, it is waited for, its result is dropped, and then Cancelled
//               is thrown.
// Limits        BlockingOptions (runtime.hpp).
#pragma once

#include <greenroom/core/detail/blocking_call.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/where.hpp>
#include <type_traits>
#include <utility>

namespace greenroom {

// Calls `function`, which takes nothing or a std::stop_token, and returns what it returns or throws
// what it throws. Throws Error(limit_reached) if queue_max calls wait for a thread already, and
// std::system_error if the kernel gives no thread.
template <class F>
auto blocking(F&& function, Where where = Where::here()) {
    using Function = std::remove_reference_t<F>;
    using Result = detail::BlockingResult<Function>;
    static_assert(!std::is_reference_v<Result>, "blocking returns a value, not a reference");
    if (detail::current_core() == nullptr) {
        return detail::call_blocking(function, std::stop_token{});
    }
    detail::BlockingCallOf<Function, Result> call{function};
    call.perform(where);
    return call.take();
}

// The same without waiting: whatever `function` uses, it captures by value. What it throws is
// logged. The runtime's end sets its stop_token and waits for it; one that has not started by then
// never runs, which is logged. Throws Error(stopping) if the runtime is ending.
template <class F>
void blocking_detached(Runtime& runtime, F function, Where where = Where::here()) {
    detail::submit_detached(detail::core_of(runtime),
                            *new detail::DetachedCallOf<F>{std::move(function), where});
}

// On the caller's runtime. Throws Error(wrong_thread) in a plain thread, which has none.
template <class F>
void blocking_detached(F function, Where where = Where::here()) {
    detail::RuntimeCore& core = detail::require_core("blocking_detached");
    detail::submit_detached(core, *new detail::DetachedCallOf<F>{std::move(function), where});
}

}  // namespace greenroom
