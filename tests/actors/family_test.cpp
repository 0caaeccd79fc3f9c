// Families: parents, children, and the end of a whole system.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/sleep.hpp>
#include <mutex>
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
using support::with_grace;
using testing::ElementsAre;

class FamilyTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(FamilyTest);

// Who ended, in order. The mutex is never held across a suspension.
struct Obituary {
    std::mutex mutex;
    std::vector<std::string> names;

    void add(const std::string& name) {
        const std::lock_guard held(mutex);
        names.push_back(name);
    }
    std::vector<std::string> all() {
        const std::lock_guard held(mutex);
        return names;
    }
};

struct MakeChild {
    std::string name;
};
struct Nap {};

class Member : public Actor {
public:
    Member(std::string name, Obituary& obituary, std::atomic<int>& handled)
        : name_{std::move(name)}, obituary_{obituary}, handled_{handled} {}
    ~Member() override { obituary_.add("~" + name_); }

    Ref<Member> on(const MakeChild& child) {
        return spawn<Member>(child.name, obituary_, handled_);
    }
    void on(Number) {
        yield();
        handled_.fetch_add(1);
    }
    void on(Nap) { sleep_for(10h); }
    int on(Fail) { throw std::runtime_error("no luck"); }
    void on_stop(const ExitReason&) override { obituary_.add(name_); }

private:
    const std::string name_;
    Obituary& obituary_;
    std::atomic<int>& handled_;
};

struct Three {
    Ref<Member> parent;
    Ref<Member> child;
    Ref<Member> grandchild;
};

Three make_three(System& system, Obituary& obituary, std::atomic<int>& handled) {
    auto parent = system.spawn<Member>("a", obituary, handled);
    auto child = parent.ask(MakeChild{"b"});
    auto grandchild = child.ask(MakeChild{"c"});
    return {parent, child, grandchild};
}

void until_all_ended(SystemStage& stage) {
    support::until([&] { return stage.system.stats().actors == 0; });
}

}  // namespace

TEST_P(FamilyTest, ChildrenEndBeforeTheirParents) {
    play([](SystemStage& stage) {
        Obituary obituary;
        std::atomic<int> handled{0};
        const Three three = make_three(stage.system, obituary, handled);
        three.parent.stop();
        until_all_ended(stage);
        EXPECT_THAT(obituary.all(), ElementsAre("c", "~c", "b", "~b", "a", "~a"));
    });
}

TEST_P(FamilyTest, AFailingParentTakesItsChildrenAlong) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Obituary obituary;
        std::atomic<int> handled{0};
        const Three three = make_three(stage.system, obituary, handled);
        EXPECT_THROW(three.parent.ask(Fail{}), HandlerFailed);
        until_all_ended(stage);
        EXPECT_THAT(obituary.all(), ElementsAre("c", "~c", "b", "~b", "a", "~a"));
        EXPECT_EQ(stage.system.stats().failures, 1U);
    });
}

TEST_P(FamilyTest, AFailingChildLeavesItsParentAlone) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Obituary obituary;
        std::atomic<int> handled{0};
        const Three three = make_three(stage.system, obituary, handled);
        EXPECT_THROW(three.child.ask(Fail{}), HandlerFailed);
        support::until([&] { return stage.system.stats().actors == 1; });
        three.parent.ask(Number{1});
        EXPECT_EQ(handled.load(), 1);
        three.parent.kill();
        until_all_ended(stage);
    });
}

TEST_P(FamilyTest, AKillGoesDownTheTree) {
    play([](SystemStage& stage) {
        Obituary obituary;
        std::atomic<int> handled{0};
        const Three three = make_three(stage.system, obituary, handled);
        for (const auto& member : {three.parent, three.child, three.grandchild}) member.tell(Nap{});
        stage.until_waiting("sleep", 3);
        three.parent.kill();
        until_all_ended(stage);
    });
}

