// Messages between a few actors: pingpong (tell, back and forth), ask (in straight-line code),
// ring.
//
// Each in two shapes: the bare one of the peers' programs, and `_real`: a string of 40 bytes made
// for each message, and actors that watch each other. Handlers of other messages, and the deadline
// of an ask, are in both.
#include <cstdlib>
#include <greenroom/core/event.hpp>
#include <string>
#include <vector>

#include "bench.hpp"

namespace {

using greenroom::Actor;
using greenroom::Down;
using greenroom::Event;
using greenroom::Ref;
using greenroom::System;

struct Bare {};
struct Real {
    std::string text = std::string(40, 'x');
};

struct Rename {
    std::string name;
};

// What an actor handles beside its work.
template <class Me>
class Sociable : public Actor {
public:
    void on(const Rename& rename) { name_ = rename.name; }
    void on(const Down&) { name_.clear(); }

protected:
    template <class Shape, class Other>
    void meet(const Me* me, const Ref<Other>& other) {
        if constexpr (std::is_same_v<Shape, Real>) this->watch(me, other);
    }

private:
    std::string name_;
};

template <class Shape>
class Pong;

template <class Shape>
struct Ping {
    Ref<Pong<Shape>> from;
    Shape shape;
};
template <class Shape>
struct Back {
    Shape shape;
};
template <class Shape>
struct Begin {
    Ref<Pong<Shape>> other;
    std::int64_t rounds;
    Event* done;
};

// Both ends: one begins, the other answers.
template <class Shape>
class Pong : public Sociable<Pong<Shape>> {
public:
    using Sociable<Pong>::on;
    void on(Begin<Shape> begin) {
        begin_ = std::move(begin);
        this->template meet<Shape>(this, begin_.other);
        send();
    }
    void on(const Ping<Shape>& ping) { ping.from.tell(Back<Shape>{}); }
    void on(const Back<Shape>&) { --begin_.rounds == 0 ? begin_.done->set() : send(); }

private:
    void send() { begin_.other.tell(Ping<Shape>{this->self(this), {}}); }

    Begin<Shape> begin_{};
};

// `pairs` at the same time; nanoseconds for each message of one pair.
template <class Shape>
double pingpong_pairs(const bench::Run& run, std::size_t pairs) {
    const std::int64_t rounds = run.count(1'000'000);
    System system{run.options()};
    std::vector<Event> done(pairs);
    const double spent = bench::time_ns([&] {
        for (Event& end : done) {
            const auto left = system.spawn<Pong<Shape>>();
            left.tell(Begin<Shape>{system.spawn<Pong<Shape>>(), rounds, &end});
        }
        for (Event& end : done) end.wait();
    });
    return spent / (2.0 * static_cast<double>(rounds));
}

template <class Shape>
double pingpong(const bench::Run& run) {
    return pingpong_pairs<Shape>(run, 1);
}
double two_pairs(const bench::Run& run) { return pingpong_pairs<Bare>(run, 2); }

template <class Shape>
struct Question {
    std::int64_t value;
    Shape shape;
};
struct AskRounds {
    std::int64_t rounds;
};

template <class Shape>
class Answerer : public Sociable<Answerer<Shape>> {
public:
    using Sociable<Answerer>::on;
    std::int64_t on(const Question<Shape>& question) { return question.value + 1; }
};

template <class Shape>
class Asker : public Sociable<Asker<Shape>> {
public:
    using Sociable<Asker>::on;
    explicit Asker(Ref<Answerer<Shape>> answerer) : answerer_{std::move(answerer)} {}
    bool on(const AskRounds& work) {
        this->template meet<Shape>(this, answerer_);
        for (std::int64_t i = 0; i < work.rounds; ++i) {
            if (answerer_.ask(Question<Shape>{i, {}}) != i + 1) std::abort();
        }
        return true;
    }

private:
    Ref<Answerer<Shape>> answerer_;
};

template <class Shape>
double ask(const bench::Run& run) {
    const std::int64_t rounds = run.count(1'000'000);
    System system{run.options()};
    const auto asker = system.spawn<Asker<Shape>>(system.spawn<Answerer<Shape>>());
    const double spent =
        bench::time_ns([&] { asker.ask(AskRounds{rounds}, std::chrono::minutes{10}); });
    return spent / static_cast<double>(rounds);
}

template <class Shape>
class Node;

template <class Shape>
struct Join {
    Ref<Node<Shape>> next;
};
template <class Shape>
struct Hop {
    std::int64_t left;
    Shape shape;
};

// Hands the token on.
template <class Shape>
class Node : public Sociable<Node<Shape>> {
public:
    using Sociable<Node>::on;
    explicit Node(Event& done) : done_{done} {}
    void on(Join<Shape> join) {
        next_ = std::move(join.next);
        this->template meet<Shape>(this, next_);
    }
    void on(const Hop<Shape>& hop) {
        hop.left == 0 ? done_.set() : next_.tell(Hop<Shape>{hop.left - 1, {}});
    }

private:
    Ref<Node<Shape>> next_;
    Event& done_;
};

template <class Shape>
double ring(const bench::Run& run) {
    const std::int64_t hops = run.count(5'000'000);
    System system{run.options()};
    Event done;
    std::vector<Ref<Node<Shape>>> nodes;
    for (int i = 0; i < 1'000; ++i) nodes.push_back(system.spawn<Node<Shape>>(done));
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        nodes[i].tell(Join<Shape>{nodes[(i + 1) % nodes.size()]});
    }
    const double spent = bench::time_ns([&] {
        nodes.front().tell(Hop<Shape>{hops, {}});
        done.wait();
    });
    return spent / static_cast<double>(hops);
}

const bench::Benchmark pingpong_benchmark{"pingpong", "ns/msg", &pingpong<Bare>};
const bench::Benchmark ask_benchmark{"ask", "ns/ask", &ask<Bare>};
const bench::Benchmark ring_benchmark{"ring", "ns/hop", &ring<Bare>};
const bench::Benchmark real_pingpong_benchmark{"pingpong_real", "ns/msg", &pingpong<Real>};
const bench::Benchmark real_ask_benchmark{"ask_real", "ns/ask", &ask<Real>};
const bench::Benchmark real_ring_benchmark{"ring_real", "ns/hop", &ring<Real>};
const bench::Benchmark pairs_benchmark{"pingpong_two_pairs", "ns/msg", &two_pairs};

}  // namespace
