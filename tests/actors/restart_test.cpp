// Restarts: what a new object keeps of the old one, and what the old one leaves behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <vector>

#include "cast.hpp"
#include "diary.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;
using testing::IsEmpty;

class RestartTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(RestartTest);

// What several incarnations count together.
struct Counts {
    std::atomic<int> made{0};
    std::atomic<int> started{0};
    std::atomic<int> restarted{0};
    std::atomic<int> stopped{0};
    std::atomic<int> destroyed{0};
};

class Counted : public Listener {
public:
    explicit Counted(Counts& counts) : counts_{counts} { ++counts_.made; }
    ~Counted() override { ++counts_.destroyed; }

    using Listener::on;
    void on_start() override { ++counts_.started; }
    void on_restart(const ExitReason& why) override {
        ++counts_.restarted;
        why_ = why;
    }
    void on_stop(const ExitReason&) override { ++counts_.stopped; }
    ExitReason on(Downs) { return why_; }

private:
    Counts& counts_;
    ExitReason why_;
};

Ref<Counted> counted(SystemStage& stage, Counts& counts, const ChildOptions& options = {}) {
    return stage.system.supervise([&counts] { return Counted{counts}; }, options);
}

}  // namespace

TEST_P(RestartTest, TheNewObjectsFirstHookIsOnRestartWithTheReason) {
    play([](SystemStage& stage) {
        Counts counts;
        const Ending ending{stage};
        auto actor = counted(stage, counts);
        EXPECT_THROW(actor.ask(Fail{}), HandlerFailed);
        const ExitReason why = actor.ask(Downs{});
        EXPECT_EQ(why.kind, ExitKind::failed);
        EXPECT_THAT(why.what, testing::HasSubstr("no luck"));
        EXPECT_EQ(counts.made, 2);
        EXPECT_EQ(counts.started, 1);
        EXPECT_EQ(counts.restarted, 1);
        EXPECT_EQ(counts.stopped, 1);
        EXPECT_EQ(counts.destroyed, 1);
    });
}

TEST_P(RestartTest, TheFailedMessageIsGoneAndTheAsksBehindItAreAnsweredByTheNewObject) {
    play([](SystemStage& stage) {
        Counts counts;
        const Ending ending{stage};
        auto actor = counted(stage, counts);
        Event begun;
        Event go_on;
        actor.tell(Number{1});
        actor.tell(Hold{begun, go_on});
        begun.wait();
        auto failing = stage.spawn([&] { EXPECT_THROW(actor.ask(Fail{}), HandlerFailed); });
        go_on.set();
        failing.get();
        actor.tell(Number{2});
        EXPECT_THAT(actor.ask(Numbers{}), ElementsAre(2));
        EXPECT_EQ(stage.system.stats().dead_letters, 0u);
    });
}

TEST_P(RestartTest, WatchersHearNothingOfItAndTheNameStays) {
    play([](SystemStage& stage) {
        Counts counts;
        const Ending ending{stage};
        auto actor = counted(stage, counts, {.restart = Restart::transient});
        stage.system.register_name("counted", actor);
        auto watcher = stage.system.spawn<Watcher>(Ref<Actor>{actor});
        watcher.ask(Downs{});
        actor.tell(Fail{});
        EXPECT_THAT(actor.ask(Numbers{}), IsEmpty());
        EXPECT_THAT(watcher.ask(Downs{}), IsEmpty());
        EXPECT_EQ(stage.system.find<Counted>("counted"), actor);
        actor.tell(Stop{});
        support::until([&] { return watcher.ask(Downs{}).size() == 1; });
    });
}

TEST_P(RestartTest, ChildrenTimersAndRequestsOfTheOldObjectAreForgotten) {
    struct Begin {};
    struct Tick {};
    struct Ticks {};
    class Owner : public Actor {
    public:
        explicit Owner(Ref<Listener> slow) : slow_{std::move(slow)} {}
        Ref<Listener> on(Begin) {
            ticker_ = start_periodic_timer(this, 10ms, Tick{});
            slow_.request(Numbers{}).then([this](const std::vector<int>&) { ++ticks_; });
            return spawn<Listener>();
        }
        void on(Tick) { ++ticks_; }
        void on(Fail) { throw std::runtime_error("no luck"); }
        int on(Ticks) { return ticks_; }

    private:
        const Ref<Listener> slow_;
        ActorTimer ticker_;
        int ticks_ = 0;
    };
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        Event begun;
        Event go_on;
        const Ending ending{stage};
        auto slow = stage.system.spawn<Listener>();
        slow.tell(Hold{begun, go_on});
        auto owner = stage.system.supervise([slow] { return Owner{slow}; });
        auto child = owner.ask(Begin{});
        owner.tell(Fail{});
        EXPECT_EQ(owner.ask(Ticks{}), 0);
        EXPECT_TRUE(child.has_ended());
        go_on.set();
        slow.ask(Numbers{});
        stage.run([] { sleep_for(1s); });
        EXPECT_EQ(owner.ask(Ticks{}), 0);
    });
}