TEST_P(FamilyTest, AKillReachesTheChildrenOfOneThatIsStoppingAlready) {
    play(
        [](SystemStage& stage) {
            Obituary obituary;
            std::atomic<int> handled{0};
            const Three three = make_three(stage.system, obituary, handled);
            three.grandchild.tell(Nap{});
            stage.until_waiting("sleep", 1);
            three.parent.stop();
            support::until([&] { return three.grandchild.has_ended(); });
            three.parent.kill();
            until_all_ended(stage);
        },
        with_grace(10h));
}

TEST_P(FamilyTest, AStopReachesTheChildrenOfOneThatIsDraining) {
    play(
        [](SystemStage& stage) {
            class Busy : public Actor {
            public:
                explicit Busy(Event& begun) : begun_{begun} {}
                void on(Number) {
                    begun_.set();
                    self(this).tell(Number{});
                }

            private:
                Event& begun_;
            };
            class Parent : public Actor {
            public:
                explicit Parent(Event& begun) : begun_{begun} {}
                void on_start() override { spawn<Busy>(begun_).tell(Number{}); }

            private:
                Event& begun_;
            };
            Event begun;
            auto parent = stage.system.spawn<Parent>(begun);
            begun.wait();
            parent.stop_when_drained();
            support::until([&] { return parent.has_ended(); });
            parent.stop();
            until_all_ended(stage);
        },
        with_grace(10h), 5);
}

TEST_P(FamilyTest, TheGraceIsOneForTheWholeSubtree) {
    play(
        [](SystemStage& stage) {
            Obituary obituary;
            std::atomic<int> handled{0};
            const Three three = make_three(stage.system, obituary, handled);
            for (const auto& member : {three.parent, three.child, three.grandchild})
                member.tell(Nap{});
            stage.until_waiting("sleep", 3);
            const TimePoint begun = Deadline::after(0s).at();
            three.parent.stop();
            until_all_ended(stage);
            const Duration taken = Deadline::after(0s).at() - begun;
            EXPECT_GE(taken, 50ms);
            EXPECT_TRUE(!stage.simulated || taken < 100ms) << "a grace for each generation";
        },
        with_grace(50ms), 10);
}

TEST_P(FamilyTest, AStoppingActorSpawnsNoChild) {
    play([](SystemStage& stage) {
        class Late : public Actor {
        public:
            explicit Late(std::atomic<int>& refused) : refused_{refused} {}
            void on_stop(const ExitReason&) override {
                try {
                    spawn<Listener>();
                } catch (const Error& error) {
                    if (error.code() == Errc::stopping) refused_.fetch_add(1);
                }
            }

        private:
            std::atomic<int>& refused_;
        };
        std::atomic<int> refused{0};
        stage.system.spawn<Late>(refused).stop();
        until_all_ended(stage);
        EXPECT_EQ(refused.load(), 1);
    });
}

// Property  A child spawned while its system stops lives and ends with it, or is refused.
TEST_P(FamilyTest, SpawnsThatRaceWithTheStopAreDoneOrRefused) {
    play([](SystemStage& stage) {
        std::atomic<int> refused{0};
        std::atomic<bool> stopped{false};
        auto spawner = stage.thread([&] {
            while (!stopped.load()) {
                try {
                    stage.system.spawn<Listener>().tell(Number{1});
                } catch (const Error&) {
                    refused.fetch_add(1);
                }
                yield();
            }
        });
        for (int i = 0; i < 3; ++i) yield();
        EXPECT_TRUE(stage.system.stop(StopPolicy::now, Deadline::after(1h)).clean);
        support::until([&] { return refused.load() > 0; });
        stopped.store(true);
        spawner.reset();
        EXPECT_EQ(stage.system.stats().actors, 0U);
    });
}

