// channel_unbuffered, channel_buffered: one task sends integers to another, by a channel without
// room, and by one of 64.
// select: the same by two channels of 64 in turn, of which the receiver takes what it finds.
#include <greenroom/core/channel.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/select.hpp>
#include <greenroom/core/task.hpp>

#include "bench.hpp"

namespace {

double transfer(const bench::Run& run, std::size_t capacity) {
    const std::int64_t count = run.count(2'000'000);
    greenroom::Runtime runtime{{.workers = run.workers}};
    const double spent = bench::time_ns([&] {
        greenroom::run(runtime, [count, capacity] {
            greenroom::Channel<int> channel{capacity};
            auto receiver = greenroom::spawn([&channel, count] {
                for (std::int64_t i = 0; i < count; ++i) bench::keep(channel.receive().value());
            });
            for (std::int64_t i = 0; i < count; ++i) channel.send(static_cast<int>(i));
            receiver.get();
        });
    });
    return spent / static_cast<double>(count);
}

double unbuffered(const bench::Run& run) { return transfer(run, 0); }
double buffered(const bench::Run& run) { return transfer(run, 64); }

double selects(const bench::Run& run) {
    const std::int64_t count = run.count(2'000'000);
    greenroom::Runtime runtime{{.workers = run.workers}};
    const double spent = bench::time_ns([&] {
        greenroom::run(runtime, [count] {
            greenroom::Channel<int> left{64};
            greenroom::Channel<int> right{64};
            auto receiver = greenroom::spawn([&left, &right, count] {
                const auto takes = [](int item) { bench::keep(item); };
                for (std::int64_t i = 0; i < count; ++i) {
                    greenroom::select(greenroom::on_receive(left, takes),
                                      greenroom::on_receive(right, takes));
                }
            });
            for (std::int64_t i = 0; i < count; ++i) {
                (i % 2 == 0 ? left : right).send(static_cast<int>(i));
            }
            receiver.get();
        });
    });
    return spent / static_cast<double>(count);
}

const bench::Benchmark unbuffered_benchmark{"channel_unbuffered", "ns/msg", &unbuffered};
const bench::Benchmark buffered_benchmark{"channel_buffered", "ns/msg", &buffered};
const bench::Benchmark select_benchmark{"select", "ns/msg", &selects};

}  // namespace
