// Tracing the messages of one actor, on and off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "diary.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using End = TracedMessage::End;

class TraceTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(TraceTest);

// What a trace has told; shared with its function, which may outlive the test's frame.
struct Told {
    mutable std::mutex lock;
    std::vector<TracedMessage> messages;

    std::size_t size() const {
        const std::lock_guard held(lock);
        return messages.size();
    }
    TracedMessage at(std::size_t i) const {
        const std::lock_guard held(lock);
        return messages.at(i);
    }
};

std::shared_ptr<Told> trace(System& system, const AnyRef& actor, const TraceOptions& options = {}) {
    auto told = std::make_shared<Told>();
    system.trace(actor, options, [told](const TracedMessage& traced) {
        const std::lock_guard held(told->lock);
        told->messages.push_back(traced);
    });
    return told;
}

// It has nothing to do, so that a trace begins with the next message.
template <class A>
Ref<A> idle(System& system, Ref<A> actor) {
    support::until([&] { return system.inspect(actor).state == ActorState::idle; });
    return actor;
}

struct Sleep {
    Duration time;
};
class Sleeper : public Actor {
public:
    void on(Sleep sleep) { sleep_for(sleep.time); }
    void on(Number) {}
    int on(Numbers) { return 1; }
    int on(Fail) { throw std::runtime_error("no luck"); }
};

}  // namespace

TEST_P(TraceTest, EachMessageIsToldWithHowItCameHowLongItTookAndHowItEnded) {
    play([](SystemStage& stage) {
        auto sleeper = stage.system.supervise(
            [] { return Sleeper{}; },
            {.on_failure = [](const std::exception_ptr&) { return Directive::resume; }});
        const auto told = trace(stage.system, sleeper);
        sleeper.tell(Sleep{3ms});
        EXPECT_EQ(sleeper.ask(Numbers{}), 1);
        sleeper.tell(Fail{});
        support::until([&] { return told->size() == 3; });
        EXPECT_THAT(std::string{told->at(0).note.message}, HasSubstr("Sleep"));
        EXPECT_EQ(told->at(0).note.by, SentBy::tell);
        EXPECT_EQ(told->at(0).id, sleeper.id());
        EXPECT_GE(told->at(0).took, 3ms);
        EXPECT_EQ(told->at(1).note.by, SentBy::ask);
        EXPECT_NE(told->at(1).note.where.line, 0);
        EXPECT_EQ(told->at(1).end, End::handled);
        EXPECT_EQ(told->at(2).end, End::failed);
        EXPECT_THAT(
            to_string(told->at(2)),
            AllOf(HasSubstr("Sleeper"), HasSubstr("Fail, told: failed in "), HasSubstr("no luck")));
        const TraceCounts counts = stage.system.untrace(sleeper);
        EXPECT_EQ(counts.told, 3u);
        EXPECT_EQ(counts.left_out, 0u);
    });
}

TEST_P(TraceTest, ItEndsWithUntraceAndMayBeginAgain) {
    play([](SystemStage& stage) {
        auto sleeper = stage.system.spawn<Sleeper>();
        const auto first = trace(stage.system, sleeper);
        (void)sleeper.ask(Numbers{});
        idle(stage.system, sleeper);
        EXPECT_EQ(stage.system.untrace(sleeper).told, 1u);
        (void)sleeper.ask(Numbers{});
        idle(stage.system, sleeper);
        const auto second = trace(stage.system, sleeper);
        const auto third = trace(stage.system, sleeper);
        (void)sleeper.ask(Numbers{});
        support::until([&] { return third->size() == 1; });
        EXPECT_EQ(first->size(), 1u);
        EXPECT_EQ(second->size(), 0u);
        EXPECT_EQ(stage.system.untrace(sleeper).told, 1u);
        EXPECT_EQ(stage.system.untrace(sleeper).told, 0u);
    });
}

TEST_P(TraceTest, OnlyThatActorIsTraced) {
    play([](SystemStage& stage) {
        auto traced = stage.system.spawn<Sleeper>();
        auto other = stage.system.spawn<Sleeper>();
        const auto told = trace(stage.system, traced);
        (void)other.ask(Numbers{});
        (void)traced.ask(Numbers{});
        support::until([&] { return told->size() == 1; });
        EXPECT_EQ(told->at(0).id, traced.id());
    });
}

TEST_P(TraceTest, WithoutAFunctionTheLogIsTold) {
    play([](SystemStage& stage) {
        const auto lines = std::make_shared<Diary>();
        set_log_hook([lines](LogLevel level, std::string_view line) {
            if (level == LogLevel::info) lines->note(std::string{line});
        });
        auto sleeper = stage.system.spawn<Sleeper>();
        stage.system.trace(sleeper);
        sleeper.tell(Number{1});
        until_lines(*lines, 1);
        set_log_hook({});
        EXPECT_THAT(lines->lines()[0],
                    ContainsRegex("^trace: .*Sleeper [0-9]+: .*Number, told: handled in "));
    });
}

