// What the log tells of an actor that fails: itself, the message, the exception, and, if it notes
// them, its last messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "diary.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class CrashReportTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(CrashReportTest);

// The lines of errors, while it lives.
class Errors {
public:
    Errors() {
        set_log_hook([lines = lines_](LogLevel level, std::string_view line) {
            if (level == LogLevel::error) lines->note(std::string{line});
        });
    }
    ~Errors() { set_log_hook({}); }
    Errors(const Errors&) = delete;
    Errors& operator=(const Errors&) = delete;

    // That which comes next.
    std::string one() const {
        until_lines(*lines_, 1);
        std::string line = lines_->lines().front();
        lines_->clear();
        return line;
    }

private:
    const std::shared_ptr<Diary> lines_ = std::make_shared<Diary>();
};

struct Tick {};
struct AskOther {
    Ref<Listener> whom;
};

// Gets messages of each kind, and fails at the end.
class Busy : public Actor {
public:
    void on(Number) {}
    int on(Numbers) { return 1; }
    void on(const AskOther& asking) {
        try {
            (void)asking.whom.ask(Fail{});
        } catch (const HandlerFailed&) {
        }
    }
    void on(Tick) {}
    void on(Stop) { timer_ = start_timer(this, 0ms, Tick{}); }
    void on(const Down&) {}
    int on(Fail) { throw std::runtime_error("no luck"); }

private:
    ActorTimer timer_;
};

}  // namespace

TEST_P(CrashReportTest, ItNamesActorMessageAndExceptionAndNoMoreByDefault) {
    play([](SystemStage& stage) {
        const Errors errors;
        auto busy = stage.system.spawn<Busy>();
        busy.tell(Number{1});
        busy.tell(Fail{});
        const std::string line = errors.one();
        EXPECT_THAT(line, AllOf(HasSubstr(to_string(busy) + " failed: no luck, in handling "),
                                HasSubstr("Fail"), Not(HasSubstr("last messages"))));
    });
}

TEST_P(CrashReportTest, WithNotesItTellsTheLastMessagesTheNewestFirst) {
    play([](SystemStage& stage) {
        const Errors errors;
        auto busy = stage.system.spawn_with<Busy>({.notes = 3});
        for (int i = 0; i < 5; ++i) busy.tell(Number{i});
        EXPECT_EQ(busy.ask(Numbers{}), 1);
        busy.tell(Fail{});
        EXPECT_THAT(errors.one(),
                    ContainsRegex("last messages, the newest first: [^;]*Fail, told; [^;]*Numbers, "
                                  "asked at [^;]*crash_report_test.cpp:[0-9]+; "
                                  "[^;]*Number, told\\)$"));
    });
}

TEST_P(CrashReportTest, AnAskingActorIsNamed) {
    play([](SystemStage& stage) {
        const Errors errors;
        auto listener = stage.system.spawn_with<Listener>({.notes = 1});
        auto busy = stage.system.spawn<Busy>();
        busy.tell(AskOther{listener});
        EXPECT_THAT(errors.one(), AllOf(HasSubstr("Fail, asked by " + to_string(busy) + " at "),
                                        HasSubstr("crash_report_test.cpp:")));
    });
}

TEST_P(CrashReportTest, MessagesOfAllKindsAreToldByHowTheyCame) {
    play([](SystemStage& stage) {
        auto busy = stage.system.spawn_with<Busy>({.notes = 100});
        auto watched = stage.system.spawn<Listener>();
        EXPECT_EQ(busy.request(Numbers{}).get(), 1);
        busy.tell(share(Number{1}));
        busy.tell(Stop{});
        std::vector<std::string> last;
        support::until([&] {
            last = stage.system.inspect(busy).last_messages;
            return last.size() == 4;
        });
        EXPECT_THAT(last[0], ContainsRegex("Tick, by a timer$"));
        EXPECT_THAT(last[1], ContainsRegex("Stop, told$"));
        EXPECT_THAT(last[2], ContainsRegex("Number, told$"));
        EXPECT_THAT(last[3], ContainsRegex("Numbers, requested or forwarded at .*:[0-9]+$"));
    });
}

TEST_P(CrashReportTest, WhoHasFailedOnceNotesItsMessagesFromThenOn) {
    play([](SystemStage& stage) {
        const Errors errors;
        auto busy = stage.system.supervise([] { return Busy{}; });
        busy.tell(Number{1});
        busy.tell(Fail{});
        EXPECT_THAT(errors.one(), Not(HasSubstr("last messages")));
        for (int i = 0; i < 20; ++i) busy.tell(Number{i});
        busy.tell(Fail{});
        const std::string line = errors.one();
        EXPECT_THAT(line, HasSubstr("last messages"));
        EXPECT_EQ(std::count(line.begin(), line.end(), ';'), 9);
    });
}

TEST_P(CrashReportTest, TheSystemsOptionIsForAllAndAnActorsOwnForItself) {
    SystemOptions options;
    options.notes = 2;
    options.notes_after_failure = 0;
    play(
        [](SystemStage& stage) {
            auto as_all = stage.system.spawn<Busy>();
            auto none = stage.system.spawn_with<Busy>({.notes = 0});
            for (int i = 0; i < 5; ++i) {
                (void)as_all.ask(Numbers{});
                (void)none.ask(Numbers{});
            }
            EXPECT_THAT(stage.system.inspect(as_all).last_messages, SizeIs(2));
            EXPECT_THAT(stage.system.inspect(none).last_messages, SizeIs(0));
        },
        options);
}

