// Many messages to one actor: counting (from one sender, then the sum is asked for), fanin (100
// senders, that wait for room, as at the channels of Go and Tokio), fanin_unbounded (likewise,
// without a bound, as with Erlang: some millions of messages come to lie in memory).
#include <cstdlib>
#include <greenroom/core/event.hpp>
#include <string>

#include "bench.hpp"

namespace {

using greenroom::Actor;
using greenroom::Event;
using greenroom::Ref;
using greenroom::System;

template <class Shape>
struct Add {
    std::int64_t value;
    Shape shape;
};
struct Sum {};

struct Bare {};
struct Real {
    std::string text = std::string(40, 'x');
};

template <class Shape>
class Counter : public Actor {
public:
    void on(const Add<Shape>& add) { sum_ += add.value; }
    std::int64_t on(Sum) { return sum_; }

private:
    std::int64_t sum_ = 0;
};

struct Produce {
    std::int64_t messages;
};

template <class Shape>
class Producer : public Actor {
public:
    explicit Producer(Ref<Counter<Shape>> counter) : counter_{std::move(counter)} {}
    std::int64_t on(const Produce& work) {
        for (std::int64_t i = 0; i < work.messages; ++i) counter_.tell(Add<Shape>{1, {}});
        return counter_.ask(Sum{}, std::chrono::minutes{10});
    }

private:
    Ref<Counter<Shape>> counter_;
};

template <class Shape>
double counting(const bench::Run& run) {
    const std::int64_t messages = run.count(5'000'000);
    System system{run.options()};
    const auto producer = system.spawn<Producer<Shape>>(system.spawn<Counter<Shape>>());
    const double spent = bench::time_ns([&] {
        if (producer.ask(Produce{messages}, std::chrono::minutes{10}) != messages) std::abort();
    });
    return spent / static_cast<double>(messages);
}

// Is done when it has all.
class Sink : public Actor {
public:
    Sink(std::int64_t messages, Event& done) : left_{messages}, done_{done} {}
    void on(const Add<Bare>& add) {
        left_ -= add.value;
        if (left_ == 0) done_.set();
    }

private:
    std::int64_t left_;
    Event& done_;
};

class Sender : public Actor {
public:
    explicit Sender(Ref<Sink> sink) : sink_{std::move(sink)} {}
    void on(const Produce& work) {
        for (std::int64_t i = 0; i < work.messages; ++i) sink_.tell(Add<Bare>{1, {}});
    }

private:
    Ref<Sink> sink_;
};

double send_in(const bench::Run& run, std::size_t bound) {
    constexpr std::int64_t senders = 100;
    const std::int64_t messages = run.count(100'000);
    System system{run.options()};
    Event done;
    const greenroom::ActorOptions options{.mailbox = {.bound = bound}};
    const auto sink = system.spawn_with<Sink>(options, senders * messages, done);
    const double spent = bench::time_ns([&] {
        for (int i = 0; i < senders; ++i) system.spawn<Sender>(sink).tell(Produce{messages});
        done.wait();
    });
    return spent / static_cast<double>(senders * messages);
}

double fanin(const bench::Run& run) { return send_in(run, 1'024); }
double fanin_unbounded(const bench::Run& run) { return send_in(run, 0); }

const bench::Benchmark counting_benchmark{"counting", "ns/msg", &counting<Bare>};
const bench::Benchmark real_counting_benchmark{"counting_real", "ns/msg", &counting<Real>};
const bench::Benchmark fanin_benchmark{"fanin", "ns/msg", &fanin};
const bench::Benchmark unbounded_fanin_benchmark{"fanin_unbounded", "ns/msg", &fanin_unbounded};

}  // namespace
