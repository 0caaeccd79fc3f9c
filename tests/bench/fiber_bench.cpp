// Fibers of one runtime: switch (two that yield to each other), tasks, a mutex.
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <mutex>

#include "bench.hpp"

namespace {

using greenroom::Runtime;

// Nanoseconds of `work` for each of `count`, run as a task.
template <class Work>
double in_task(const bench::Run& run, std::int64_t count, const Work& work) {
    Runtime runtime{{.workers = run.workers}};
    const double spent = bench::time_ns([&] { greenroom::run(runtime, work); });
    return spent / static_cast<double>(count);
}

// Two tasks that do the same.
template <class Work>
void both(const Work& work) {
    auto left = greenroom::spawn(work);
    auto right = greenroom::spawn(work);
    left.get();
    right.get();
}

double switches(const bench::Run& run) {
    const std::int64_t count = run.count(2'000'000);
    return in_task(run, count, [count] {
        both([count] {
            for (std::int64_t i = 0; i < count / 2; ++i) greenroom::yield();
        });
    });
}

double create_and_join(const bench::Run& run) {
    const std::int64_t count = run.count(2'000'000);
    return in_task(run, count, [count] {
        for (std::int64_t i = 0; i < count; ++i) greenroom::spawn([] {}).get();
    });
}

// Two tasks hold one mutex in turn; the yield inside has the other one wait for it.
double hand_over(const bench::Run& run) {
    const std::int64_t count = run.count(2'000'000);
    return in_task(run, count, [count] {
        greenroom::Mutex mutex;
        both([count, &mutex] {
            for (std::int64_t i = 0; i < count / 2; ++i) {
                const std::lock_guard held(mutex);
                greenroom::yield();
            }
        });
    });
}

const bench::Benchmark switch_benchmark{"switch", "ns/switch", &switches};
const bench::Benchmark create_benchmark{"task_create_join", "ns/op", &create_and_join};
const bench::Benchmark mutex_benchmark{"mutex_handoff", "ns/op", &hand_over};

}  // namespace
