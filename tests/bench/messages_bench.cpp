// Messages between two actors: pingpong (tell, back and forth), ask (in straight-line code).
#include <cstdlib>
#include <greenroom/core/event.hpp>

#include "bench.hpp"

namespace {

using greenroom::Actor;
using greenroom::Event;
using greenroom::Ref;
using greenroom::System;

class Pong;

struct Ping {
    Ref<Pong> from;
};
struct Back {};
struct Begin {
    Ref<Pong> other;
    std::int64_t rounds;
    Event* done;
};

// Both ends: one begins, the other answers.
class Pong : public Actor {
public:
    void on(Begin begin) {
        begin_ = std::move(begin);
        begin_.other.tell(Ping{self(this)});
    }
    void on(const Ping& ping) { ping.from.tell(Back{}); }
    void on(Back) {
        if (--begin_.rounds == 0) return begin_.done->set();
        begin_.other.tell(Ping{self(this)});
    }

private:
    Begin begin_{};
};

double pingpong(std::int64_t rounds) {
    System system{bench::options()};
    const auto left = system.spawn<Pong>();
    const auto right = system.spawn<Pong>();
    Event done;
    return bench::time_ns([&] {
        left.tell(Begin{right, rounds, &done});
        done.wait();
    });
}

const bench::Benchmark pingpong_benchmark{
    "pingpong", [] {
        const std::int64_t rounds = bench::scaled(1'000'000);
        pingpong(rounds / 10 + 1);
        bench::print("pingpong", pingpong(rounds) / (2.0 * static_cast<double>(rounds)), "ns/msg");
    }};

struct Question {
    std::int64_t value;
};
struct AskRounds {
    std::int64_t rounds;
};

class Answerer : public Actor {
public:
    std::int64_t on(const Question& question) { return question.value + 1; }
};

class Asker : public Actor {
public:
    explicit Asker(Ref<Answerer> answerer) : answerer_{std::move(answerer)} {}
    bool on(const AskRounds& work) {
        for (std::int64_t i = 0; i < work.rounds; ++i) {
            if (answerer_.ask(Question{i}) != i + 1) std::abort();
        }
        return true;
    }

private:
    Ref<Answerer> answerer_;
};

double ask(std::int64_t rounds) {
    System system{bench::options()};
    const auto asker = system.spawn<Asker>(system.spawn<Answerer>());
    return bench::time_ns([&] { asker.ask(AskRounds{rounds}, std::chrono::minutes{10}); });
}

const bench::Benchmark ask_benchmark{
    "ask", [] {
        const std::int64_t rounds = bench::scaled(1'000'000);
        ask(rounds / 10 + 1);
        bench::print("ask", ask(rounds) / static_cast<double>(rounds), "ns/ask");
    }};

}  // namespace
