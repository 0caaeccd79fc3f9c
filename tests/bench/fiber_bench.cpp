// Fibers of one runtime: switch (two that yield to each other), tasks, a mutex of two fibers of one
// worker, as the peers' threads have it, and one of two fibers of different workers.
#include <atomic>
#include <greenroom/core/gather.hpp>
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

double switches(const bench::Run& run) {
    const std::int64_t count = run.count(2'000'000);
    return in_task(run, count, [count] {
        const auto yields = [count] {
            for (std::int64_t i = 0; i < count / 2; ++i) greenroom::yield();
        };
        greenroom::gather(yields, yields);
    });
}

double create_and_join(const bench::Run& run) {
    const std::int64_t count = run.count(2'000'000);
    return in_task(run, count, [count] {
        for (std::int64_t i = 0; i < count; ++i) greenroom::spawn([] {}).get();
    });
}

// Two fibers hold one mutex in turn; the yield inside has the other one wait for it.
void hold_in_turn(greenroom::Mutex& mutex, std::int64_t times) {
    for (std::int64_t i = 0; i < times; ++i) {
        const std::lock_guard held(mutex);
        greenroom::yield();
    }
}

double hand_over(const bench::Run& run) {
    const std::int64_t count = run.count(2'000'000);
    return in_task(run, count, [count] {
        greenroom::Mutex mutex;
        const auto holds = [count, &mutex] { hold_in_turn(mutex, count / 2); };
        greenroom::gather(holds, holds);
    });
}

// Each keeps its worker until the other has begun: so they are on different ones.
double hand_over_apart(const bench::Run& run) {
    if (run.workers < 2) return hand_over(run);
    const std::int64_t count = run.count(400'000);
    return in_task(run, count, [count] {
        greenroom::Mutex mutex;
        std::atomic<int> begun{0};
        const auto holds = [count, &mutex, &begun] {
            begun.fetch_add(1);
            while (begun.load() < 2) continue;
            hold_in_turn(mutex, count / 2);
        };
        auto left = greenroom::spawn(holds);
        auto right = greenroom::spawn(holds);
        left.get();
        right.get();
    });
}

const bench::Benchmark switch_benchmark{"switch", "ns/switch", &switches};
const bench::Benchmark create_benchmark{"task_create_join", "ns/op", &create_and_join};
const bench::Benchmark mutex_benchmark{"mutex_handoff", "ns/op", &hand_over};
const bench::Benchmark apart_benchmark{"mutex_handoff_apart", "ns/op", &hand_over_apart};

}  // namespace
