// Faults: what they do to messages of each kind, which ones they strike, and what they leave alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/faults.hpp>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/shared.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/actors/urgent.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

struct Alarm {
    int value;
};

}  // namespace

template <>
inline constexpr bool is_urgent<Alarm> = true;

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class FaultsTest : public support::OnSystems {
protected:
    support::LogLines log_;  // failures are meant
};
GREENROOM_ON_ALL_RUNTIMES(FaultsTest);

struct Double {
    int value;
};
struct DoubleLater {
    int value;
};

// Keeps what it is told; answers at once, and later.
class Desk : public Actor {
public:
    void on(const Number& number) { heard_.push_back(number.value); }
    void on(Alarm alarm) { heard_.push_back(alarm.value); }
    int on(Double number) { return 2 * number.value; }
    void on(DoubleLater number, Reply<int> reply) { reply.set(2 * number.value); }
    std::vector<int> on(Numbers) { return heard_; }
    void on(const Hold& hold) { hold.wait(); }

private:
    std::vector<int> heard_;
};
using DeskProtocol = Protocol<void(Number), int(Double), std::vector<int>(Numbers)>;

// Has the desk answer in its place.
class Porter : public Actor {
public:
    explicit Porter(Ref<Desk> desk) : desk_{std::move(desk)} {}
    void on(Double number, Reply<int> reply) { desk_.forward(number, std::move(reply)); }

private:
    const Ref<Desk> desk_;
};

void tell_up_to(const auto& ref, int count) {
    for (int i = 1; i <= count; ++i) ref.tell(Number{i});
}

std::string story_of(const auto& call) {
    try {
        call();
    } catch (const std::exception& failure) {
        return failure.what();
    }
    return "none";
}

const auto broken = std::runtime_error{"the disk is full"};

}  // namespace

TEST_P(FaultsTest, TheNthMessageOfATypeFailsAsIfItsHandlerHadThrown) {
    play([](SystemStage& stage) {
        auto desk = stage.system.supervise([] { return Desk{}; });
        Faults faults{desk};
        const Fault third = faults.fail<Number>(broken, {.nth = 3});
        tell_up_to(desk, 2);
        EXPECT_EQ(desk.ask(Double{4}), 8);
        EXPECT_THAT(desk.ask(Numbers{}), ElementsAre(1, 2));
        desk.tell(Number{3});
        desk.tell(Number{4});
        EXPECT_THAT(desk.ask(Numbers{}), ElementsAre(4));  // it was made anew
        EXPECT_EQ(third.seen(), 4u);
        EXPECT_EQ(third.struck(), 1u);
        EXPECT_EQ(stage.system.stats().failures, 1u);
    });
}

TEST_P(FaultsTest, AWatcherHearsOfTheFailureByItsText) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        auto watcher = stage.system.spawn<Watcher>(desk);
        watcher.ask(Downs{});
        Faults faults{desk};
        faults.fail<Number>(broken);
        desk.tell(Number{1});
        support::until([&] { return !watcher.ask(Downs{}).empty(); });
        const ExitReason reason = watcher.ask(Downs{})[0].reason;
        EXPECT_TRUE(reason.is_failure());
        EXPECT_THAT(reason.what, AllOf(HasSubstr("the disk is full"), HasSubstr("Number")));
    });
}

TEST_P(FaultsTest, WhoAskedRequestedOrForwardedIsToldOfTheFailure) {
    play([](SystemStage& stage) {
        auto desk = stage.system.supervise(
            [] { return Desk{}; },
            {.on_failure = [](const std::exception_ptr&) { return Directive::resume; }});
        auto porter = stage.system.spawn<Porter>(desk);
        const Ref<DeskProtocol> by_protocol = desk;
        Faults faults{desk};
        const Fault all = faults.fail<Double>(broken, {.count = Strikes::all});
        const Fault later = faults.fail<DoubleLater>(broken);
        const auto is_told = AllOf(HasSubstr("Double"), HasSubstr("the disk is full"));
        EXPECT_THROW(desk.ask(Double{1}), HandlerFailed);
        EXPECT_THAT(story_of([&] { desk.ask(Double{1}); }), is_told);
        EXPECT_THAT(story_of([&] { desk.ask(DoubleLater{1}); }), is_told);
        EXPECT_THAT(story_of([&] { by_protocol.ask(Double{1}); }), is_told);
        EXPECT_THAT(story_of([&] { desk.request(Double{1}).get(); }), is_told);
        EXPECT_THAT(story_of([&] { porter.ask(Double{1}); }), is_told);
        EXPECT_EQ(all.struck(), 5u);
        EXPECT_EQ(later.struck(), 1u);
        EXPECT_EQ(desk.ask(DoubleLater{1}), 2);
    });
}

