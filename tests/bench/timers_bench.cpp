// timer_schedule, timer_cancel: a million timers due in 1 to 10 s, every other one cancelled, and
// its memory given back.
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timers.hpp>
#include <vector>

#include "bench.hpp"

namespace {

using namespace std::chrono_literals;

struct Timers {
    double schedule_ns;
    double cancel_ns;
};

Timers timers(const bench::Run& run) {
    const auto count = static_cast<std::size_t>(run.count(1'000'000));
    greenroom::Runtime runtime{{.workers = run.workers}};
    Timers spent{};
    greenroom::run(runtime, [&] {
        std::vector<greenroom::TimerHandle> handles(count);
        spent.schedule_ns = bench::time_ns([&] {
            for (std::size_t i = 0; i < count; ++i) {
                handles[i] = greenroom::call_later(1s + (i % 9'000) * 1ms, [] {});
            }
        });
        spent.cancel_ns = bench::time_ns([&] {
            for (std::size_t i = 0; i < count; i += 2) bench::keep(handles[i].cancel());
        });
    });
    const auto each = static_cast<double>(count);
    return {spent.schedule_ns / each, 2 * spent.cancel_ns / each};
}

double schedule(const bench::Run& run) { return timers(run).schedule_ns; }
double cancel(const bench::Run& run) { return timers(run).cancel_ns; }

const bench::Benchmark schedule_benchmark{"timer_schedule", "ns/op", &schedule};
const bench::Benchmark cancel_benchmark{"timer_cancel", "ns/op", &cancel};

}  // namespace
