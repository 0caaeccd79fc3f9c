// Fields of one message never come to another; and those of an actor's spawn, of failures, of what
// is not handled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/errors.hpp>
#include <greenroom/actors/faults.hpp>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <string>
#include <vector>

#include "fields.hpp"
#include "full.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::LogLines;
using support::SystemStage;
using testing::ElementsAre;
using testing::HasSubstr;

class FieldsAloneTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(FieldsAloneTest);

// Which fields its handler is to have: {"n", number}, or none for 0.
struct Expect {
    int number;
    int depth;
};

std::string fields_of(int number) { return number == 0 ? "" : "n=" + std::to_string(number); }

// Waits in its handlers, and asks others like it in between.
class Relay : public Actor {
public:
    explicit Relay(std::vector<Ref<Relay>> next = {}) : next_{std::move(next)} {}

    int on(Expect expected) {
        EXPECT_EQ(fields_here(), fields_of(expected.number));
        if (expected.number % 3 == 0) yield();
        EXPECT_EQ(fields_here(), fields_of(expected.number));
        int handled = 1;
        for (const auto& next : next_) {
            handled += next.ask(Expect{expected.number, expected.depth + 1});
            EXPECT_EQ(fields_here(), fields_of(expected.number));
            // As another one: what it sends has that one's, and it has its own again.
            const FieldScope other{Fields{}};
            next.tell(Expect{0, expected.depth + 1});
        }
        EXPECT_EQ(fields_here(), fields_of(expected.number));
        return handled;
    }

private:
    const std::vector<Ref<Relay>> next_;
};

// Tells what it has from its first to its last moment.
class Life : public Actor {
public:
    explicit Life(std::shared_ptr<Diary> diary) : diary_{std::move(diary)} { note("made"); }
    ~Life() override { note("gone"); }
    void on_start() override { note("on_start"); }
    void on_restart(const ExitReason&) override { note("on_restart"); }
    void on_stop(const ExitReason&) override { note("on_stop"); }
    std::string on(Tell) {
        note("handler");
        return fields_here();
    }
    void on(Number) { throw std::runtime_error{"no luck"}; }
    void on(Stop) { stop(); }

private:
    void note(const char* when) { diary_->note(std::string{when} + ": " + fields_here()); }

    const std::shared_ptr<Diary> diary_;
};

}  // namespace

TEST_P(FieldsAloneTest, HandlersThatWaitKeepTheirOwnWhateverOthersHave) {
    play([](SystemStage& stage) {
        ActorOptions reentrant;
        reentrant.reentrant = true;
        const auto last = stage.system.spawn_with<Relay>(reentrant);
        const auto slow = stage.system.spawn<Relay>();
        const auto middle = stage.system.spawn_with<Relay>(reentrant, std::vector{last, slow});
        const int rounds = stage.simulated ? 4 : 60;
        std::vector<Task<void>> senders;
        for (int sender = 0; sender < 4; ++sender) {
            senders.push_back(stage.spawn([&, sender] {
                for (int round = 0; round < rounds; ++round) {
                    if (sender == 0) {
                        EXPECT_EQ(middle.ask(Expect{0, 0}), 3);
                        continue;
                    }
                    const int number = sender * 1000 + round;
                    const FieldScope scope{{"n", number}};
                    EXPECT_EQ(middle.ask(Expect{number, 0}), 3);
                    EXPECT_EQ(fields_here(), fields_of(number));
                }
            }));
        }
        for (auto& sender : senders) sender.get();
    });
}

TEST_P(FieldsAloneTest, AnActorHasThoseOfItsSpawnInItsHooksAndNotInItsHandlers) {
    play([](SystemStage& stage) {
        const auto diary = std::make_shared<Diary>();
        Ref<Life> life;
        {
            const FieldScope scope{{"request", 17}};
            life = stage.system.spawn<Life>(diary);
        }
        EXPECT_EQ(life.ask(Tell{}), "");
        {
            const FieldScope scope{{"request", 18}};
            EXPECT_EQ(life.ask(Tell{}), "request=18");
            life.tell(Stop{});
        }
        until_lines(*diary, 6);
        EXPECT_THAT(diary->lines(), ElementsAre("made: request=17", "on_start: request=17",
                                                "handler: ", "handler: request=18",
                                                "on_stop: request=17", "gone: request=17"));
    });
}

TEST_P(FieldsAloneTest, ARestartIsMadeWithThoseOfTheSpawnAndNotOfTheFailure) {
    play([](SystemStage& stage) {
        const LogLines lines;
        const auto diary = std::make_shared<Diary>();
        Ref<Life> life;
        {
            const FieldScope scope{{"request", 17}};
            life = stage.system.supervise([diary] { return Life{diary}; });
        }
        EXPECT_EQ(life.ask(Tell{}), "");
        diary->clear();
        {
            const FieldScope scope{{"request", 18}};
            life.tell(Number{1});
        }
        EXPECT_EQ(life.ask(Tell{}), "");
        EXPECT_THAT(diary->lines(),
                    ElementsAre("on_stop: request=17", "gone: request=17", "made: request=17",
                                "on_restart: request=17", "handler: "));
        EXPECT_TRUE(lines.contain("no luck, in handling greenroom::cast::Number [request=18]\n"));
    });
}