TEST_P(FaultsTest, WhatIsDroppedIsNeverHandledAndItsAskerWaitsOn) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        std::optional<Faults> faults{desk};
        const Fault second = faults->drop<Number>({.nth = 2});
        const Fault asks = faults->drop<Double>({.count = 2});
        tell_up_to(desk, 3);
        EXPECT_THAT(desk.ask(Numbers{}), ElementsAre(1, 3));
        EXPECT_EQ(second.struck(), 1u);
        EXPECT_THROW(desk.ask(Double{1}, 1ms), Timeout);
        auto future = desk.request(Double{1});
        asks.wait_struck(2);
        EXPECT_EQ(desk.ask(Double{1}), 2);
        EXPECT_FALSE(future.ready());
        faults.reset();
        EXPECT_THAT(story_of([&] { future.get(); }), HasSubstr("dropped by a rule of Faults"));
        const SystemStats stats = stage.system.stats();
        EXPECT_EQ(stats.failures + stats.dead_letters, 0u);
    });
}

TEST_P(FaultsTest, WhatIsDelayedComesBehindWhatCameMeanwhileAndNoRuleStrikesItAgain) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        Faults faults{desk};
        const Duration by = stage.simulated ? Duration{1h} : Duration{20ms};
        const Fault all = faults.delay<Number>(by, {.count = 2});
        const Fault asks = faults.delay<Double>(by);
        const Fault alarms = faults.delay<Alarm>(by);
        tell_up_to(desk, 3);
        desk.tell(Alarm{4});
        EXPECT_EQ(desk.ask(Double{3}, 2h), 6);
        if (stage.simulated) sleep_for(1h);
        support::until([&] { return desk.ask(Numbers{}).size() == 4; });
        EXPECT_THAT(desk.ask(Numbers{}), UnorderedElementsAre(1, 2, 3, 4));
        EXPECT_TRUE(!stage.simulated || desk.ask(Numbers{})[0] == 3);
        EXPECT_EQ(all.seen(), 3u);
        EXPECT_EQ(all.struck() + asks.struck() + alarms.struck(), 4u);
    });
}

TEST_P(FaultsTest, ADelayIsOfVirtualTime) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        auto desk = stage.system.spawn<Desk>();
        Faults faults{desk};
        faults.delay<Double>(1h, {.count = 2});
        EXPECT_THROW(desk.ask(Double{1}, 59min), Timeout);
        EXPECT_EQ(desk.ask(Double{1}, 61min), 2);
    });
}

TEST_P(FaultsTest, WhatIsDelayedToAnActorThatEndsMeanwhileIsADeadLetterAndItsAskerIsTold) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        auto desk = stage.system.spawn<Desk>();
        Faults faults{desk};
        const Fault told = faults.delay<Number>(1s);
        const Fault asked = faults.delay<Double>(1s);
        desk.tell(Number{1});
        auto asking = stage.spawn([&] { EXPECT_THROW(desk.ask(Double{1}), ActorStopped); });
        told.wait_struck();
        asked.wait_struck();
        desk.stop();
        asking.get();
        support::until([&] { return stage.system.stats().dead_letters >= 2; });
    });
}

TEST_P(FaultsTest, WhatIsToldTwiceIsCountedOnceAndAnAskIsNotDoubled) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        Faults faults{desk};
        const Fault all = faults.duplicate<Number>({.count = Strikes::all});
        const Fault asks = faults.duplicate<Double>({.count = Strikes::all});
        desk.tell(Number{1});
        desk.tell(share(Number{2}));
        EXPECT_EQ(desk.ask(Double{2}), 4);
        support::until([&] { return desk.ask(Numbers{}).size() == 4; });
        EXPECT_THAT(desk.ask(Numbers{}), UnorderedElementsAre(1, 1, 2, 2));
        EXPECT_EQ(all.struck(), 2u);
        EXPECT_EQ(asks.seen(), 0u);
    });
}

TEST_P(FaultsTest, OfASystemTheyStrikeAllThatLiveAndThatAreSpawnedLater) {
    play([](SystemStage& stage) {
        auto early = stage.system.spawn<Desk>();
        Faults faults{stage.system};
        const Fault all = faults.drop<Number>({.count = Strikes::all});
        auto late = stage.system.spawn<Desk>();
        auto process = stage.system.spawn_process<Ref<Desk>(Numbers), Stop>([](Process& self) {
            const Ref<Desk> child = self.spawn<Desk>();
            self.receive([&](Numbers) { return child; });
            self.receive([](Stop) {});
        });
        auto child = process.ask(Numbers{});
        for (const auto& desk : {early, late, child}) {
            tell_up_to(desk, 2);
            EXPECT_THAT(desk.ask(Numbers{}), IsEmpty());
        }
        EXPECT_EQ(all.struck(), 6u);
        process.tell(Stop{});
    });
}

TEST_P(FaultsTest, OfANameTheyStrikeWhoHasItAndNobodyElse) {
    play([](SystemStage& stage) {
        auto named = stage.system.spawn<Desk>();
        auto other = stage.system.spawn<Desk>();
        stage.system.register_name("desk", named);
        Faults faults{stage.system, "desk"};
        const Fault next = faults.drop<Number>();
        tell_up_to(other, 1);
        EXPECT_THAT(other.ask(Numbers{}), ElementsAre(1));
        tell_up_to(named, 1);
        EXPECT_THAT(named.ask(Numbers{}), IsEmpty());
        EXPECT_EQ(next.struck(), 1u);
        EXPECT_THROW((Faults{stage.system, "till"}), Error);
    });
}

