// What a process may do by its Process&, but for receive: timers, watches, links, names, children.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/process.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/deadline.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;
using testing::HasSubstr;

class ProcessSelfTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ProcessSelfTest);

struct Tick {};
struct Late {};
struct Go {};
struct Get {};
struct Own {
    std::unique_ptr<int> value;
};

using Log = std::vector<std::string>;

void until_ended(SystemStage& stage) {
    support::until([&] { return stage.system.stats().actors == 0; });
}

// A process that waits, and fails when it is told to.
const auto fail_when_told = [](Process& self) {
    self.receive([](Fail) { throw std::runtime_error("no luck"); }, [](Stop) {});
};

}  // namespace

// ---- Timers

TEST_P(ProcessSelfTest, ATimersMessageComesToALaterReceiveOfAnyType) {
    play([](SystemStage& stage) {
        Log log;
        auto process = stage.system.spawn_process<Go>([&log](Process& self) {
            const TimePoint begun = Deadline::after(0ns).at();
            const ActorTimer seven = self.start_timer(1ms, Own{std::make_unique<int>(7)});
            const ActorTimer asked = self.start_timer(1ms, Get{});
            const ActorTimer late = self.start_timer(10ms, Late{});
            self.receive([&](Late) { log.push_back("late"); });  // the others are kept
            EXPECT_GE(Deadline::after(0ns).at() - begun, 10ms);
            EXPECT_TRUE(seven.is_pending());
            self.receive([&](Own own) { log.push_back(std::to_string(*own.value)); },
                         after(0ms, [] {}));
            EXPECT_FALSE(seven.is_pending());
            // Nobody waits for the answer, of whatever type it is.
            self.receive(
                [&](Get, Reply<int> reply) {
                    reply.set(1);
                    log.push_back("get");
                },
                after(0ms, [] {}));
        });
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("late", "7", "get"));
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(ProcessSelfTest, OneThatIsNotKeptForWantOfRoomIsPendingNoMore) {
    play([](SystemStage& stage) {
        Log log;
        const auto body = [&log](Process& self) {
            const ActorTimer kept = self.start_timer(1ms, Tick{});
            const ActorTimer one_more = self.start_periodic_timer(2ms, Late{});
            try {
                self.receive([](Go) {});
            } catch (const Error& error) {
                log.push_back(error.code() == Errc::limit_reached ? "limit" : error.what());
            }
            EXPECT_TRUE(kept.is_pending());
            EXPECT_FALSE(one_more.is_pending());
        };
        stage.system.spawn_process<Go>(body, {.kept_max = 1});
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("limit"));
    });
}

TEST_P(ProcessSelfTest, APeriodicOneComesUntilItIsCancelledAndNotFromAmongTheKeptEither) {
    play([](SystemStage& stage) {
        Log log;
        auto process = stage.system.spawn_process<Go>([&log](Process& self) {
            ActorTimer ticks = self.start_periodic_timer(2ms, Tick{});
            for (int i = 0; i < 3; ++i) {
                self.receive([&](Tick) {
                    log.push_back("tick");
                    return i;
                });
            }
            const ActorTimer late = self.start_timer(10ms, Late{});
            self.receive([&](Late) { log.push_back("late"); });  // meanwhile one more is kept
            ticks.cancel();
            const ActorTimer later = self.start_timer(10ms, Go{});
            self.receive([&](Tick) { log.push_back("tick"); }, [&](Go) { log.push_back("go"); });
        });
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("tick", "tick", "tick", "late", "go"));
    });
}

TEST_P(ProcessSelfTest, AnIdleOneComesAgainWhileNoMessageIsReceived) {
    play([](SystemStage& stage) {
        Log log;
        auto process = stage.system.spawn_process<Number>([&log](Process& self) {
            const TimePoint begun = Deadline::after(0ns).at();
            const ActorTimer idle = self.start_idle_timer(20ms, Tick{});
            for (int i = 0; i < 3; ++i) {
                self.receive([&](Tick) { log.push_back("idle"); },
                             [&](Number it) { log.push_back(std::to_string(it.value)); });
            }
            EXPECT_GE(Deadline::after(0ns).at() - begun, 30ms);  // by the coarse clock
        });
        process.tell(Number{1});
        until_ended(stage);
        EXPECT_EQ(log.size(), 3u);
        EXPECT_THAT(log, testing::Contains("1"));
        EXPECT_THAT(log, testing::Contains("idle"));
    });
}

