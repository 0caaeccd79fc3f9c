// State machines: entering and leaving states, their timers, and messages that are postponed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/state_machine.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>
#include <utility>
#include <variant>
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

class StateMachineTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(StateMachineTest);

enum class Light { red, green };
std::string to_text(Light light) { return light == Light::red ? "red" : "green"; }

struct Switch {};
struct Walk {
    std::string who;
};
struct Which {};

class Crossing : public StateMachine<Light> {
public:
    Crossing(Diary& diary, Duration each) : StateMachine{Light::red}, diary_{diary}, each_{each} {}

    void on_enter(const Light& light) override {
        diary_.note("+" + to_text(light));
        if (each_ > 0ns) start_state_timer(this, each_, Switch{});
    }
    void on_exit(const Light& light) override { diary_.note("-" + to_text(light)); }
    void on(Switch) { become(state() == Light::red ? Light::green : Light::red); }
    void on(const Walk& walk) {
        if (state() == Light::red) return postpone(this, walk);
        diary_.note(walk.who);
    }
    Light on(Which) { return state(); }
    void on(Fail) { throw std::runtime_error("no luck"); }

private:
    Diary& diary_;
    const Duration each_;
};

}  // namespace

TEST_P(StateMachineTest, TheFirstStateIsEnteredAndEachChangeLeavesOneAndEntersTheNext) {
    play([](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto crossing = stage.system.spawn<Crossing>(diary, 0ns);
        crossing.tell(Switch{});
        EXPECT_EQ(crossing.ask(Which{}), Light::green);
        EXPECT_THAT(diary.lines(), ElementsAre("+red", "-red", "+green"));
    });
}

TEST_P(StateMachineTest, WhatIsPostponedIsHandledInTheNextStateInOrderBeforeWhatIsNewer) {
    play([](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto crossing = stage.system.spawn<Crossing>(diary, 0ns);
        crossing.tell(Walk{"a"});
        crossing.tell(Walk{"b"});
        crossing.tell(Switch{});
        crossing.tell(Walk{"c"});
        crossing.ask(Which{});
        EXPECT_THAT(diary.lines(), ElementsAre("+red", "-red", "+green", "a", "b", "c"));
    });
}

TEST_P(StateMachineTest, AStatesTimerIsCancelledWithTheState) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        Diary diary;
        const Ending ending{stage};
        auto crossing = stage.system.spawn<Crossing>(diary, 10ms);
        stage.run([&] {
            sleep_for(6ms);
            crossing.tell(Switch{});  // and the timer begins anew
            sleep_for(8ms);
            EXPECT_EQ(crossing.ask(Which{}), Light::green);
            sleep_for(10ms);
            EXPECT_EQ(crossing.ask(Which{}), Light::red);
        });
    });
}

TEST_P(StateMachineTest, ARestartedOneIsInItsFirstState) {
    play([](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto crossing = stage.system.supervise([&diary] { return Crossing{diary, 0ns}; });
        crossing.tell(Switch{});
        crossing.tell(Fail{});
        EXPECT_EQ(crossing.ask(Which{}), Light::red);
        EXPECT_THAT(diary.lines(), ElementsAre("+red", "-red", "+green", "+red"));
    });
}

TEST_P(StateMachineTest, StatesMayBeTypesWithTheirData) {
    struct Closed {};
    struct Open {
        int visitors = 0;
    };
    using State = std::variant<Closed, Open>;
    struct Enter {};
    class Museum : public StateMachine<State> {
    public:
        Museum() : StateMachine{Closed{}} {}
        void on(Switch) {
            std::holds_alternative<Open>(state()) ? become(Closed{}) : become(Open{});
        }
        int on(Enter) {
            auto* const open = std::get_if<Open>(&state());
            return open == nullptr ? -1 : ++open->visitors;
        }
    };
    play([](SystemStage& stage) {
        auto museum = stage.system.spawn<Museum>();
        EXPECT_EQ(museum.ask(Enter{}), -1);
        museum.tell(Switch{});
        EXPECT_EQ(museum.ask(Enter{}), 1);
        EXPECT_EQ(museum.ask(Enter{}), 2);
        museum.tell(Switch{});
        museum.tell(Switch{});
        EXPECT_EQ(museum.ask(Enter{}), 1);
    });
}

TEST_P(StateMachineTest, OneThatOnEnterLeavesAtOnceIsPassedThrough) {
    class Passing : public StateMachine<int> {
    public:
        explicit Passing(Diary& diary) : StateMachine{0}, diary_{diary} {}
        void on_enter(const int& number) override {
            diary_.note("+" + std::to_string(number));
            if (number == 1) become(2);
        }
        void on_exit(const int& number) override { diary_.note("-" + std::to_string(number)); }
        void on(Switch) { become(1); }
        int on(Which) { return state(); }

    private:
        Diary& diary_;
    };
    play([](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto passing = stage.system.spawn<Passing>(diary);
        passing.tell(Switch{});
        EXPECT_EQ(passing.ask(Which{}), 2);
        EXPECT_THAT(diary.lines(), ElementsAre("+0", "-0", "+1", "-1", "+2"));
    });
}

}  // namespace greenroom
