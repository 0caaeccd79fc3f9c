// A look into one live actor, and what it says of itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "cast.hpp"
#include "diary.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class InspectTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(InspectTest);

struct HoldAsking {
    Ref<Listener> whom;
};
struct Defer {};

// Says how many numbers it was told; may be made to say nothing good.
class Teller : public Actor {
public:
    explicit Teller(bool fails = false) : fails_{fails} {}

    void on(Number) { ++count_; }
    void on(const Hold& hold) { hold.wait(); }
    void on(const HoldAsking& asking) { (void)asking.whom.ask(Numbers{}, 10h); }
    void on(Defer) { stash(this, Number{1}); }
    std::string on(Numbers) { return to_string(system().inspect(self(this))); }
    int on(Fail) { throw std::runtime_error("no luck"); }

    std::string on_inspect() const override {
        if (fails_) throw std::runtime_error("nothing to say");
        return std::to_string(count_) + " numbers";
    }

private:
    const bool fails_;
    int count_ = 0;
};

// Holds an actor in a handler; lets it go at the end.
template <class A>
struct Held {
    explicit Held(const Ref<A>& actor) {
        actor.tell(Hold{begun, go_on, &left});
        begun.wait();
    }
    ~Held() {
        go_on.set();
        left.wait();
    }
    Event begun;
    Event go_on;
    Event left;
};

// In its first hook it spawns two children, and listens to nobody.
class Parent : public Actor {
public:
    explicit Parent(Event& go_on) : go_on_{go_on} {}
    void on_start() override {
        for (int i = 0; i < 2; ++i) {
            (void)supervise([] { return Teller{}; }, {.restart = Restart::transient});
        }
    }
    void on(Number) {}
    void on_stop(const ExitReason&) override { go_on_.wait(); }

private:
    Event& go_on_;
};

Described described(System& system, const AnyRef& actor, Duration within) {
    return system.inspect_state(actor, Deadline::after(within)).described;
}

}  // namespace

TEST_P(InspectTest, OneThatHasNothingToDoIsIdleAndOneThatHasEndedIsEnded) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        auto watcher = stage.system.spawn<Watcher>(listener, 2);
        (void)watcher.ask(Downs{});
        (void)listener.ask(Numbers{});
        support::until([&] { return stage.system.inspect(listener).state == ActorState::idle; });
        ActorReport report = stage.system.inspect(listener);
        EXPECT_THAT(report.name, HasSubstr("Listener"));
        EXPECT_EQ(report.id, listener.id());
        EXPECT_EQ(report.watchers, 2u);
        EXPECT_EQ(report.queued + report.kept + report.children + report.incarnation, 0u);
        EXPECT_EQ(to_string(report), to_string(listener) + ": idle, 2 watchers");
        listener.stop();
        support::until([&] { return stage.system.inspect(listener).state == ActorState::ended; });
        EXPECT_EQ(described(stage.system, listener, 10s), Described::ended);
    });
}

TEST_P(InspectTest, OneWhoseHandlerWaitsIsToldWithWhatItWaitsForAndItsMailbox) {
    play([](SystemStage& stage) {
        auto teller = stage.system.spawn_with<Teller>({.mailbox = {.bound = 10}});
        teller.tell(Defer{});
        teller.tell(Defer{});
        const Held held{teller};
        for (int i = 0; i < 3; ++i) teller.tell(Number{i});
        ActorReport report;
        support::until([&] {
            report = stage.system.inspect(teller);
            return report.state == ActorState::waiting;
        });
        EXPECT_THAT(report.waits_for, AllOf(StartsWith("event at "), HasSubstr("cast.hpp:")));
        EXPECT_EQ(report.queued, 3u);
        EXPECT_EQ(report.kept, 2u);
        EXPECT_GE(report.worker, 0);
        EXPECT_EQ(report.described, Described::not_asked);
        report = stage.system.inspect_state(teller, Deadline::after(1ms));
        EXPECT_EQ(report.described, Described::not_in_time);
        EXPECT_EQ(report.state, ActorState::waiting);
        EXPECT_THAT(to_string(report), HasSubstr("not told in time"));
    });
}

