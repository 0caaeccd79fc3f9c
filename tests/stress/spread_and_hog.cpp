// Where work goes: long-lived tasks lie evenly on the workers, and what is queued beside a task
// that hogs its worker runs elsewhere, soon.
//
// Property  Of 1,000 long-lived tasks each worker has its share to within 20 %. Of 100 tasks queued
//           on the worker of a hog all have run within 2 ms, in the best of many rounds: on a
//           machine that does other things as well, no single round says anything. A sanitizer
//           takes more time than that: there they run elsewhere, else the program would not end.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <vector>

#include "support/stress.hpp"

namespace {

using namespace std::chrono_literals;
using namespace greenroom;
using Time = std::chrono::steady_clock;

constexpr int long_lived = 1'000;
constexpr int queued = 100;

// True if the workers have equal shares, to within 20 %.
bool lie_evenly(Runtime& runtime) {
    Event end;
    std::vector<Task<void>> tasks;
    for (int i = 0; i < long_lived; ++i) {
        tasks.push_back(spawn(runtime, [&] { end.wait(); }, {.lives_long = true}));
    }
    bool even = true;
    const auto share = static_cast<double>(long_lived) / runtime.worker_count();
    for (const WorkerStats& worker : runtime.stats().workers) {
        const auto has = static_cast<double>(worker.long_lived);
        even = even && has >= 0.8 * share && has <= 1.2 * share;
        if (!even) std::printf("a worker has %.0f of %d long-lived tasks\n", has, long_lived);
    }
    end.set();
    for (auto& task : tasks) task.join();
    return even;
}

// How long it takes until what is queued beside a hog has run elsewhere.
std::chrono::nanoseconds beside_a_hog(Runtime& runtime) {
    return run(runtime, [] {
        detail::Atomic<int> ran{0};
        std::vector<Task<void>> tasks;
        const auto begin = Time::now();
        for (int i = 0; i < queued; ++i) {
            tasks.push_back(spawn([&] { ran.fetch_add(1, std::memory_order_release); }));
        }
        // The hog: it keeps the worker on which they are queued.
        while (ran.load(std::memory_order_acquire) < queued) kernel_threads().pause();
        const auto took = Time::now() - begin;
        for (auto& task : tasks) task.join();
        return std::chrono::nanoseconds{took};
    });
}

}  // namespace

int main(int argc, char** argv) {
    RuntimeOptions options;
    options.workers = 2;
    Runtime two{options};
    options.workers = 8;
    Runtime eight{options};
    auto best = std::chrono::nanoseconds::max();
    support::play_rounds(support::stress_plan(argc, argv), [&](std::uint64_t) {
        support::require(lie_evenly(two), "long-lived tasks lie evenly on 2 workers");
        support::require(lie_evenly(eight), "long-lived tasks lie evenly on 8 workers");
        for (int i = 0; i < 10; ++i) best = std::min(best, beside_a_hog(two));
    });
    std::printf("%d tasks beside a hog ran within %.3f ms at best\n", queued,
                std::chrono::duration<double, std::milli>(best).count());
    support::require(best <= 2ms || support::under_sanitizer,
                     "what is queued beside a hog runs elsewhere within 2 ms");
}
