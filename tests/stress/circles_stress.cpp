// circles_stress: circles of actors, all calls of which are made at the same moment, and a crowd
// whose actors ask at random such as come after them, with timeouts and forwards. Some ask by tasks
// that their handlers wait for.
//
// Property  Of each circle exactly one call fails, with the whole story, and the others are
//           answered. In the crowd none is reported.
#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/latch.hpp>
#include <greenroom/core/task_group.hpp>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "support/stress.hpp"

namespace greenroom::stress {

namespace {

using namespace std::chrono_literals;
using support::Count;
using support::Random;
using support::require;
using support::require_equal;
using support::stress_failed;

struct Figures {
    Count circles{0};
    Count calls{0};
    Count by_tasks{0};
    Count answered{0};
    Count timed_out{0};
    Count forwarded{0};
};
Figures figures;

constexpr std::size_t circles_a_round = support::under_sanitizer ? 20 : 100;
constexpr int asks_a_round = support::under_sanitizer ? 200 : 2'000;
constexpr std::size_t crowd_size = 24;

// ---- Circles

class Member;

struct Look {};
enum class How : std::uint8_t { itself, by_gather, by_parallel_gather, before_join };
struct AskNext {
    Ref<Member> next;
    Latch* together;
    How how;
};

class Member : public Actor {
public:
    void on(Look) {}
    // True if the call failed.
    bool on(const AskNext& ask) {
        ask.together->arrive_and_wait();
        const auto fails = [&] { return closes(ask.next); };
        switch (ask.how) {
            case How::itself: return fails();
            case How::by_gather: return std::get<1>(gather([] { return 0; }, fails));
            case How::by_parallel_gather:
                return std::get<0>(gather(parallel, fails, [] { return 0; }));
            case How::before_join: break;
        }
        TaskGroup<bool> group{parallel};
        group.spawn(fails);
        yield();
        group.join();
        return group.next()->value();
    }

private:
    static bool closes(const Ref<Member>& next) {
        try {
            next.ask(Look{}, 1h);
            return false;
        } catch (const AskCycle&) {
            return true;
        }
    }
};

struct Circle {
    Circle(System& system, std::size_t count) : together{std::make_unique<Latch>(count)} {
        for (std::size_t i = 0; i < count; ++i) members.push_back(system.spawn<Member>());
    }
    void close(Random& random) {
        for (std::size_t i = 0; i < members.size(); ++i) {
            const Ref<Member>& next = members[(i + 1) % members.size()];
            const auto how =
                random.of({How::itself, How::by_gather, How::by_parallel_gather, How::before_join});
            if (how != How::itself) figures.by_tasks.fetch_add(1);
            calls.push_back(members[i].request(AskNext{next, together.get(), how}));
        }
    }
    void settle() {
        int failed = 0;
        for (auto& call : calls) failed += call.get() ? 1 : 0;
        require_equal(failed, 1, "calls of a circle that failed");
        for (const auto& member : members) member.stop();
        figures.circles.fetch_add(1);
        figures.calls.fetch_add(members.size());
    }

    std::vector<Ref<Member>> members;
    std::unique_ptr<Latch> together;
    std::vector<Future<bool>> calls;
};

// ---- The crowd

struct Question {
    std::uint64_t value;
};

// Answers, or asks one that comes after it, or has that one answer in its place.
class Guest : public Actor {
public:
    Guest(std::uint64_t seed, std::vector<Ref<Guest>> later)
        : random_{seed}, later_{std::move(later)} {}

    void on(const Question& question, Reply<std::uint64_t> reply) {
        if (later_.empty() || random_.one_in(3)) return reply.set(question.value);
        const Ref<Guest>& next = later_[random_.below(later_.size())];
        if (random_.one_in(4)) {
            figures.forwarded.fetch_add(1);
            return next.forward(question, std::move(reply));
        }
        if (random_.one_in(3)) return reply.set(ask_several(question));
        reply.set(ask(next, question));
    }
    std::uint64_t on(const Look&) {
        if (later_.empty()) return 0;
        return ask(later_[random_.below(later_.size())], Question{random_.next()});
    }

private:
    // By tasks, some of which may ask the same one.
    std::uint64_t ask_several(const Question& question) {
        std::vector<std::function<std::uint64_t()>> tasks;
        for (int i = 0; i < 3; ++i) {
            const Ref<Guest>& next = later_[random_.below(later_.size())];
            tasks.push_back([this, &next, question] { return ask(next, question); });
        }
        return gather(tasks)[0];
    }

    std::uint64_t ask(const Ref<Guest>& next, const Question& question) {
        try {
            const auto answer = next.ask(question, random_.of<Duration>({0ms, 1ms, 10s}));
            figures.answered.fetch_add(1);
            return answer;
        } catch (const Timeout&) {
            figures.timed_out.fetch_add(1);
            return 0;
        } catch (const AskCycle& error) {
            stress_failed(error.what());
        }
    }

    Random random_;
    const std::vector<Ref<Guest>> later_;
};

class Round {
public:
    explicit Round(std::uint64_t seed)
        : random_{seed}, system_{{.runtime = {.workers = random_.of({2, 8})}}} {
        support::progress().watch([this] { return system_.dump(); });
    }
    ~Round() { support::progress().watch({}); }
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    void play() {
        close_circles();
        fill_crowd();
        require_equal(system_.stats().long_walks, std::uint64_t{0}, "walks that were given up");
        const auto report = system_.stop(StopPolicy::drain, Deadline::after(1min));
        require(report.survivors.empty(), "all actors end");
    }

private:
    void close_circles() {
        std::vector<Circle> circles;
        for (std::size_t i = 0; i < circles_a_round; ++i) {
            circles.emplace_back(system_, 2 + random_.below(std::size_t{4}));
        }
        for (Circle& circle : circles) circle.close(random_);
        for (Circle& circle : circles) circle.settle();
    }

    void fill_crowd() {
        std::vector<Ref<Guest>> guests;
        for (std::size_t i = 0; i < crowd_size; ++i) {
            guests.insert(guests.begin(), system_.spawn<Guest>(random_.next(), guests));
        }
        std::vector<Future<std::uint64_t>> looks;
        for (int i = 0; i < asks_a_round; ++i) {
            looks.push_back(guests[random_.below(guests.size())].request(Look{}));
        }
        for (auto& look : looks) (void)look.get();
    }

    Random random_;
    System system_;
};

}  // namespace

}  // namespace greenroom::stress

int main(int argc, char** argv) {
    using namespace greenroom::stress;
    greenroom::support::play_stress<Round>(argc, argv,
                                           {{"circles", &figures.circles},
                                            {"their calls", &figures.calls},
                                            {"by tasks", &figures.by_tasks},
                                            {"answered", &figures.answered},
                                            {"timed out", &figures.timed_out},
                                            {"forwarded", &figures.forwarded}});
}
