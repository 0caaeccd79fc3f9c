// switch: two fibers of one worker that yield to each other, in the full runtime.
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>

#include "bench.hpp"

namespace {

double switches(std::int64_t count) {
    greenroom::Runtime runtime{{.workers = bench::workers()}};
    return bench::time_ns([&] {
        greenroom::run(runtime, [count] {
            const auto yields = [count] {
                for (std::int64_t i = 0; i < count / 2; ++i) greenroom::yield();
            };
            auto left = greenroom::spawn(yields);
            auto right = greenroom::spawn(yields);
            left.get();
            right.get();
        });
    });
}

double create_and_join(std::int64_t count) {
    greenroom::Runtime runtime{{.workers = bench::workers()}};
    return bench::time_ns([&] {
        greenroom::run(runtime, [count] {
            for (std::int64_t i = 0; i < count; ++i) greenroom::spawn([] {}).get();
        });
    });
}

const bench::Benchmark switch_benchmark{
    "switch", [] {
        const std::int64_t count = bench::scaled(2'000'000);
        switches(count / 10 + 2);
        bench::print("switch", switches(count) / static_cast<double>(count), "ns/switch");
    }};

const bench::Benchmark create_benchmark{
    "task_create_join", [] {
        const std::int64_t count = bench::scaled(200'000);
        create_and_join(count / 10 + 1);
        bench::print("task_create_join", create_and_join(count) / static_cast<double>(count),
                     "ns/op");
    }};

}  // namespace
