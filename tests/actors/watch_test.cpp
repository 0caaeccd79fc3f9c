// Watching: who hears of an end, when, and how often.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class WatchTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(WatchTest);

std::vector<Down> downs_of(const Ref<Watcher>& watcher, std::size_t count) {
    support::until([&] { return watcher.ask(Downs{}).size() >= count; });
    return watcher.ask(Downs{});
}

}  // namespace

TEST_P(WatchTest, DownTellsWhoEndedAndHow) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        auto stopped = stage.system.spawn<Listener>();
        auto killed = stage.system.spawn<Listener>();
        auto failed = stage.system.spawn<Listener>();
        auto of_stopped = stage.system.spawn<Watcher>(stopped);
        auto of_killed = stage.system.spawn<Watcher>(killed);
        auto of_failed = stage.system.spawn<Watcher>(failed);
        stopped.stop();
        killed.kill();
        failed.tell(Fail{});
        EXPECT_EQ(downs_of(of_stopped, 1)[0].reason.kind, ExitKind::stopped);
        EXPECT_EQ(downs_of(of_killed, 1)[0].reason.kind, ExitKind::killed);
        const Down down = downs_of(of_failed, 1)[0];
        EXPECT_TRUE(down.reason.is_failure());
        EXPECT_THAT(to_string(down.reason), testing::HasSubstr("failed: no luck, in handling"));
        EXPECT_EQ(down.actor, failed.id());
        EXPECT_THAT(down.name, testing::HasSubstr("Listener"));
    });
}

TEST_P(WatchTest, SetOnAnActorThatHasEndedSendsDownAtOnce) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        auto killed = stage.system.spawn<Listener>();
        auto failed = stage.system.spawn<Listener>();
        killed.kill();
        failed.tell(Fail{});
        support::until([&] { return stage.system.stats().actors == 0; });
        auto of_killed = stage.system.spawn<Watcher>(killed);
        auto of_failed = stage.system.spawn<Watcher>(failed);
        EXPECT_EQ(downs_of(of_killed, 1)[0].reason.kind, ExitKind::killed);
        EXPECT_EQ(downs_of(of_killed, 1)[0].actor, killed.id());
        EXPECT_TRUE(downs_of(of_failed, 1)[0].reason.is_failure());
    });
}

TEST_P(WatchTest, SetTwiceSendsTwo) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        auto watcher = stage.system.spawn<Watcher>(listener, 2);
        listener.kill();
        EXPECT_EQ(downs_of(watcher, 2).size(), 2U);
    });
}

TEST_P(WatchTest, AllWatchersHear) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        std::vector<Ref<Watcher>> watchers;
        for (int i = 0; i < 10; ++i) watchers.push_back(stage.system.spawn<Watcher>(listener));
        listener.stop();
        for (const Ref<Watcher>& watcher : watchers) EXPECT_EQ(downs_of(watcher, 1).size(), 1U);
    });
}

struct Told {};

class Heir : public Actor {
public:
    void on(Number) { ++told_; }
    void on(const Down&) { told_before_down_ = told_; }
    void on(const Ref<Listener>& watched) { watch(this, watched); }
    void on(const Hold& hold) { hold.wait(); }
    int on(Told) { return told_before_down_; }

private:
    int told_ = 0;
    int told_before_down_ = -1;
};

struct Bequeath {
    Ref<Heir> heir;
    int count;
};

class Testator : public Listener {
public:
    using Listener::on;
    void on(const Bequeath& what) {
        for (int i = 0; i < what.count; ++i) what.heir.tell(Number{i});
        heir_ = what.heir;
        stop();
    }
    void on_stop(const ExitReason&) override { heir_.tell(Number{-1}); }

private:
    Ref<Heir> heir_;
};

TEST_P(WatchTest, DownComesAfterAllThatTheDeadActorHadSent) {
    play([](SystemStage& stage) {
        const int rounds = stage.times(200);
        for (int round = 0; round < rounds; ++round) {
            auto heir = stage.system.spawn<Heir>();
            auto testator = stage.system.spawn<Testator>();
            heir.ask(Ref<Listener>{testator});
            testator.tell(Bequeath{heir, 5});
            support::until([&] { return heir.ask(Told{}) >= 0; });
            EXPECT_EQ(heir.ask(Told{}), 6);
        }
    });
}

// Property  Watch meets end: exactly one Down, whichever is first.
TEST_P(WatchTest, ThatRacesWithTheEndSendsExactlyOneDown) {
    play([](SystemStage& stage) {
        const int rounds = stage.times(300);
        for (int round = 0; round < rounds; ++round) {
            auto listener = stage.system.spawn<Listener>();
            auto ender = stage.spawn([listener] { listener.stop(); });
            auto watcher = stage.system.spawn<Watcher>(listener);
            EXPECT_EQ(downs_of(watcher, 1).size(), 1U);
            ender.get();
            support::until([&] { return listener.has_ended(); });
            EXPECT_EQ(watcher.ask(Downs{}).size(), 1U);
            watcher.stop();
        }
    });
}

TEST_P(WatchTest, AWatcherThatEndsFirstHarmsNobody) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        auto watcher = stage.system.spawn<Watcher>(listener);
        auto other = stage.system.spawn<Watcher>(listener);
        other.ask(Number{1});
        watcher.ask(Number{1});
        watcher.kill();
        support::until([&] { return stage.system.stats().actors == 2; });
        listener.kill();
        EXPECT_EQ(downs_of(other, 1).size(), 1U);
    });
}

// Property  An actor that lives long keeps nothing of those who had watched it and have ended.
TEST_P(WatchTest, WatchersThatComeAndGoLeaveNothingBehind) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        const int count = stage.times(1000);
        for (int i = 0; i < count; ++i) {
            auto watcher = stage.system.spawn<Watcher>(listener, 3);
            EXPECT_TRUE(watcher.ask(Downs{}).empty());  // it watches by now
            i % 2 == 0 ? watcher.stop() : watcher.kill();
        }
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_EQ(listener.cell()->watcher_count(), 0U);
    });
}

// Property  Whichever end comes first, the news is handled, or nobody keeps it.
TEST_P(WatchTest, TheEndsOfWatcherAndWatchedMeet) {
    play([](SystemStage& stage) {
        const int rounds = stage.times(1000);
        for (int round = 0; round < rounds; ++round) {
            auto listener = stage.system.spawn<Listener>();
            auto watcher = stage.system.spawn<Watcher>(listener, 2);
            EXPECT_LE(watcher.ask(Downs{}).size(), 2U);
            auto one = stage.spawn([listener] { listener.stop(); });
            watcher.kill();
            one.get();
            support::until([&] { return stage.system.stats().actors == 0; });
        }
    });
}

TEST_P(WatchTest, AnActorMayWatchItsChild) {
    play([](SystemStage& stage) {
        class Parent : public Actor {
        public:
            explicit Parent(std::atomic<int>& heard) : heard_{heard} {}
            void on_start() override {
                auto child = spawn<Listener>();
                watch(this, child);
                child.stop();
            }
            void on(Down) {
                heard_.fetch_add(1);
                stop();
            }

        private:
            std::atomic<int>& heard_;
        };
        std::atomic<int> heard{0};
        stage.system.spawn<Parent>(heard);
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(heard.load(), 1);
    });
}

}  // namespace greenroom