TEST_P(InspectTest, OneThatAsksIsToldWithWhomItWaitsFor) {
    play([](SystemStage& stage) {
        auto mute = stage.system.spawn<Listener>();
        auto teller = stage.system.spawn<Teller>();
        const Held held{mute};
        teller.tell(HoldAsking{mute});
        ActorReport report;
        support::until([&] {
            report = stage.system.inspect(teller);
            return report.state == ActorState::waiting;
        });
        EXPECT_THAT(report.waits_for, AllOf(StartsWith("ask at "), HasSubstr("inspect_test.cpp:")));
        EXPECT_THAT(report.waits_on,
                    AllOf(StartsWith(to_string(mute) + ", with "), HasSubstr("Numbers")));
    });
}

TEST_P(InspectTest, OneThatComputesIsRunningAndWhatItHoldsUpIsScheduled) {
    play([this](SystemStage& stage) {
        if (simulated() || workers() != 1) return;
        struct Busy : Actor {
            const std::shared_ptr<std::atomic<bool>> goes_on;
            explicit Busy(std::shared_ptr<std::atomic<bool>> flag) : goes_on{std::move(flag)} {}
            void on(Number) { goes_on->wait(true); }
        };
        const auto goes_on = std::make_shared<std::atomic<bool>>(true);
        auto busy = stage.system.spawn<Busy>(goes_on);
        auto teller = stage.system.spawn<Teller>();
        busy.tell(Number{1});
        support::until([&] { return stage.system.inspect(busy).state == ActorState::running; });
        teller.tell(Number{1});
        const ActorReport report = stage.system.inspect(teller);
        EXPECT_EQ(report.state, ActorState::scheduled);
        EXPECT_THAT(report.waits_for,
                    AllOf(StartsWith("worker 0, which is in "), HasSubstr("Busy")));
        *goes_on = false;
        goes_on->notify_all();
    });
}

TEST_P(InspectTest, ItSaysWhatItWouldSayBetweenTwoMessages) {
    play([](SystemStage& stage) {
        auto teller = stage.system.spawn<Teller>();
        for (int i = 1; i <= 3; ++i) {
            teller.tell(Number{i});
            (void)teller.ask(Numbers{});
            const ActorReport report = stage.system.inspect_state(teller, Deadline::after(10s));
            EXPECT_EQ(report.described, Described::told);
            EXPECT_EQ(report.description, std::to_string(i) + " numbers");
            EXPECT_THAT(to_string(report), HasSubstr("\n  " + report.description));
        }
    });
}