TEST_P(TraceTest, BeyondItsLimitMessagesAreCountedAndNotTold) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;  // its seconds are virtual
        auto sleeper = stage.system.spawn<Sleeper>();
        const auto told = trace(stage.system, sleeper, {.per_second_max = 2});
        for (int i = 0; i < 5; ++i) sleeper.tell(Number{i});
        sleeper.tell(Sleep{2s});
        sleeper.tell(Number{6});
        support::until([&] { return told->size() == 4; });
        idle(stage.system, sleeper);
        const TraceCounts counts = stage.system.untrace(sleeper);
        EXPECT_EQ(counts.told + counts.left_out, 7u);
        EXPECT_EQ(told->at(2).left_out, 3u);  // the sleep ended in another second
    });
}

TEST_P(TraceTest, ACancelledHandlerIsToldAsThat) {
    play([](SystemStage& stage) {
        auto sleeper = stage.system.spawn<Sleeper>();
        const auto told = trace(stage.system, sleeper);
        sleeper.tell(Sleep{10h});
        support::until([&] { return stage.system.inspect(sleeper).state == ActorState::waiting; });
        sleeper.kill();
        support::until([&] { return told->size() == 1; });
        EXPECT_EQ(told->at(0).end, End::cancelled);
    });
}

TEST_P(TraceTest, WhatItsFunctionThrowsIsLoggedAndFailsNobody) {
    play([](SystemStage& stage) {
        const auto lines = std::make_shared<Diary>();
        set_log_hook([lines](LogLevel, std::string_view line) { lines->note(std::string{line}); });
        auto sleeper = stage.system.spawn<Sleeper>();
        stage.system.trace(sleeper, [](const TracedMessage&) { throw std::runtime_error("full"); });
        EXPECT_EQ(sleeper.ask(Numbers{}), 1);
        EXPECT_EQ(sleeper.ask(Numbers{}), 1);
        set_log_hook({});
        EXPECT_EQ(stage.system.stats().failures, 0u);
        EXPECT_THAT(lines->lines().at(0), HasSubstr("the function of a trace threw: full"));
    });
}

TEST_P(TraceTest, ItGoesOnWithTheNextIncarnationAndReachesAProcess) {
    play([](SystemStage& stage) {
        auto sleeper = stage.system.supervise([] { return Sleeper{}; });
        auto process = stage.system.spawn_process<Number, Stop>([](Process& self) {
            self.receive([](Number) {});
            self.receive([](Stop) {});
        });
        const auto told = trace(stage.system, sleeper);
        const auto received = trace(stage.system, process);
        sleeper.tell(Fail{});
        sleeper.tell(Number{1});
        process.tell(Number{1});
        support::until([&] { return told->size() == 2 && received->size() == 1; });
        EXPECT_EQ(told->at(0).end, End::failed);
        EXPECT_EQ(told->at(1).end, End::handled);
        process.tell(Stop{});
    });
}

TEST_P(TraceTest, ItEndsWithItsActorAndKeepsNothing) {
    play([](SystemStage& stage) {
        auto sleeper = stage.system.spawn<Sleeper>();
        auto told = trace(stage.system, sleeper);
        (void)sleeper.ask(Numbers{});
        sleeper.stop();
        support::until([&] { return told.use_count() == 1; });
        EXPECT_EQ(trace(stage.system, sleeper).use_count(), 1);
        EXPECT_EQ(stage.system.untrace(sleeper).told, 0u);
    });
}

TEST_P(TraceTest, OnAndOffWhileMessagesComeLosesNoneOfThem) {
    std::size_t traced = 0;
    std::size_t untraced = 0;
    play([&](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        const int count = stage.times(2'000) + 20;
        auto telling = stage.spawn([listener, count] {
            for (int i = 0; i < count; ++i) {
                listener.tell(Number{i});
                if (i % 5 == 0) yield();
            }
        });
        std::size_t told = 0;
        for (int i = 0; i < 5; ++i) {
            const auto now = trace(stage.system, listener);
            yield();
            // Of two questions the second is surely handled by then as it should be.
            for (int question = 0; question < 2; ++question) (void)listener.ask(Numbers{});
            (void)stage.system.untrace(listener);
            for (int question = 0; question < 2; ++question) (void)listener.ask(Numbers{});
            told += now->size();
            EXPECT_EQ(now.use_count(), 1);
        }
        telling.get();
        const std::size_t heard = listener.ask(Numbers{}).size();
        EXPECT_EQ(heard, static_cast<std::size_t>(count));
        traced += told;
        untraced += heard + 20 - told;
    });
    EXPECT_GT(traced, 0u);
    EXPECT_GT(untraced, 0u);
}

}  // namespace greenroom