TEST_P(RestartTest, AKilledOneIsRestartedOutOfItsWait) {
    play([](SystemStage& stage) {
        Counts counts;
        const Ending ending{stage};
        Event begun;
        Event never;
        Event left;
        auto actor = counted(stage, counts, {.restart = Restart::transient});
        actor.tell(Hold{begun, never, &left});
        begun.wait();
        actor.tell(Number{3});
        const TimePoint then = Deadline::after(0ns).at();
        actor.kill();
        left.wait();
        if (stage.simulated) {
            EXPECT_LT(Deadline::after(0ns).at() - then, 1s);  // no grace
        }
        EXPECT_THAT(actor.ask(Numbers{}), ElementsAre(3));
        EXPECT_EQ(counts.restarted, 1);
    });
}

TEST_P(RestartTest, AHookThatDoesNotEndIsCancelledWhenTheGraceIsOver) {
    class Clinging : public Listener {
    public:
        explicit Clinging(Event& never) : never_{never} {}
        void on_stop(const ExitReason&) override { never_.wait(); }

    private:
        Event& never_;
    };
    play(
        [](SystemStage& stage) {
            if (!stage.simulated) return;
            Event never;
            const Ending ending{stage};
            auto actor = stage.system.supervise([&never] { return Clinging{never}; });
            actor.tell(Fail{});
            EXPECT_THAT(actor.ask(Numbers{}), IsEmpty());
        },
        support::with_grace(1s));
}

TEST_P(RestartTest, OneThatCannotBeMadeAnewIsTriedAgainUntilItIsTooOften) {
    play([](SystemStage& stage) {
        Counts counts;
        const Ending ending{stage};
        bool fails = false;
        std::atomic<int> tries{0};
        auto actor = stage.system.supervise([&] {
            if (fails && ++tries > 0) throw std::runtime_error("no desk");
            return Counted{counts};
        });
        auto watcher = stage.system.spawn<Watcher>(Ref<Actor>{actor});
        watcher.ask(Downs{});
        fails = true;
        actor.tell(Fail{});
        support::until([&] { return !watcher.ask(Downs{}).empty(); });
        const Down down = watcher.ask(Downs{})[0];
        EXPECT_EQ(down.reason.kind, ExitKind::failed);
        EXPECT_THAT(down.reason.what, testing::HasSubstr("no desk"));
        EXPECT_EQ(tries, 3);
        EXPECT_EQ(counts.stopped, 1);
        EXPECT_EQ(counts.destroyed, 1);
    });
}

TEST_P(RestartTest, WhatBecomesTooOftenIsTheGrandparentsToRestart) {
    struct ChildOf {};
    class Middle : public Actor {
    public:
        void on_start() override {
            child_ = supervise([] { return Listener{}; });
        }
        Ref<Listener> on(ChildOf) { return child_; }

    private:
        Ref<Listener> child_;
    };
    play([](SystemStage& stage) {
        const Ending ending{stage};
        ChildOptions none;
        none.actor.supervision.restarts_max = 0;
        auto middle = stage.system.supervise([] { return Middle{}; }, none);
        auto first = middle.ask(ChildOf{});
        first.tell(Fail{});
        support::until([&] { return first.has_ended(); });
        auto second = middle.ask(ChildOf{});
        EXPECT_NE(first, second);
        EXPECT_THAT(second.ask(Numbers{}), IsEmpty());
    });
}

TEST_P(RestartTest, TheSystemsStopEndsWhatIsBeingRestarted) {
    play([](SystemStage& stage) {
        Counts counts;
        std::vector<Ref<Counted>> actors;
        for (int i = 0; i < 10; ++i) actors.push_back(counted(stage, counts));
        auto failing = stage.spawn([&] {
            for (auto& actor : actors) {
                actor.tell(Fail{});
                yield();
            }
        });
        const StopReport report = stage.system.stop(StopPolicy::now, Deadline::after(1min));
        failing.get();
        EXPECT_TRUE(report.survivors.empty());
        EXPECT_EQ(stage.system.stats().actors, 0u);
        EXPECT_EQ(counts.made.load(), counts.destroyed.load());
    });
}

}  // namespace greenroom