TEST_P(FieldsAloneTest, TheReportOfAFailureHasThoseOfTheMessageThatItCameFrom) {
    play([](SystemStage& stage) {
        const LogLines lines;
        const auto spawn_process = [&] {
            return stage.system.spawn_process<Number, Write>([](Process& self) {
                const auto fail = [](Number) { throw std::runtime_error{"no luck"}; };
                try {
                    self.receive(fail);
                } catch (const std::runtime_error&) {
                    log(LogLevel::info, "caught");
                }
                self.receive([](const Write&) { throw std::runtime_error{"lost"}; }, fail);
            });
        };
        const auto first = spawn_process();
        const auto second = spawn_process();
        {
            const FieldScope scope{{"request", 17}};
            for (const auto& process : {first, second}) process.tell(Number{1});
            first.tell(Number{2});
        }
        second.tell(Write{});
        support::until([&] { return first.has_ended() && second.has_ended(); });
        const std::string text = lines.text();
        EXPECT_THAT(text, HasSubstr("caught\n"));
        EXPECT_THAT(text, HasSubstr("no luck, in handling on_start [request=17]\n"));
        EXPECT_THAT(text, HasSubstr("lost, in handling on_start\n"));
    });
}

TEST_P(FieldsAloneTest, ADeadLetterIsLoggedWithThoseOfItsSender) {
    play([](SystemStage& stage) {
        const LogLines lines;
        const auto scribe = stage.system.spawn<Scribe>();
        scribe.tell(Stop{});
        support::until([&] { return scribe.has_ended(); });
        const FieldScope scope{{"request", 17}};
        scribe.tell(Write{"dead"});
        EXPECT_THROW((void)scribe.ask(Tell{}), ActorStopped);
        EXPECT_THROW((void)scribe.request(Tell{}).get(), ActorStopped);
        EXPECT_THAT(lines.text(), HasSubstr(" [request=17]\n"));
    });
}

// With nothing lost, and nothing freed twice: see the build with AddressSanitizer.
TEST_P(FieldsAloneTest, MessagesThatAreNeverHandledLetThemGo) {
    play([](SystemStage& stage) {
        const FieldScope scope{{"request", 17}};
        {
            const Full full{stage, 1, WhenFull::fail};
            EXPECT_EQ(full.listener.try_tell(Number{2}), Sent::full);
            EXPECT_THROW(full.listener.tell(Number{2}), MailboxFull);
            EXPECT_THROW((void)full.listener.ask(Numbers{}), MailboxFull);
            EXPECT_THROW((void)full.listener.request(Numbers{}).get(), MailboxFull);
        }
        {
            const Full full{stage, 1, WhenFull::drop_oldest};
            full.listener.tell(Number{2});
        }
        {
            const Full full{stage, 1, WhenFull::suspend_sender};
            EXPECT_THROW((void)full.listener.ask(Numbers{}, 1ms), Timeout);
        }
        Event begun;
        Event go_on;
        Event left;
        const auto scribe = stage.system.spawn<Scribe>();
        scribe.tell(Hold{begun, go_on, &left});
        begun.wait();
        EXPECT_THROW((void)scribe.ask(Tell{}, 1ms), Timeout);
        scribe.tell(Write{"never"});
        auto answer = scribe.request(Tell{});
        scribe.stop();
        go_on.set();
        left.wait();
        EXPECT_THROW((void)answer.get(), ActorStopped);
    });
}

TEST_P(FieldsAloneTest, AMessageWithThemIsNamedInACircleOfAsks) {
    play([](SystemStage& stage) {
        const auto one = stage.system.spawn<Scribe>();
        const auto other = stage.system.spawn<Scribe>();
        const FieldScope scope{{"request", 17}};
        std::string what;
        one.ask(Do{[&] {
            other.ask(Do{[&] {
                try {
                    (void)one.ask(Tell{});
                } catch (const AskCycle& circle) {
                    what = circle.what();
                }
            }});
        }});
        EXPECT_THAT(what, HasSubstr("Tell"));
        EXPECT_THAT(what, HasSubstr("Do"));
    });
}

TEST_P(FieldsAloneTest, ARuleOfFaultsLeavesThemWithTheMessage) {
    play([](SystemStage& stage) {
        const auto diary = std::make_shared<Diary>();
        const auto scribe = stage.system.spawn<Scribe>(diary);
        Faults faults{scribe};
        const auto twice = faults.duplicate<Write>({.nth = 1});
        const auto late = faults.delay<Write>(1ms);
        {
            const FieldScope scope{{"request", 17}};
            scribe.tell(Write{"twice"});
            scribe.tell(Write{"late"});
        }
        until_lines(*diary, 3);
        EXPECT_THAT(diary->lines(),
                    ElementsAre("twice: request=17", "twice: request=17", "late: request=17"));
    });
}

TEST_P(FieldsAloneTest, ATracedMessageIsToldWithItsOwn) {
    play([](SystemStage& stage) {
        const auto diary = std::make_shared<Diary>();
        const auto scribe = stage.system.spawn<Scribe>();
        stage.system.trace(scribe, [diary](const TracedMessage&) { diary->note(fields_here()); });
        {
            const FieldScope scope{{"request", 17}};
            (void)scribe.ask(Tell{});
        }
        (void)scribe.ask(Tell{});
        until_lines(*diary, 2);
        EXPECT_THAT(diary->lines(), ElementsAre("request=17", ""));
    });
}

}  // namespace greenroom
