// Messages: in the order sent, none lost, none twice, and one at a time.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class MessagesTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(MessagesTest);

struct From {
    int sender;
    int number;
};
struct Handled {};
struct OutOfOrder {};

// Counts, and checks that each sender's numbers rise one by one.
class Collector : public Actor {
public:
    void on(From from) {
        int& last = last_.at(static_cast<std::size_t>(from.sender));
        if (from.number != last + 1) ++out_of_order_;
        last = from.number;
        ++handled_;
    }
    void on(Stop) { stop(); }
    int on(Handled) { return handled_; }
    int on(OutOfOrder) { return out_of_order_; }

private:
    std::array<int, 8> last_{};
    int handled_ = 0;
    int out_of_order_ = 0;
};

struct Step {};

// Sends one number in each of its turns, and waits between them if told to.
class Sender : public Actor {
public:
    Sender(int number, int count, Ref<Collector> to, bool waits)
        : number_{number}, count_{count}, to_{std::move(to)}, waits_{waits} {}

    void on(Step) {
        if (sent_ == count_) return stop();
        to_.tell(From{number_, ++sent_});
        if (waits_) sleep_for(sent_ % 3 == 0 ? 100us : 0us);
        self(this).tell(Step{});
    }

private:
    const int number_;
    const int count_;
    const Ref<Collector> to_;
    const bool waits_;
    int sent_ = 0;
};

// Has `senders` actors send `count` messages each, and returns when all are handled.
Ref<Collector> collect(SystemStage& stage, int senders, int count, bool waits) {
    auto collector = stage.system.spawn<Collector>();
    for (int i = 0; i < senders; ++i) {
        stage.system.spawn<Sender>(i, count, collector, waits).tell(Step{});
    }
    support::until([&] { return collector.ask(Handled{}) >= senders * count; });
    return collector;
}

}  // namespace

TEST_P(MessagesTest, ThoseOfOneSenderArriveInTheOrderSent) {
    play([](SystemStage& stage) {
        auto collector = stage.system.spawn<Collector>();
        const int count = stage.times(2000);
        for (int i = 1; i <= count; ++i) collector.tell(From{0, i});
        EXPECT_EQ(collector.ask(Handled{}), count);
        EXPECT_EQ(collector.ask(OutOfOrder{}), 0);
    });
}

// Property  Actors move between workers from turn to turn; the order of each pair holds.
TEST_P(MessagesTest, ManySendersThatAreStolenKeepTheOrderOfEach) {
    play([](SystemStage& stage) {
        const int count = stage.times(500);
        auto collector = collect(stage, 8, count, false);
        EXPECT_EQ(collector.ask(Handled{}), 8 * count) << "none lost, none twice";
        EXPECT_EQ(collector.ask(OutOfOrder{}), 0);
    });
}

TEST_P(MessagesTest, ASenderThatSuspendsBetweenItsSendsKeepsTheirOrder) {
    play([](SystemStage& stage) {
        const int count = stage.times(200);
        auto collector = collect(stage, 4, count, true);
        EXPECT_EQ(collector.ask(Handled{}), 4 * count);
        EXPECT_EQ(collector.ask(OutOfOrder{}), 0);
    });
}

TEST_P(MessagesTest, PlainThreadsAreSendersLikeOthers) {
    play([](SystemStage& stage) {
        auto collector = stage.system.spawn<Collector>();
        const int count = stage.times(1000);
        {
            std::vector<std::unique_ptr<Threads::Handle>> senders;
            for (int sender = 0; sender < 3; ++sender) {
                senders.push_back(stage.thread([=] {
                    for (int i = 1; i <= count; ++i) collector.tell(From{sender, i});
                }));
            }
        }
        EXPECT_EQ(collector.ask(Handled{}), 3 * count);
        EXPECT_EQ(collector.ask(OutOfOrder{}), 0);
    });
}

