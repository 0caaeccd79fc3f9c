// forkjoin_throughput: one actor sends to 1,000 in turn, each of which does a little work; to
// bounded mailboxes, which suspend the sender as the channels of most peers do, and to unbounded
// ones.
// forkjoin_create: actors are made, get one message, and end.
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
    greenroom::ActorOptions options;
    Finish* finish;
};

class Master : public Actor {
public:
    void on(const Send& send) {
        std::vector<Ref<Laborer>> laborers;
        for (std::int64_t i = 0; i < send.actors; ++i) {
            laborers.push_back(spawn_with<Laborer>(send.options, send.messages, *send.finish));
        }
        for (std::int64_t j = 0; j < send.messages; ++j) {
            for (const auto& laborer : laborers) laborer.tell(Work{});
        }
    }
};

double throughput(const bench::Run& run, std::size_t bound) {
    constexpr std::int64_t actors = 1'000;
    const std::int64_t messages = run.count(10'000);
    System system{run.options()};
    Finish finish;
    finish.left.add(static_cast<std::uint64_t>(actors));
    const auto master = system.spawn<Master>();
    const double spent = bench::time_ns([&] {
        master.tell(Send{actors, messages, {.mailbox = {.bound = bound}}, &finish});
        finish.all.wait();
    });
    return spent / static_cast<double>(actors * messages);
}

double bounded_throughput(const bench::Run& run) { return throughput(run, 64); }
double unbounded_throughput(const bench::Run& run) { return throughput(run, 0); }

// Does its work and goes.
class DayLaborer : public Actor {
public:
    explicit DayLaborer(Finish& finish) : finish_{finish} {}
    void on(Work) {
        if (finish_.left.subtract(1) == 1) finish_.all.set();
        stop();
    }

private:
    Finish& finish_;
};

struct Hire {
    std::int64_t actors;
    Finish* finish;
};

class Foreman : public Actor {
public:
    void on(const Hire& hire) {
        for (std::int64_t i = 0; i < hire.actors; ++i) {
            spawn<DayLaborer>(*hire.finish).tell(Work{});
        }
    }
};

double create(const bench::Run& run) {
    const std::int64_t actors = run.count(1'000'000);
    System system{run.options()};
    Finish finish;
    finish.left.add(static_cast<std::uint64_t>(actors));
    const auto foreman = system.spawn<Foreman>();
    const double spent = bench::time_ns([&] {
        foreman.tell(Hire{actors, &finish});
        finish.all.wait();
    });
    return spent / static_cast<double>(actors);
}

const bench::Benchmark bounded_benchmark{"forkjoin_throughput", "ns/msg", &bounded_throughput};
const bench::Benchmark unbounded_benchmark{"forkjoin_throughput_unbounded", "ns/msg",
                                           &unbounded_throughput};
const bench::Benchmark create_benchmark{"forkjoin_create", "ns/actor", &create};

}  // namespace
