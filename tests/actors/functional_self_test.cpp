// What a function may do by its FunctionalActor&: timers, watches, links, names, children, stash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/functional_actor.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/future.hpp>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class FunctionalSelfTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(FunctionalSelfTest);

struct Begin {};
struct Tick {};
struct Late {};
struct Get {};
struct Open {};
struct Own {
    std::unique_ptr<int> value;
};
struct Other {
    AnyRef ref;
};
struct Unlink {
    AnyRef ref;
};
struct Name {
    std::string name;
};
struct Unname {
    std::string name;
};

using Log = std::vector<std::string>;

void until_ended(const AnyRef& ref) {
    support::until([&] { return ref.has_ended(); });
}

// What `call` throws, as it must.
template <class Call>
std::string refusal(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code() == std::errc::operation_not_supported ? error.what() : "another code";
    }
    return "nothing";
}

// Fails by itself, and with those that link it.
auto spawn_linked(SystemStage& stage) {
    return stage.system.spawn_functional(
        [](FunctionalActor& self, const Other& other) { self.link(other.ref); },
        [](FunctionalActor& self, const Unlink& other) { return self.unlink(other.ref); },
        [](Fail) { throw std::runtime_error("no luck"); }, [](Get) { return 1; },
        [](FunctionalActor& self, Stop) { self.stop(); });
}

}  // namespace

// ---- Timers

TEST_P(FunctionalSelfTest, ATimersMessageComesToTheFunctionThatTakesIt) {
    play([](SystemStage& stage) {
        Promise<int> done;
        Future<int> number = done.future();
        const TimePoint begun = Deadline::after(0ns).at();
        auto actor = stage.system.spawn_functional(
            [timer = ActorTimer{}](FunctionalActor& self, Begin) mutable {
                timer = self.start_timer(10ms, Own{std::make_unique<int>(7)});
            },
            [done = std::move(done)](Own&& own) mutable { done.set(*own.value); });
        actor.tell(Begin{});
        EXPECT_EQ(number.get(), 7);
        EXPECT_GE(Deadline::after(0ns).at() - begun, 10ms);
    });
}

TEST_P(FunctionalSelfTest, APeriodicOneComesUntilItIsCancelled) {
    struct State {
        ActorTimer ticks;
        ActorTimer late;
        int count = 0;
    };
    play([](SystemStage& stage) {
        Event is_late;
        auto state = std::make_shared<State>();
        auto actor = stage.system.spawn_functional(
            [state](FunctionalActor& self, Begin) {
                state->ticks = self.start_periodic_timer(2ms, Tick{}, MissedTicks::burst);
            },
            [state](FunctionalActor& self, const Tick&) {
                if (++state->count < 3) return;
                state->ticks.cancel();
                state->late = self.start_timer(10ms, Late{});  // more would have come by then
            },
            [&is_late](Late) { is_late.set(); }, [state](Get) { return state->count; });
        state = nullptr;
        actor.tell(Begin{});
        is_late.wait();
        EXPECT_EQ(actor.ask(Get{}), 3);
    });
}

TEST_P(FunctionalSelfTest, AnIdleOneComesAgainAndAgain) {
    play([](SystemStage& stage) {
        Event heard;
        auto actor = stage.system.spawn_functional(
            [timer = ActorTimer{}](FunctionalActor& self, Begin) mutable {
                timer = self.start_idle_timer(2ms, Tick{});
            },
            [&heard, count = 0](Tick) mutable {
                if (++count == 3) heard.set();
            });
        actor.tell(Begin{});
        heard.wait();
        actor.stop();
        until_ended(actor);
    });
}

// Nobody waits for the answer.
TEST_P(FunctionalSelfTest, ATimersMessageMayBeOneThatIsAnsweredLater) {
    play([](SystemStage& stage) {
        Event heard;
        auto actor = stage.system.spawn_functional(
            [timer = ActorTimer{}](FunctionalActor& self, Begin) mutable {
                timer = self.start_timer(1ms, Get{});
            },
            [&heard](Get, Reply<int> reply) {
                heard.set();
                reply.set(1);
            });
        actor.tell(Begin{});
        heard.wait();
        EXPECT_EQ(actor.ask(Get{}), 1);
    });
}

// ---- Errors