// Counts into a place that outlives it.
class Counting : public Actor {
public:
    explicit Counting(std::atomic<int>& handled) : handled_{handled} {}
    void on(Number) { handled_.fetch_add(1); }
    void on(Stop) { stop(); }

private:
    std::atomic<int>& handled_;
};

// Property  What was sent = what was handled + dead letters, whenever the actor stops.
TEST_P(MessagesTest, WhatIsNotHandledByAnActorThatStopsIsADeadLetter) {
    play([](SystemStage& stage) {
        std::atomic<int> handled{0};
        auto actor = stage.system.spawn<Counting>(handled);
        const int count = stage.times(1000);
        {
            std::vector<std::unique_ptr<Threads::Handle>> senders;
            for (int sender = 0; sender < 3; ++sender) {
                senders.push_back(stage.thread([&stage, actor, count, sender] {
                    for (int i = 0; i < count; ++i) {
                        if (sender == 0 && i == count / 2) actor.tell(Stop{});
                        actor.tell(Number{i});
                        if (stage.simulated) yield();
                    }
                }));
            }
        }
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(static_cast<std::uint64_t>(handled.load()) + stage.system.stats().dead_letters,
                  static_cast<std::uint64_t>(3 * count));
    });
}

struct Enter {
    std::atomic<int>& inside;
    std::atomic<int>& worst;
};

class Alone : public Actor {
public:
    void on(const Enter& enter) {
        const int inside = enter.inside.fetch_add(1) + 1;
        if (inside > enter.worst.load()) enter.worst.store(inside);
        yield();
        ++unguarded_;  // ThreadSanitizer looks on
        enter.inside.fetch_sub(1);
    }
    int on(Handled) { return unguarded_; }

private:
    int unguarded_ = 0;
};

TEST_P(MessagesTest, HandlersOfOneActorNeverOverlap) {
    play([](SystemStage& stage) {
        std::atomic<int> inside{0};
        std::atomic<int> worst{0};
        auto actor = stage.system.spawn<Alone>();
        const int count = stage.times(300);
        {
            auto other = stage.thread([&] {
                for (int i = 0; i < count; ++i) actor.tell<Enter>(inside, worst);
            });
            for (int i = 0; i < count; ++i) actor.tell<Enter>(inside, worst);
        }
        EXPECT_EQ(actor.ask(Handled{}), 2 * count);
        EXPECT_EQ(worst.load(), 1);
    });
}

TEST_P(MessagesTest, ASuspendedHandlerLetsNoOtherMessageIn) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn<Listener>();
        Event begun;
        Event go_on;
        actor.tell(Hold{begun, go_on});
        begun.wait();
        actor.tell(Number{1});
        EXPECT_THROW(actor.ask(Numbers{}, 2ms), Timeout);
        go_on.set();
        EXPECT_EQ(actor.ask(Numbers{}), std::vector<int>{1});
    });
}

class HeldWatcher : public Watcher {
public:
    using Watcher::on;
    using Watcher::Watcher;
    void on(const Hold& hold) {
        hold.begun.set();
        hold.go_on.wait();
        heard_meanwhile_ = on(Downs{}).size();
    }
    std::size_t on(Handled) { return heard_meanwhile_; }

private:
    std::size_t heard_meanwhile_ = 9;
};

TEST_P(MessagesTest, ASuspendedHandlerLetsNoDownIn) {
    play([](SystemStage& stage) {
        auto watched = stage.system.spawn<Listener>();
        auto watcher = stage.system.spawn<HeldWatcher>(watched);
        Event begun;
        Event go_on;
        watcher.tell(Hold{begun, go_on});
        begun.wait();
        watched.kill();
        support::until([&] { return stage.system.stats().actors == 1; });
        go_on.set();
        EXPECT_EQ(watcher.ask(Handled{}), 0U);
        EXPECT_EQ(watcher.ask(Downs{}).size(), 1U);
    });
}

}  // namespace greenroom
