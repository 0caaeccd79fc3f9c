// gather: two functions at once, as in a handler that asks two others; ready ones, and such that
// wait. with_timeout: what a scope costs that does not time out.
#include <greenroom/core/gather.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>

#include "bench.hpp"

namespace {

// Nanoseconds for each call of `once` in a task.
template <class F>
double each(const bench::Run& run, std::int64_t most, const F& once) {
    const std::int64_t count = run.count(most);
    greenroom::Runtime runtime{{.workers = run.workers}};
    const double spent = bench::time_ns([&] {
        greenroom::run(runtime, [&] {
            for (std::int64_t i = 0; i < count; ++i) once();
        });
    });
    return spent / static_cast<double>(count);
}

double gather_ready(const bench::Run& run) {
    return each(run, 500'000, [] {
        auto [one, two] = greenroom::gather([] { return 1; }, [] { return 2; });
        bench::keep(one + two);
    });
}

double gather_waiting(const bench::Run& run) {
    return each(run, 500'000, [] {
        const auto waits = [] {
            greenroom::yield();
            return 1;
        };
        auto [one, two] = greenroom::gather(waits, waits);
        bench::keep(one + two);
    });
}

double scopes(const bench::Run& run) {
    return each(run, 2'000'000,
                [] { greenroom::with_timeout(std::chrono::seconds{1}, [] { bench::keep(1); }); });
}

const bench::Benchmark ready_benchmark{"gather", "ns/2_functions", &gather_ready};
const bench::Benchmark waiting_benchmark{"gather_waiting", "ns/2_functions", &gather_waiting};
const bench::Benchmark scope_benchmark{"with_timeout", "ns/scope", &scopes};

}  // namespace