// It unwinds with the process, and nothing of it is left.
TEST_P(ProcessSelfTest, ATimerGoesWithTheProcess) {
    play([](SystemStage& stage) {
        Event begun;
        auto process = stage.system.spawn_process<Go>([&begun](Process& self) {
            const ActorTimer ticks = self.start_periodic_timer(1ms, Tick{});
            self.receive([](Tick) {});
            begun.set();
            self.receive([](Go) {});
        });
        begun.wait();
        process.stop();
        until_ended(stage);
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

// ---- Watches and links

TEST_P(ProcessSelfTest, AWatchThatIsEndedIsNotTold) {
    play([](SystemStage& stage) {
        Log log;
        auto watched = stage.system.spawn<Listener>();
        auto process = stage.system.spawn_process<Go>([&log, watched](Process& self) {
            const WatchId first = self.watch(watched);
            const WatchId second = self.watch(watched);
            watched.tell(Stop{});
            self.receive([&](const Down& down) { log.push_back(to_string(down.reason)); });
            EXPECT_FALSE(self.unwatch(first));
            EXPECT_TRUE(self.unwatch(second));
            const ActorTimer late = self.start_timer(5ms, Late{});
            self.receive([&](const Down&) { log.push_back("one more"); },
                         [&](Late) { log.push_back("late"); });
        });
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("stopped", "late"));
    });
}

TEST_P(ProcessSelfTest, FailsWithWhomItIsLinkedToAndTheOtherWithIt) {
    play([](SystemStage& stage) {
        for (const bool linking_fails : {false, true}) {
            Event linked;
            bool unwound = false;
            auto other = stage.system.spawn_process<Fail, Stop>(fail_when_told);
            auto process = stage.system.spawn_process<Go>([&, other](Process& self) {
                const struct Unwinding {
                    bool& unwound;
                    ~Unwinding() { unwound = true; }
                } unwinding{unwound};
                self.link(other);
                linked.set();
                self.receive([](Go) { throw std::runtime_error("no luck"); });
            });
            const std::uint64_t failures = stage.system.stats().failures;
            linked.wait();
            linking_fails ? process.tell(Go{}) : other.tell(Fail{});
            until_ended(stage);
            EXPECT_EQ(stage.system.stats().failures, failures + 2);
            EXPECT_TRUE(unwound);
        }
    });
}

TEST_P(ProcessSelfTest, AnUnlinkedOneLivesOn) {
    play([](SystemStage& stage) {
        Event unlinked;
        auto other = stage.system.spawn_process<Fail, Stop>(fail_when_told);
        auto process = stage.system.spawn_process<int(Get)>([&unlinked, other](Process& self) {
            self.link(other);
            EXPECT_TRUE(self.unlink(other));
            EXPECT_FALSE(self.unlink(other));
            unlinked.set();
            self.receive([](Get) { return 1; });
        });
        unlinked.wait();
        other.tell(Fail{});
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_EQ(process.ask(Get{}), 1);
        until_ended(stage);
        EXPECT_EQ(stage.system.stats().failures, 1u);
    });
}

TEST_P(ProcessSelfTest, OneThatIsSpawnedWithLinkDownIsToldAndLivesOn) {
    play([](SystemStage& stage) {
        Log log;
        Event linked;
        auto failing = stage.system.spawn_process<Fail, Stop>(fail_when_told);
        auto stopping = stage.system.spawn_process<Fail, Stop>(fail_when_told);
        auto process = stage.system.spawn_process<Number, LinkDown>([&, failing,
                                                                     stopping](Process& self) {
            const auto hear = [&](const LinkDown& down) { log.push_back(to_string(down.reason)); };
            self.link(failing);
            self.link(stopping);
            linked.set();
            self.receive([&](Number) { log.push_back("number"); });  // it is kept as others are
            self.receive(hear);
            stopping.tell(Stop{});
            self.receive(hear);
            self.link(failing);  // it has failed, and so this is at once
            self.receive(hear);
        });
        linked.wait();
        failing.tell(Fail{});
        support::until([&] { return stage.system.stats().actors == 2; });
        process.tell(Number{1});
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("number", HasSubstr("failed: no luck"), "stopped",
                                     HasSubstr("failed: no luck")));
        EXPECT_EQ(stage.system.stats().failures, 1u);
    });
}

// ---- Names

TEST_P(ProcessSelfTest, HearsOfANameInTurnAndKeepsWhatItDoesNotWaitFor) {
    play([](SystemStage& stage) {
        Log log;
        auto listener = stage.system.spawn<Listener>();
        stage.system.register_name("ear", listener);
        auto process = stage.system.spawn_process<int(Get), Go>([&](Process& self) {
            self.watch_name("ear");
            self.receive([](Get) { return 1; });  // what tells of the first is kept
            self.receive([&](const NameRegistered& news) {
                EXPECT_EQ(news.ref, AnyRef{listener});
                log.push_back(news.name);
            });
            self.receive([](Get) { return 2; });
            self.receive([&](const NameFreed& news) { log.push_back(news.name + " is free"); });
            self.receive([](Get) { return 3; });
            self.receive([&](NameRegistered) { log.push_back("again"); });
            EXPECT_TRUE(self.unwatch_name("ear"));
            EXPECT_FALSE(self.unwatch_name("ear"));
            self.receive([](Get) { return 4; });
            self.receive([](Go) {}, [&](const NameFreed&) { log.push_back("it was unwatched"); });
        });
        EXPECT_EQ(process.ask(Get{}), 1);
        EXPECT_EQ(process.ask(Get{}), 2);
        stage.system.unregister_name("ear");
        EXPECT_EQ(process.ask(Get{}), 3);
        stage.system.register_name("ear", listener);
        EXPECT_EQ(process.ask(Get{}), 4);
        stage.system.unregister_name("ear");
        process.tell(Go{});
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_THAT(log, ElementsAre("ear", "ear is free", "again"));
        EXPECT_EQ(stage.system.stats().name_watches, 0u);
    });
}

// What it keeps tells what holds when it is received, like any news of a name.
TEST_P(ProcessSelfTest, NewsThatHoldNoMoreAreNotReceivedAndUnwatchedOnesNeither) {
    play([](SystemStage& stage) {
        Log log;
        auto listener = stage.system.spawn<Listener>();
        auto process = stage.system.spawn_process<int(Get), Go>([&](Process& self) {
            const auto look = [&] {
                self.receive([&](const NameRegistered& news) { log.push_back(news.name); },
                             [&](const NameFreed& news) { log.push_back(news.name + " is free"); },
                             after(0ms, [&] { log.push_back("nothing"); }));
            };
            self.watch_name("ear");
            self.receive([](Get) { return 1; });
            self.receive([](Go) {});  // what tells of the name comes before, and is kept
            look();
            self.receive([](Get) { return 2; });
            self.receive([](Go) {});
            look();
            self.receive([](Get) { return 3; });
            self.receive([](Go) {});
            EXPECT_TRUE(self.unwatch_name("ear"));
            look();
        });
        EXPECT_EQ(process.ask(Get{}), 1);
        stage.system.register_name("ear", listener);
        stage.system.unregister_name("ear");
        process.tell(Go{});
        EXPECT_EQ(process.ask(Get{}), 2);
        stage.system.register_name("ear", listener);
        process.tell(Go{});
        EXPECT_EQ(process.ask(Get{}), 3);
        stage.system.unregister_name("ear");
        process.tell(Go{});
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_THAT(log, ElementsAre("nothing", "ear", "nothing"));
        EXPECT_EQ(stage.system.stats().name_watches, 0u);
    });
}

// ---- Supervision

TEST_P(ProcessSelfTest, SupervisesChildrenAndEndsThemForGood) {
    play([](SystemStage& stage) {
        auto parent = stage.system.spawn_process<Ref<Listener>(Get), Go>([](Process& self) {
            const Ref<Listener> child = self.supervise([] { return Listener{}; });
            self.receive([&](Get) { return child; });
            self.receive([&](Go) { self.stop_child(child); });
            const WatchId ended = self.watch(child);
            self.receive([](const Down&) {});
            EXPECT_FALSE(self.unwatch(ended));
        });
        const Ref<Listener> child = parent.ask(Get{});
        child.ask(Number{1});
        child.tell(Fail{});
        EXPECT_TRUE(child.ask(Numbers{}).empty());
        parent.tell(Go{});
        until_ended(stage);
        EXPECT_EQ(stage.system.stats().failures, 1u);
    });
}

}  // namespace greenroom
