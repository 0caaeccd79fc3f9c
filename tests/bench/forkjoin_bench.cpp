// forkjoin_throughput: one thread sends to 1,000 actors in turn, each of which does a little work.
#include <greenroom/core/detail/counter.hpp>
#include <greenroom/core/event.hpp>
#include <vector>

#include "bench.hpp"

namespace {

using greenroom::Actor;
using greenroom::Event;
using greenroom::Ref;
using greenroom::System;

struct Work {};

struct Finish {
    greenroom::detail::Counter left;
    Event all;
};

class Laborer : public Actor {
public:
    Laborer(std::int64_t messages, Finish& finish) : left_{messages}, finish_{finish} {}
    void on(Work) {
        value_ *= value_;
        bench::keep(value_);
        if (--left_ == 0 && finish_.left.subtract(1) == 1) finish_.all.set();
    }

private:
    double value_ = 37.2;
    std::int64_t left_;
    Finish& finish_;
};

struct Send {
    std::int64_t actors;
    std::int64_t messages;
    Finish* finish;
};

class Master : public Actor {
public:
    void on(const Send& send) {
        std::vector<Ref<Laborer>> laborers;
        for (std::int64_t i = 0; i < send.actors; ++i) {
            laborers.push_back(spawn<Laborer>(send.messages, *send.finish));
        }
        for (std::int64_t j = 0; j < send.messages; ++j) {
            for (const auto& laborer : laborers) laborer.tell(Work{});
        }
    }
};

double throughput(std::int64_t actors, std::int64_t messages) {
    System system{bench::options()};
    Finish finish;
    finish.left.add(static_cast<std::uint64_t>(actors));
    const auto master = system.spawn<Master>();
    return bench::time_ns([&] {
        master.tell(Send{actors, messages, &finish});
        finish.all.wait();
    });
}

const bench::Benchmark benchmark{
    "forkjoin_throughput", [] {
        const std::int64_t actors = 1'000;
        const std::int64_t messages = bench::scaled(10'000);
        throughput(actors, messages / 10 + 1);
        bench::print("forkjoin_throughput",
                     throughput(actors, messages) / static_cast<double>(actors * messages),
                     "ns/msg");
    }};

}  // namespace