TEST_P(FunctionalSelfTest, WhatNoFunctionTakesIsAnErrorWithTheNamesOfBoth) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn_functional(
            [](FunctionalActor& self, Begin) {
                return Log{refusal([&] { (void)self.start_timer(1ms, Tick{}); }),
                           refusal([&] { (void)self.start_periodic_timer(1ms, Tick{}); }),
                           refusal([&] { (void)self.start_idle_timer(1ms, Tick{}); }),
                           refusal([&] { self.stash(Tick{}); }),
                           refusal([&] { self.watch_name("ear"); })};
            },
            [](FunctionalActor& self, const Other& other) {
                return refusal([&] { self.watch(other.ref); });
            },
            [](const NameRegistered&) {});
        const std::string whom = " " + std::to_string(actor.id().number) + " has no function";
        const auto tells = [&](const char* what, const char* message) {
            return AllOf(HasSubstr(std::string{what} + ": "), HasSubstr("FunctionsOf<"),
                         HasSubstr(whom), HasSubstr(message));
        };
        EXPECT_THAT(actor.ask(Begin{}),
                    ElementsAre(tells("start_timer", "Tick"), tells("start_periodic_timer", "Tick"),
                                tells("start_idle_timer", "Tick"), tells("stash", "Tick"),
                                tells("watch_name", "NameFreed")));
        EXPECT_THAT(actor.ask(Other{actor}), tells("watch", "Down"));
        EXPECT_EQ(stage.system.stats().name_watches, 0u);
    });
}

// ---- Watches, links, names

TEST_P(FunctionalSelfTest, AWatchThatIsEndedIsNotTold) {
    play([](SystemStage& stage) {
        auto downs = std::make_shared<int>(0);
        auto actor = stage.system.spawn_functional(
            [](FunctionalActor& self, const Other& other) {
                const WatchId first = self.watch(other.ref);
                const WatchId second = self.watch(other.ref);
                EXPECT_NE(first, second);
                return std::vector<bool>{self.unwatch(first), self.unwatch(first)};
            },
            [downs](const Down&) { ++*downs; }, [downs](Get) { return *downs; });
        auto watched = stage.system.spawn<Listener>();
        EXPECT_THAT(actor.ask(Other{watched}), ElementsAre(true, false));
        watched.tell(Stop{});
        support::until([&] { return actor.ask(Get{}) > 0; });
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_EQ(actor.ask(Get{}), 1);
    });
}

TEST_P(FunctionalSelfTest, FailsWithWhomItIsLinkedToUnlessItIsUnlinked) {
    play([](SystemStage& stage) {
        auto failing = spawn_linked(stage);
        auto linked = spawn_linked(stage);
        auto unlinked = spawn_linked(stage);
        linked.ask(Other{failing});
        unlinked.ask(Other{failing});
        EXPECT_TRUE(unlinked.ask(Unlink{failing}));
        EXPECT_FALSE(unlinked.ask(Unlink{failing}));
        failing.tell(Fail{});
        until_ended(linked);
        EXPECT_EQ(unlinked.ask(Get{}), 1);
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_EQ(stage.system.stats().failures, 2u);
    });
}

TEST_P(FunctionalSelfTest, OneThatHasAFunctionOfLinkDownIsToldAndLivesOn) {
    play([](SystemStage& stage) {
        auto log = std::make_shared<Log>();
        auto trapping = stage.system.spawn_functional(
            [](FunctionalActor& self, const Other& other) { self.link(other.ref); },
            [log](const LinkDown& down) { log->push_back(to_string(down.reason)); },
            [log](Get) { return *log; });
        auto failing = spawn_linked(stage);
        auto stopping = spawn_linked(stage);
        trapping.ask(Other{failing});
        stopping.ask(Other{trapping});
        stopping.tell(Stop{});
        support::until([&] { return trapping.ask(Get{}).size() == 1; });
        failing.tell(Fail{});
        support::until([&] { return trapping.ask(Get{}).size() == 2; });
        EXPECT_THAT(trapping.ask(Get{}), ElementsAre("stopped", HasSubstr("failed: no luck")));
    });
}

