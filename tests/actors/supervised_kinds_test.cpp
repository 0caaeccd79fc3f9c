// Processes and sets of functions that are supervised: what a restart makes anew of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::SystemStage;

class SupervisedKindsTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(SupervisedKindsTest);

struct Fail {};
struct Count {};
struct End {};
struct EndChild {};

using Counter = Protocol<void(Fail), int(Count), void(End)>;

// Counts from what it was made with; both kinds.
auto counting_process(int from) {
    return [from](Process& self) mutable {
        bool goes_on = true;
        while (goes_on) {
            self.receive([](Fail) { throw std::runtime_error{"as told"}; },
                         [&](Count) { return ++from; }, [&](End) { goes_on = false; });
        }
    };
}
template <class Spawn>
Ref<Counter> counting_set(int from, const Spawn& spawn) {
    return spawn([](Fail) { throw std::runtime_error{"as told"}; },
                 [from](Count) mutable { return ++from; },
                 [](FunctionalActor& self, End) { self.stop(); });
}

// A child of each kind: of the system's, and of an actor's.
template <class Spawner>
Ref<Counter> process_of(Spawner& spawner, const ChildOptions& options) {
    return spawner.template supervise_process<Fail, int(Count), End>(counting_process(5), options);
}
template <class Spawner>
Ref<Counter> set_of(Spawner& spawner, const ChildOptions& options) {
    return counting_set(
        5, [&](auto... each) { return spawner.supervise_functional(options, each...); });
}

// Each Count is behind what came before: the restart is over when it is answered.
void expect_restarts(const Ref<Counter>& child) {
    EXPECT_EQ(child.ask(Count{}), 6);
    EXPECT_EQ(child.ask(Count{}), 7);
    child.tell(Fail{});
    EXPECT_EQ(child.ask(Count{}), 6);
}

}  // namespace

TEST_P(SupervisedKindsTest, AFailureBeginsThemAnewAsTheyWereGiven) {
    play([](SystemStage& stage) {
        expect_restarts(process_of(stage.system, {}));
        expect_restarts(set_of(stage.system, {}));
    });
}

TEST_P(SupervisedKindsTest, OneThatEndsByItselfIsBegunAnewAsItsRestartSays) {
    play([](SystemStage& stage) {
        for (const auto make : {&process_of<System>, &set_of<System>}) {
            const auto permanent = make(stage.system, {});
            EXPECT_EQ(permanent.ask(Count{}), 6);
            permanent.tell(End{});
            EXPECT_EQ(permanent.ask(Count{}), 6);
            const auto transient = make(stage.system, {.restart = Restart::transient});
            transient.tell(End{});
            support::until([&] { return transient.has_ended(); });
            stage.system.stop_child(permanent);
            support::until([&] { return permanent.has_ended(); });
        }
    });
}

// A process is up when it begins, though its function goes on: the next of its round need not wait.
TEST_P(SupervisedKindsTest, ProcessesComeUpWithTheOthersOfTheirRound) {
    class Parent : public Actor {
    public:
        void on_start() override {
            for (Ref<Counter>& child : children_) child = process_of(*this, {});
        }
        std::vector<Ref<Counter>> on(Count) { return children_; }
        using Actor::supervise_process;

    private:
        std::vector<Ref<Counter>> children_ = std::vector<Ref<Counter>>(3);
    };
    play([](SystemStage& stage) {
        for (const Strategy strategy : {Strategy::all_for_one, Strategy::rest_for_one}) {
            auto parent = stage.system.spawn_with<Parent>({.supervision = {.strategy = strategy}});
            const auto children = parent.ask(Count{});
            for (const auto& child : children) EXPECT_EQ(child.ask(Count{}), 6);
            children[1].tell(Fail{});
            EXPECT_EQ(children[1].ask(Count{}), 6);
            EXPECT_EQ(children[2].ask(Count{}), 6);
            EXPECT_EQ(children[0].ask(Count{}), strategy == Strategy::all_for_one ? 6 : 7);
        }
    });
}