TEST_P(CrashReportTest, WhatAHandlerIsInIsToldWhileItWaits) {
    play([](SystemStage& stage) {
        Event begun;
        Event go_on;
        Event left;
        auto listener = stage.system.spawn_with<Listener>({.notes = 5});
        listener.tell(Hold{begun, go_on, &left});
        begun.wait();
        EXPECT_THAT(stage.system.inspect(listener).message, ContainsRegex("Hold, told$"));
        EXPECT_THAT(to_string(stage.system.inspect(listener)), HasSubstr(", in "));
        go_on.set();
        left.wait();
        (void)listener.ask(Numbers{});
        support::until([&] { return stage.system.inspect(listener).message.empty(); });
    });
}

TEST_P(CrashReportTest, AProcessAndAReentrantActorNoteAsOthers) {
    play([](SystemStage& stage) {
        auto process = stage.system.spawn_process<Number, int(Numbers), Stop>(
            [](Process& self) {
                for (bool goes_on = true; goes_on;) {
                    self.receive([](Numbers) { return 1; }, [&](Stop) { goes_on = false; });
                }
            },
            {.notes = 10});
        auto reentrant = stage.system.spawn_with<Listener>({.reentrant = true, .notes = 10});
        process.tell(Number{1});  // nobody receives it
        EXPECT_EQ(process.ask(Numbers{}), 1);
        Event begun;
        Event go_on;
        Event left;
        reentrant.tell(Hold{begun, go_on, &left});
        begun.wait();
        (void)reentrant.ask(Numbers{});
        support::until([&] {
            return stage.system.inspect(reentrant).message.find("Hold, told") != std::string::npos;
        });
        EXPECT_THAT(stage.system.inspect(reentrant).last_messages, SizeIs(2));
        EXPECT_THAT(stage.system.inspect(process).last_messages, SizeIs(1));
        EXPECT_EQ(stage.system.inspect(process).kept, 1u);
        go_on.set();
        left.wait();
        process.tell(Stop{});
    });
}

TEST_P(CrashReportTest, LooksAndFailuresMeetTheNotesOfATurn) {
    std::size_t seen = 0;
    play([&](SystemStage& stage) {
        auto busy = stage.system.supervise([] { return Busy{}; }, {.actor = {.notes = 4}});
        auto telling = stage.spawn([&] {
            for (int i = 0; i < stage.times(500) + 10; ++i) {
                i == 5 ? busy.tell(Fail{}) : busy.tell(Number{i});
                if (i % 7 == 0) yield();
            }
        });
        std::size_t seen_here = 0;  // none only before the first message
        for (int i = 0; i < stage.times(200) + 5 || seen_here == 0; ++i) {
            const auto last = stage.system.inspect(busy).last_messages;
            EXPECT_LE(last.size(), 4u);
            seen_here += last.size();
            yield();
        }
        seen += seen_here;
        telling.get();
        (void)busy.ask(Numbers{});
    });
    EXPECT_GT(seen, 0u);
}

TEST(CrashReportOptions, TooManyNotesAreRefusedByName) {
    const auto story = [](const auto& call) -> std::string {
        try {
            call();
        } catch (const std::invalid_argument& wrong) {
            return wrong.what();
        }
        return "";
    };
    System system{{.runtime = {.workers = 1}}};
    EXPECT_EQ(story([&] { (void)system.spawn_with<Busy>({.notes = 5'000}); }),
              "ActorOptions::notes is 5000, and an actor notes 0 to 1000 messages");
    EXPECT_THAT(story([] { const System wrong{{.runtime = {}, .notes = 1'001}}; }),
                HasSubstr("SystemOptions::notes is 1001"));
    EXPECT_THAT(story([] { const System wrong{{.runtime = {}, .notes_after_failure = 1'001}}; }),
                HasSubstr("SystemOptions::notes_after_failure is 1001"));
}

namespace {

// Fails seldom.
class Calm : public Actor {
public:
    int on(Fail) { throw std::runtime_error("no luck"); }
};

}  // namespace

// Property: a storm of failures does not become one of the log; all are counted.
TEST_P(CrashReportTest, AStormIsToldOfInAHundredLinesASecond) {
    constexpr int actors = 250;
    play(
        [this](SystemStage& stage) {
            const support::LogLines lines;
            const auto fail = [&] { stage.system.spawn<Busy>().tell(Fail{}); };
            for (int i = 0; i < actors; ++i) fail();
            support::until([&] { return stage.system.stats().failures == actors; });
            support::until([&] { return stage.system.stats().actors == 0; });
            const std::string text = lines.text();
            const auto told = std::ranges::count(text, '\n');
            EXPECT_GE(told, 100);
            if (!simulated()) return;  // it may have taken seconds
            EXPECT_EQ(told, 101) << "the first of the class, and a hundred";
            stage.system.spawn<Calm>().tell(Fail{});
            support::until([&] { return stage.system.stats().actors == 0; });
            EXPECT_TRUE(lines.contain("Calm 251 failed")) << "it is seen beside the storm";
            sleep_for(1s);
            for (int i = 0; i < 2; ++i) fail();
            support::until([&] { return stage.system.stats().actors == 0; });
            EXPECT_TRUE(lines.contain("Fail (and 149 more that were not said)")) << lines.text();
        },
        {}, 5);
}

}  // namespace greenroom