TEST_P(InspectTest, ItPassesWhatIsQueued) {
    play([](SystemStage& stage) {
        auto teller = stage.system.spawn<Teller>();
        std::unique_ptr<Threads::Handle> asking;
        {
            const Held held{teller};
            for (int i = 0; i < 1'000; ++i) teller.tell(Number{i});
            asking = stage.thread([&] {
                const auto report = stage.system.inspect_state(teller, Deadline::after(1h));
                EXPECT_EQ(report.description, "0 numbers");
            });
            stage.until_waiting("event", 2);
        }
        asking.reset();
    });
}

TEST_P(InspectTest, AProcessAndAReentrantActorAreAskedWhileTheyWait) {
    play([](SystemStage& stage) {
        auto process =
            stage.system.spawn_process<Stop>([](Process& self) { self.receive([](Stop) {}); });
        auto reentrant = stage.system.spawn_with<Teller>({.reentrant = true});
        const Held held{reentrant};
        EXPECT_EQ(described(stage.system, reentrant, 10s), Described::told);
        EXPECT_EQ(described(stage.system, process, 10s), Described::told);
        support::until([&] { return stage.system.inspect(process).state == ActorState::waiting; });
        EXPECT_THAT(stage.system.inspect(process).waits_for, StartsWith("receive"));
        process.tell(Stop{});
    });
}

TEST_P(InspectTest, AskingStartsNobodyThatStartsLazily) {
    play([](SystemStage& stage) {
        struct Late : Teller {
            Event& started;
            explicit Late(Event& event) : started{event} {}
            void on_start() override { started.set(); }
        };
        Event started;
        const Ending ending{stage};
        auto late = stage.system.spawn_with<Late>({.lazy_start = true}, started);
        EXPECT_EQ(described(stage.system, late, 10s), Described::told);
        EXPECT_FALSE(started.is_set());
        late.tell(Number{1});
        started.wait();
    });
}

TEST_P(InspectTest, WhatItsHookThrowsIsToldAndEndsNobody) {
    play([](SystemStage& stage) {
        auto teller = stage.system.spawn<Teller>(true);
        const ActorReport report = stage.system.inspect_state(teller, Deadline::after(10s));
        EXPECT_EQ(report.description, "on_inspect threw: nothing to say");
        EXPECT_FALSE(teller.has_ended());
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(InspectTest, AnActorMayLookAtItself) {
    play([](SystemStage& stage) {
        auto teller = stage.system.spawn<Teller>();
        EXPECT_THAT(teller.ask(Numbers{}), StartsWith(to_string(teller) + ": running"));
    });
}

TEST_P(InspectTest, ChildrenRestartsAndAnEndThatWaitsAreTold) {
    play([](SystemStage& stage) {
        Event go_on;
        const Ending ending{stage};
        auto parent = stage.system.spawn<Parent>(go_on);
        auto again = stage.system.supervise([] { return Teller{}; });
        again.tell(Fail{});
        support::until([&] { return stage.system.inspect(again).incarnation == 1; });
        support::until([&] { return stage.system.inspect(parent).children == 2; });
        parent.stop();
        support::until([&] {
            const ActorReport report = stage.system.inspect(parent);
            return report.state == ActorState::stopping && report.waits_for.find("event at ") == 0;
        });
        go_on.set();
    });
}

TEST_P(InspectTest, OneThatIsAboutToBeMadeAnewIsRestarting) {
    SystemOptions options;
    options.supervision.backoff = {.first = 1h, .max = 1h};
    play(
        [](SystemStage& stage) {
            auto again = stage.system.supervise([] { return Teller{}; });
            again.tell(Fail{});
            support::until(
                [&] { return stage.system.inspect(again).state == ActorState::restarting; });
            EXPECT_EQ(described(stage.system, again, 1ms), Described::not_in_time);
            again.kill();
            (void)stage.system.stop(StopPolicy::now, Deadline::after(10s));
        },
        options);
}

TEST_P(InspectTest, WhoAsksWhileItEndsIsToldOneOrTheOther) {
    int told = 0;
    int ended = 0;
    play([&](SystemStage& stage) {
        for (int i = 0; i < stage.times(200) + 3; ++i) {
            auto teller = stage.system.spawn<Teller>();
            auto stopping = stage.spawn([teller] {
                yield();
                teller.stop();
            });
            Described seen{};
            do {
                seen = described(stage.system, teller, 1h);
                ASSERT_TRUE(seen == Described::told || seen == Described::ended);
                ++(seen == Described::told ? told : ended);
            } while (seen == Described::told);
            stopping.get();
        }
    });
    expect_both(told, ended);
}

TEST_P(InspectTest, ManyMayLookWhileAFamilyLivesAndIsMadeAnew) {
    int looks = 0;
    play([&](SystemStage& stage) {
        auto again = stage.system.supervise([] { return Teller{}; });
        auto failing = stage.spawn([again] {
            for (int i = 0; i < 3; ++i) {
                again.tell(Number{1});
                again.tell(Fail{});
                yield();
            }
        });
        for (int i = 0; i < stage.times(300) + 3; ++i) {
            looks += stage.system.inspect(again).name.empty() ? 0 : 1;
            yield();
        }
        failing.get();
    });
    EXPECT_GT(looks, 0);
}

TEST(InspectRefusals, NobodyAndOthersActorsAreRefusedByName) {
    System mine{{.runtime = {.workers = 1}}};
    System other{{.runtime = {.workers = 1}}};
    const auto story = [&](const AnyRef& actor) -> std::string {
        try {
            (void)mine.inspect(actor);
        } catch (const std::invalid_argument& wrong) {
            return wrong.what();
        }
        return "";
    };
    auto stranger = other.spawn<Teller>();
    EXPECT_EQ(story(AnyRef{}), "inspect: the reference is nobody's");
    EXPECT_EQ(story(stranger),
              "inspect: " + to_string(stranger) + " is of another system; ask that one");
}

TEST(InspectCallerDriven, TheDrivingThreadLooksAndDoesNotWait) {
    SystemOptions options;
    options.runtime.driven_by = DrivenBy::caller;
    System system{options};
    auto teller = system.spawn<Teller>();
    system.runtime().run_until_idle();  // this thread drives it from now on
    teller.tell(Number{1});
    EXPECT_EQ(system.inspect(teller).state, ActorState::scheduled);
    EXPECT_THROW((void)system.inspect_state(teller, Deadline::after(1h)), Error);
    system.runtime().run_until_idle();
    EXPECT_EQ(system.inspect(teller).state, ActorState::idle);
}

}  // namespace greenroom
