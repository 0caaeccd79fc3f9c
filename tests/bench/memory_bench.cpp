// What is there and does nothing: idle actors (and what it costs to make them), fibers that wait.
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <vector>

#include "bench.hpp"

namespace {

using greenroom::Actor;
using greenroom::Event;
using greenroom::Ref;
using greenroom::System;

struct Number {
    std::int64_t value;
};

class Idler : public Actor {
public:
    void on(const Number& number) { bench::keep(number.value); }
};

struct Idle {
    double bytes;
    double spawn_ns;
};

Idle idle(const bench::Run& run) {
    const std::int64_t actors = run.count(1'000'000);
    System system{run.options()};
    std::vector<Ref<Idler>> all;
    all.reserve(static_cast<std::size_t>(actors));
    const double before = bench::status_bytes("VmRSS");
    const double spent = bench::time_ns([&] {
        for (std::int64_t i = 0; i < actors; ++i) all.push_back(system.spawn<Idler>());
    });
    const double after = bench::status_bytes("VmRSS");
    return {(after - before) / static_cast<double>(actors), spent / static_cast<double>(actors)};
}

double idle_bytes(const bench::Run& run) { return idle(run).bytes; }
double spawn_ns(const bench::Run& run) { return idle(run).spawn_ns; }

const bench::Benchmark idle_benchmark{"idle_bytes", "bytes", &idle_bytes, false};
const bench::Benchmark spawn_benchmark{"spawn", "ns/actor", &spawn_ns, false};

struct Wait {};
struct Hold {};

// Answers no question until it may.
class Gatekeeper : public Actor {
public:
    Gatekeeper(Event& open, Event& holds) : open_{open}, holds_{holds} {}
    void on(Hold) {
        holds_.set();
        open_.wait();
    }
    void on(Wait) {}

private:
    Event& open_;
    Event& holds_;
};

class Visitor : public Actor {
public:
    explicit Visitor(Ref<Gatekeeper> keeper) : keeper_{std::move(keeper)} {}
    void on(Wait) { keeper_.ask(Wait{}, std::chrono::hours{1}); }

private:
    Ref<Gatekeeper> keeper_;
};

std::uint64_t suspends(System& system) {
    std::uint64_t sum = 0;
    for (const auto& worker : system.runtime().stats().workers) sum += worker.suspends;
    return sum;
}

// Prints the bytes of page tables on the way, which stand in no other figure.
double parked_bytes(const bench::Run& run) {
    const std::int64_t count = run.count(100'000);
    System system{run.options()};
    Event open;
    Event holds;
    const auto keeper = system.spawn<Gatekeeper>(open, holds);
    keeper.tell(Hold{});
    holds.wait();
    std::vector<Ref<Visitor>> visitors;
    for (std::int64_t i = 0; i < count; ++i) visitors.push_back(system.spawn<Visitor>(keeper));
    const double before = bench::status_bytes("VmRSS");
    const double tables = bench::status_bytes("VmPTE");
    const std::uint64_t already = suspends(system);
    for (const auto& visitor : visitors) visitor.tell(Wait{});
    while (suspends(system) - already < static_cast<std::uint64_t>(count)) {
        greenroom::sleep_for(std::chrono::milliseconds{1});
    }
    const auto each = static_cast<double>(count);
    const double bytes = (bench::status_bytes("VmRSS") - before) / each;
    bench::print("parked_page_table_bytes", (bench::status_bytes("VmPTE") - tables) / each,
                 "bytes");
    open.set();
    return bytes;
}

const bench::Benchmark parked_benchmark{"parked_bytes", "bytes", &parked_bytes, false};

}  // namespace