TEST_P(FaultsTest, TheRulesEndWithTheirScope) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        std::optional<Fault> gone;
        {
            Faults faults{desk};
            gone = faults.drop<Number>({.count = Strikes::all});
            desk.tell(Number{1});
            EXPECT_THAT(desk.ask(Numbers{}), IsEmpty());
        }
        desk.tell(Number{2});
        EXPECT_THAT(desk.ask(Numbers{}), ElementsAre(2));
        EXPECT_EQ(gone->seen(), 1u);
    });
}

TEST_P(FaultsTest, TheRuleMadeFirstIsAskedFirstAndTheOthersDoNotCountWhatItStruck) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        Faults faults{desk};
        const Fault first = faults.drop<Number>({.nth = 2});
        const Fault second = faults.drop<Number>({.nth = 2});
        tell_up_to(desk, 4);
        EXPECT_THAT(desk.ask(Numbers{}), ElementsAre(1, 4));
        EXPECT_EQ(first.seen(), 4u);
        EXPECT_EQ(second.seen(), 3u);
    });
}

TEST_P(FaultsTest, AProcessAndAReentrantActorAreStruckAsOthers) {
    play([](SystemStage& stage) {
        const auto body = [](Process& self) {
            std::vector<int> heard;
            for (bool goes_on = true; goes_on;) {
                try {
                    self.receive([&](Number number) { heard.push_back(number.value); },
                                 [&](Numbers) {
                                     goes_on = false;
                                     return heard;
                                 });
                } catch (const std::runtime_error&) {
                    heard.push_back(-1);
                }
            }
        };
        auto process = stage.system.spawn_process<Number, std::vector<int>(Numbers)>(body);
        auto reentrant =
            stage.system.spawn_with<Desk>({.mailbox = {.bound = 1}, .reentrant = true});
        Faults faults{stage.system};
        faults.drop<Number>({.nth = 2});
        tell_up_to(reentrant, 3);
        support::until([&] { return reentrant.ask(Numbers{}).size() == 2; });
        Faults more{process};
        more.fail<Number>(broken, {.nth = 2});
        more.drop<Number>({.nth = 3});  // of what that leaves: the fourth
        tell_up_to(process, 4);
        EXPECT_THAT(process.ask(Numbers{}), ElementsAre(1, -1, 3));
    });
}

TEST_P(FaultsTest, ItSaysWhichRuleHasNotStruck) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        Faults faults{desk};
        const Fault third = faults.drop<Number>({.nth = 3});
        tell_up_to(desk, 2);
        desk.ask(Numbers{});
        EXPECT_THAT(story_of([&] { third.wait_struck(1, 2ms); }),
                    AllOf(HasSubstr("faults_test.cpp"), HasSubstr("to drop "), HasSubstr("Number"),
                          HasSubstr("within 2 ms it struck 0, of 2 that came")));
        EXPECT_THROW(faults.drop<Number>({.nth = 0}), std::invalid_argument);
    });
}

TEST_P(FaultsTest, RulesThatComeAndGoWhileMessagesDoLoseNothingElse) {
    std::uint64_t all_dropped = 0;
    play([&](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        Event over;
        int count = 0;
        auto telling = stage.spawn([&] {
            while (count < stage.times(1'200) || (stage.simulated && !over.is_set())) {
                if (desk.tell(Number{++count}); count % 5 == 0) yield();
            }
        });
        std::uint64_t dropped = 0;
        for (int i = 0; i < 10; ++i) {
            std::optional<Fault> rule;
            {
                Faults faults{i % 2 == 0 ? Faults{desk} : Faults{stage.system}};
                rule = faults.drop<Number>({.count = 2});
                const Fault asks = faults.drop<Double>();
                auto future = desk.request(Double{i});
                asks.wait_struck();
            }
            dropped += rule->struck();
        }
        over.set();
        telling.get();
        EXPECT_EQ(desk.ask(Numbers{}).size() + dropped, static_cast<std::size_t>(count));
        all_dropped += dropped;
    });
    EXPECT_GT(all_dropped, 0u);
}

TEST_P(FaultsTest, AnEndOfTheSystemWaitsForNothingThatIsLostOrDelayed) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        Faults faults{stage.system};
        const Fault lost = faults.drop<Double>();
        const Fault late = faults.delay<Number>(1h);
        auto future = desk.request(Double{1});
        desk.tell(Number{1});
        lost.wait_struck();
        late.wait_struck();
        EXPECT_TRUE(stage.system.stop(StopPolicy::drain, Deadline::after(10s)).clean);
        EXPECT_FALSE(future.ready());
    });
}

}  // namespace greenroom
