// Crowds of actors that talk to one another: big (120 ping each other at random), chameneos (100
// meet in pairs in a mall).
#include <cstdlib>
#include <greenroom/core/detail/counter.hpp>
#include <greenroom/core/event.hpp>
#include <vector>

#include "bench.hpp"

namespace {

using greenroom::Actor;
using greenroom::Event;
using greenroom::Ref;
using greenroom::System;

struct Finish {
    greenroom::detail::Counter left;
    Event all;

    void one_more() {
        if (left.subtract(1) == 1) all.set();
    }
};

class Peer;

// Who is pinged knows it already, however soon that is.
struct Crowd {
    std::vector<Ref<Peer>> all;
    Finish finish;
};
struct Begin {};
struct Ping {
    std::uint32_t from;
};
struct Pong {};

class Peer : public Actor {
public:
    Peer(Crowd& crowd, std::uint32_t index, std::int64_t pings)
        : crowd_{crowd}, index_{index}, random_{index * 2'654'435'761u + 12'345u}, left_{pings} {}
    void on(Begin) { send(); }
    void on(const Ping& ping) { crowd_.all[ping.from].tell(Pong{}); }
    void on(Pong) { --left_ == 0 ? crowd_.finish.one_more() : send(); }

private:
    void send() {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 17;
        random_ ^= random_ << 5;
        crowd_.all[random_ % crowd_.all.size()].tell(Ping{index_});
    }

    Crowd& crowd_;
    std::uint32_t index_;
    std::uint32_t random_;
    std::int64_t left_;
};

double big(const bench::Run& run) {
    constexpr std::uint32_t actors = 120;
    const std::int64_t pings = run.count(20'000);
    System system{run.options()};
    Crowd crowd;
    crowd.finish.left.add(actors);
    for (std::uint32_t i = 0; i < actors; ++i) {
        crowd.all.push_back(system.spawn<Peer>(crowd, i, pings));
    }
    const double spent = bench::time_ns([&] {
        for (const auto& peer : crowd.all) peer.tell(Begin{});
        crowd.finish.all.wait();
    });
    return spent / (2.0 * actors * static_cast<double>(pings));
}

class Chameneo;

struct Meet {
    int color;
    std::uint32_t id;
};
struct Met {
    int color;  // the other's; -1: the mall has closed
};
struct Enter {
    const std::vector<Ref<Chameneo>>* all;
};

class Mall : public Actor {
public:
    explicit Mall(std::int64_t meetings) : left_{meetings} {}
    void on(Enter enter) { all_ = enter.all; }
    void on(const Meet& second) {
        if (left_ == 0) return (*all_)[second.id].tell(Met{-1});
        if (!someone_waits_) {
            first_ = second;
            someone_waits_ = true;
            return;
        }
        someone_waits_ = false;
        --left_;
        (*all_)[second.id].tell(Met{first_.color});
        (*all_)[first_.id].tell(Met{second.color});
    }

private:
    const std::vector<Ref<Chameneo>>* all_ = nullptr;
    std::int64_t left_;
    bool someone_waits_ = false;
    Meet first_{};
};

class Chameneo : public Actor {
public:
    Chameneo(std::uint32_t id, Ref<Mall> mall, Finish& finish)
        : id_{id}, color_{static_cast<int>(id % 3)}, mall_{std::move(mall)}, finish_{finish} {}
    void on(Enter) { mall_.tell(Meet{color_, id_}); }
    void on(const Met& met) {
        if (met.color < 0) return finish_.one_more();
        if (met.color != color_) color_ = 3 - color_ - met.color;
        mall_.tell(Meet{color_, id_});
    }

private:
    std::uint32_t id_;
    int color_;
    Ref<Mall> mall_;
    Finish& finish_;
};

double chameneos(const bench::Run& run) {
    constexpr std::uint32_t creatures = 100;
    const std::int64_t meetings = run.count(400'000);
    System system{run.options()};
    Finish finish;
    finish.left.add(creatures);
    const auto mall = system.spawn<Mall>(meetings);
    std::vector<Ref<Chameneo>> all;
    for (std::uint32_t i = 0; i < creatures; ++i) {
        all.push_back(system.spawn<Chameneo>(i, mall, finish));
    }
    const double spent = bench::time_ns([&] {
        mall.tell(Enter{&all});
        for (const auto& creature : all) creature.tell(Enter{});
        finish.all.wait();
    });
    return spent / static_cast<double>(meetings);
}

const bench::Benchmark big_benchmark{"big", "ns/msg", &big};
const bench::Benchmark chameneos_benchmark{"chameneos", "ns/meeting", &chameneos};

}  // namespace
