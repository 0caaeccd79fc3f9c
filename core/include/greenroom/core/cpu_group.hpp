// CpuGroup: workers of their own for long computations, so that these do not delay what waits.
//
//   CpuGroup computations{2};
//   Image small = computations.run([&] { return scale(image); });   // in a fiber: it waits
//
// A worker runs a computation to its end, and whatever else it had to do waits. Given to a group, a
// computation holds up only others of its kind: as many run at once as the group has workers, and
// the rest is queued. blocking() is for calls that sleep in the kernel: its many threads would only
// take the processors from each other.
//
// Computations are tasks of the group's runtime and may use all of the library. Every now and then
// check_cancellation() lets them hear of a cancellation, and yield() lets others have their turn.
//
// Threads       Any fiber of any runtime, any plain thread; not from the group's own computations
//               if all its workers might come to wait for each other.
// Cancellation  run() is a suspension point. A caller that is cancelled, or whose scope's time is
//               up, cancels the computation and waits for it, since it may refer to the caller's
//               locals.
// Lifetime      As that of a Runtime (runtime.hpp): the destructor cancels what still runs.
#pragma once

#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/where.hpp>
#include <type_traits>
#include <utility>

namespace greenroom {

class CpuGroup {
public:
    // 0 workers: as many as this process may use processors.
    explicit CpuGroup(int workers = 0) : CpuGroup{with(workers)} {}
    explicit CpuGroup(RuntimeOptions options) : runtime_{std::move(options)} {}

    // Calls `function` on a worker of the group, and returns what it returns or throws what it
    // throws. Throws what spawn() throws; then it never ran.
    template <class F>
    auto run(F&& function, Where where = Where::here()) {
        return greenroom::spawn(
                   runtime_, [&function] { return function(); }, {.name = "computation"}, where)
            .get(where);
    }

    // The same without waiting: it takes what it captures by value.
    template <class F>
    auto spawn(F function, SpawnOptions options = {.name = "computation"},
               Where where = Where::here()) {
        return greenroom::spawn(runtime_, std::move(function), options, where);
    }

    Runtime& runtime() noexcept { return runtime_; }

private:
    static RuntimeOptions with(int workers) {
        RuntimeOptions options;
        options.workers = workers;
        options.name = "cpu";
        return options;
    }

    Runtime runtime_;
};

}  // namespace greenroom