TEST_P(SupervisedKindsTest, ATimerOfTheOldComesNotToTheNew) {
    struct Start {};
    struct Tick {
        int of;
    };
    struct Ticks {};
    play([](SystemStage& stage) {
        const auto timers = std::make_shared<std::vector<ActorTimer>>();
        const auto ticks = std::make_shared<std::vector<int>>();
        const auto child = stage.system.supervise_functional(
            {},
            [timers](FunctionalActor& self, Start) {
                const bool fails = timers->empty();
                timers->push_back(self.start_periodic_timer(1ms, Tick{fails ? 1 : 2}));
                if (fails) throw std::runtime_error{"as told"};
            },
            [ticks](Tick tick) { ticks->push_back(tick.of); }, [ticks](Ticks) { return *ticks; });
        child.tell(Start{});  // it fails, and its timer is due before that of the next
        child.tell(Start{});
        std::vector<int> came;
        support::until([&] {
            came = child.ask(Ticks{});
            return came.size() >= 3;
        });
        EXPECT_THAT(came, testing::Each(2));
        stage.system.stop_child(child);
        // What the functions hold goes with the actor, though the Ref stays.
        support::until([&] { return timers.use_count() == 1; });
    });
}

// Also of one that ends while it has no object, which is to be made anew.
TEST_P(SupervisedKindsTest, WhatItIsMadeOfEndsBeforeItsEndIsTold) {
    play([](SystemStage& stage) {
        struct Captured {
            bool& is_gone;
            ~Captured() {
                sleep_for(1ms);
                is_gone = true;
            }
        };
        for (const bool comes_up_again : {false, true}) {
            bool is_gone = false;
            bool was_gone = false;
            Event told;
            const auto watcher = stage.system.spawn_functional(
                [](FunctionalActor& self, AnyRef whom) { self.watch(whom); },
                [&](const Down&) {
                    was_gone = is_gone;
                    told.set();
                });
            const auto child = stage.system.supervise_functional(
                {}, [held = std::shared_ptr<Captured>{new Captured{is_gone}}](Fail) {
                    throw std::runtime_error{"as told"};
                });
            watcher.ask(AnyRef{child});
            if (comes_up_again) child.tell(Fail{});
            stage.system.stop_child(child);
            told.wait();
            EXPECT_TRUE(was_gone);
        }
    });
}

TEST_P(SupervisedKindsTest, TheyAreChildrenOfAnyKind) {
    play([](SystemStage& stage) {
        const auto serves_by = [](auto& self, auto make, std::optional<Ref<Counter>>& child) {
            child = make(self);
            expect_restarts(*child);
            self.stop_child(*child);
            support::until([&] { return child->has_ended(); });
        };
        std::optional<Ref<Counter>> child;
        const auto of_a_set = stage.system.spawn_functional([&](FunctionalActor& self, Count) {
            serves_by(
                self, [](auto& me) { return process_of(me, {}); }, child);
            serves_by(
                self, [](auto& me) { return set_of(me, {}); }, child);
            return 1;
        });
        EXPECT_EQ(of_a_set.ask(Count{}), 1);
        const auto of_a_process = stage.system.spawn_process<int(Count)>([&](Process& self) {
            self.receive([&](Count) {
                serves_by(
                    self, [](auto& me) { return process_of(me, {}); }, child);
                serves_by(
                    self, [](auto& me) { return set_of(me, {}); }, child);
                return 2;
            });
        });
        EXPECT_EQ(of_a_process.ask(Count{}), 2);
    });
}

TEST_P(SupervisedKindsTest, EachHasAReferenceToItself) {
    play([](SystemStage& stage) {
        const auto set =
            stage.system.spawn_functional([](FunctionalActor& self, Count) { return self.self(); });
        EXPECT_EQ(set.ask(Count{}), AnyRef{set});
        const auto process = stage.system.spawn_process<AnyRef(Count)>(
            [](Process& self) { self.receive([&](Count) { return self.self(); }); });
        EXPECT_EQ(process.ask(Count{}), AnyRef{process});
    });
}

}  // namespace greenroom
