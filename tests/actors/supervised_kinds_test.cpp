// Processes and sets of functions that are supervised: what a restart makes anew of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <optional>
#include <stdexcept>

#include "support/on_systems.hpp"

namespace greenroom {

namespace {

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

}  // namespace greenroom