TEST_P(FamilyTest, ASystemThatDrainsHandlesWhatIsQueuedAlsoForChildren) {
    play([](SystemStage& stage) {
        Obituary obituary;
        std::atomic<int> handled{0};
        const Three three = make_three(stage.system, obituary, handled);
        for (int i = 0; i < 10; ++i) {
            for (const auto& member : {three.parent, three.child, three.grandchild}) {
                member.tell(Number{i});
            }
        }
        const StopReport report = stage.system.stop(StopPolicy::drain, Deadline::after(1h));
        EXPECT_TRUE(report.clean);
        EXPECT_EQ(handled.load(), 30);
        EXPECT_EQ(stage.system.stats().dead_letters, 0U);
        EXPECT_THAT(obituary.all(), ElementsAre("c", "~c", "b", "~b", "a", "~a"));
    });
}

TEST_P(FamilyTest, ASystemThatStopsNowLeavesTheRestUnhandled) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        Event begun;
        Event go_on;
        Event left;
        listener.tell(Hold{begun, go_on, &left});
        begun.wait();
        for (int i = 0; i < 5; ++i) listener.tell(Number{i});
        auto opener = stage.thread([&] {
            support::until([&] { return listener.has_ended(); });
            go_on.set();
        });
        EXPECT_TRUE(stage.system.stop(StopPolicy::now, Deadline::after(1h)).clean);
        EXPECT_EQ(stage.system.stats().dead_letters, 5U);
    });
}

// Property  The deadline of the stop counts, not the grace of one actor.
TEST_P(FamilyTest, ASystemGivesItsActorsTimeUntilTheDeadline) {
    play(
        [](SystemStage& stage) {
            std::atomic<int> handled{0};
            Event begun;
            class Patient : public Actor {
            public:
                Patient(std::atomic<int>& done, Event& begun) : done_{done}, begun_{begun} {}
                void on(Nap) {
                    begun_.set();
                    sleep_for(20ms);
                    done_.fetch_add(1);
                }

            private:
                std::atomic<int>& done_;
                Event& begun_;
            };
            auto patient = stage.system.spawn<Patient>(handled, begun);
            patient.tell(Nap{});
            begun.wait();
            EXPECT_TRUE(stage.system.stop(StopPolicy::drain, Deadline::after(1h)).clean);
            EXPECT_EQ(handled.load(), 1);
        },
        with_grace(2ms), 5);
}

TEST_P(FamilyTest, AtTheDeadlineWhatIsLeftIsKilledAndNamed) {
    play([](SystemStage& stage) {
        Obituary obituary;
        std::atomic<int> handled{0};
        const Three three = make_three(stage.system, obituary, handled);
        three.grandchild.tell(Nap{});
        three.grandchild.tell(Number{1});
        stage.until_waiting("sleep", 1);
        const StopReport report = stage.system.stop(StopPolicy::drain, Deadline::after(5ms));
        EXPECT_FALSE(report.clean);
        EXPECT_GE(report.killed, 1U);
        EXPECT_TRUE(report.survivors.empty());
        EXPECT_THAT(report.late.back(), testing::HasSubstr("Member"));
        EXPECT_EQ(handled.load(), 0);
        EXPECT_EQ(stage.system.stats().actors, 0U);
    });
}

TEST_P(FamilyTest, WhoRefusesToEndIsNamedAsASurvivor) {
    play([](SystemStage& stage) {
        class Masked : public Actor {
        public:
            void on(const Hold& hold) {
                const CancellationMask mask;
                hold.wait();
            }
        };
        auto masked = stage.system.spawn<Masked>();
        Event begun;
        Event go_on;
        Event left;
        masked.tell(Hold{begun, go_on, &left});
        begun.wait();
        const StopReport report = stage.system.stop(StopPolicy::now, Deadline::after(1ms));
        EXPECT_EQ(report.survivors.size(), 1U);
        EXPECT_EQ(report.killed, 1U);
        go_on.set();
        left.wait();
    });
}

}  // namespace greenroom