TEST_P(FunctionalSelfTest, HearsOfANameUntilItUnwatchesIt) {
    play([](SystemStage& stage) {
        auto log = std::make_shared<Log>();
        auto actor = stage.system.spawn_functional(
            [](FunctionalActor& self, const Name& name) { self.watch_name(name.name); },
            [](FunctionalActor& self, const Unname& name) { return self.unwatch_name(name.name); },
            [log](const NameRegistered& news) { log->push_back(news.name); },
            [log](const NameFreed& news) { log->push_back(news.name + " is free"); },
            [log](Get) { return *log; });
        auto listener = stage.system.spawn<Listener>();
        stage.system.register_name("ear", listener);
        actor.ask(Name{"ear"});
        support::until([&] { return actor.ask(Get{}).size() == 1; });
        stage.system.unregister_name("ear");
        support::until([&] { return actor.ask(Get{}).size() == 2; });
        EXPECT_TRUE(actor.ask(Unname{"ear"}));
        EXPECT_FALSE(actor.ask(Unname{"ear"}));
        stage.system.register_name("ear", listener);
        EXPECT_THAT(actor.ask(Get{}), ElementsAre("ear", "ear is free"));
    });
}

TEST_P(FunctionalSelfTest, SupervisesChildrenAndEndsThemForGood) {
    play([](SystemStage& stage) {
        auto parent = stage.system.spawn_functional(
            [](FunctionalActor& self, Begin) { return self.supervise([] { return Listener{}; }); },
            [](FunctionalActor& self, const Other& child) { self.stop_child(child.ref); });
        const Ref<Listener> child = parent.ask(Begin{});
        child.ask(Number{1});
        child.tell(Fail{});
        EXPECT_TRUE(child.ask(Numbers{}).empty());
        parent.ask(Other{child});
        until_ended(child);
        support::until([&] { return stage.system.stats().actors == 1; });
    });
}

// ---- Stash

TEST_P(FunctionalSelfTest, WhatItStashedComesBeforeWhatIsNewerInOrder) {
    play([](SystemStage& stage) {
        struct State {
            bool is_open = false;
            std::vector<int> numbers;
        };
        auto state = std::make_shared<State>();
        auto gatekeeper = stage.system.spawn_functional(
            [state](FunctionalActor& self, Number it) {
                if (!state->is_open) return self.stash(it);
                state->numbers.push_back(it.value);
            },
            [state](FunctionalActor& self, Get get, Reply<std::size_t> reply) {
                if (!state->is_open) return self.stash(get, std::move(reply));
                reply.set(state->numbers.size());
            },
            [state](FunctionalActor& self, Open) {
                state->is_open = true;
                self.unstash();
            },
            [state](Numbers) { return state->numbers; });
        gatekeeper.tell(Number{1});
        gatekeeper.tell(Number{2});
        Future<std::size_t> asked = gatekeeper.request(Get{});
        gatekeeper.tell(Number{3});
        EXPECT_TRUE(gatekeeper.ask(Numbers{}).empty());
        gatekeeper.tell(Open{});
        gatekeeper.tell(Number{4});
        EXPECT_THAT(gatekeeper.ask(Numbers{}), ElementsAre(1, 2, 3, 4));
        EXPECT_EQ(asked.get(), 2u);
    });
}

TEST_P(FunctionalSelfTest, AtItsEndTheAskersOfWhatItStashedAreTold) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn_functional(
            [](FunctionalActor& self, Get get, Reply<int> reply) {
                self.stash(get, std::move(reply));
            },
            [](FunctionalActor& self, Stop) { self.stop(); });
        Future<int> asked = actor.request(Get{});
        actor.tell(Stop{});
        try {
            asked.get();
            ADD_FAILURE() << "it was answered";
        } catch (const ActorStopped& stopped) {
            EXPECT_THAT(stopped.what(), HasSubstr("functional_self_test.cpp:")) << "where it asked";
        }
    });
}

TEST_P(FunctionalSelfTest, AStashWithAReplyOfAnotherTypeIsAnErrorWithBothNames) {
    play([](SystemStage& stage) {
        std::string told;
        auto actor = stage.system.spawn_functional(
            [&told](FunctionalActor& self, Begin, Reply<double> reply) {
                told = refusal([&] { self.stash(Get{}, std::move(reply)); });
            },
            [](Get, Reply<int> reply) { reply.set(1); });
        EXPECT_THROW(actor.ask(Begin{}), Error);
        EXPECT_EQ(actor.ask(Get{}), 1);  // so the other is over
        EXPECT_THAT(told, AllOf(HasSubstr("Get"), HasSubstr("int"), HasSubstr("double")));
    });
}

}  // namespace greenroom
