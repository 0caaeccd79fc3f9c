// Overload: what is told of an actor that has too many messages queued, and when.
#include <greenroom/actors/system.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/log_lines.hpp"
#include "support/on_systems.hpp"
#include "told.hpp"

namespace greenroom {

namespace {

using cast::telling;
using cast::Told;
using support::SystemStage;
using testing::HasSubstr;

class OverloadTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(OverloadTest);

struct Pile {};
struct Rare {};
struct Begin {
    std::shared_ptr<Event> begun;
    std::shared_ptr<Event> go_on;
};
struct Handled {};

class Sink : public Actor {
public:
    void on(Pile) { ++handled_; }
    void on(Rare) { ++handled_; }
    void on(const Begin& begin) {
        begin.begun->set();
        begin.go_on->wait();
    }
    int on(Handled) { return handled_; }

private:
    int handled_ = 0;
};

Begin begin_with(const Ref<Sink>& sink) {
    Begin begin{std::make_shared<Event>(), std::make_shared<Event>()};
    sink.tell(begin);
    begin.begun->wait();
    return begin;
}

// Of these each tenth is rare. Gives others a turn now and then.
void tell_some(const Ref<Sink>& sink, int count) {
    for (int i = 0; i < count; ++i) {
        if (i % 10 == 0) {
            sink.tell(Rare{});
        } else {
            sink.tell(Pile{});
        }
        if (i % 50 == 49) yield();
    }
}

// Lets so many pile up.
void pile_up(const Ref<Sink>& sink, int count) {
    const Begin begin = begin_with(sink);
    tell_some(sink, count);
    begin.go_on->set();
}

ActorOptions overloaded_at(std::size_t count) {
    ActorOptions options;
    options.mailbox.overload_at = count;
    return options;
}

struct Pour {
    Ref<Sink> sink;
    int count;
};

class Tap : public Actor {
public:
    void on(const Pour& pour) { tell_some(pour.sink, pour.count); }
};

// One that has found so many messages, more than it should, and has handled them.
Ref<Sink> crowded_sink(SystemStage& stage, Told& told, int count) {
    told.clear();
    auto sink = stage.system.spawn_with<Sink>(overloaded_at(100));
    pile_up(sink, count);
    support::until([&] { return stage.system.stats().overloads == 1; });
    EXPECT_EQ(sink.ask(Handled{}), count);
    return sink;
}

}  // namespace

TEST_P(OverloadTest, TellsTheActorHowManyAndTheTypesOfTheOldest) {
    const auto told = std::make_shared<Told>();
    play(
        [&](SystemStage& stage) {
            const support::LogLines log;
            const auto sink = crowded_sink(stage, *told, 200);
            const std::vector<Overload> all = told->copy();
            ASSERT_EQ(all.size(), 1U);
            EXPECT_THAT(all[0].actor, HasSubstr("Sink"));
            EXPECT_EQ(all[0].id, sink.id().number);
            EXPECT_EQ(all[0].queued, 200U);
            EXPECT_EQ(all[0].sampled, 200U);
            ASSERT_EQ(all[0].messages.size(), 2U);
            EXPECT_THAT(all[0].messages[0].name, HasSubstr("Pile"));
            EXPECT_EQ(all[0].messages[0].count, 180U);
            EXPECT_THAT(all[0].messages[1].name, HasSubstr("Rare"));
            EXPECT_EQ(all[0].messages[1].count, 20U);
            EXPECT_EQ(stage.system.stats().overloads, 1U);
            EXPECT_THAT(log.text(), HasSubstr(to_string(all[0])));
        },
        telling(told));
}

TEST_P(OverloadTest, LooksAtAThousandAtMost) {
    const auto told = std::make_shared<Told>();
    play(
        [&](SystemStage& stage) {
            const support::LogLines log;
            const auto sink = crowded_sink(stage, *told, 1'200);
            const std::vector<Overload> all = told->copy();
            ASSERT_EQ(all.size(), 1U);
            EXPECT_EQ(all[0].queued, 1'200U);
            EXPECT_EQ(all[0].sampled, Overload::sample_max);
        },
        telling(told), 5);
}

TEST_P(OverloadTest, IsNotToldOfOneThatHasLessOrWantsNone) {
    const auto told = std::make_shared<Told>();
    play(
        [&](SystemStage& stage) {
            told->clear();
            const auto less = stage.system.spawn_with<Sink>(overloaded_at(100));
            const auto none = stage.system.spawn_with<Sink>(overloaded_at(0));
            pile_up(less, 90);
            pile_up(none, 200);
            EXPECT_EQ(less.ask(Handled{}), 90);
            EXPECT_EQ(none.ask(Handled{}), 200);
            EXPECT_EQ(stage.system.stats().overloads, 0U);
            EXPECT_TRUE(told->copy().empty());
        },
        telling(told));
}

TEST_P(OverloadTest, IsToldOnceInASecondAndCountedEachTime) {
    const auto told = std::make_shared<Told>();
    std::uint64_t at_once = 0;
    play(
        [&](SystemStage& stage) {
            const support::LogLines log;
            told->clear();
            const auto sink = stage.system.spawn_with<Sink>(overloaded_at(64));
            const TimePoint began = Deadline::after({}).at();
            for (int i = 0; i < 3; ++i) {
                pile_up(sink, 100);
                EXPECT_EQ(sink.ask(Handled{}), 100 * (i + 1));
            }
            EXPECT_EQ(stage.system.stats().overloads, 3U);
            if (Deadline::after({}).at() - began > std::chrono::milliseconds{900}) return;
            EXPECT_EQ(told->copy().size(), 1U);
            ++at_once;
        },
        telling(told));
    EXPECT_GT(at_once, 0U);
}

TEST_P(OverloadTest, NamesWhoSentWhileACrowdWasHandled) {
    const auto told = std::make_shared<Told>();
    play(
        [&](SystemStage& stage) {
            const support::LogLines log;
            told->clear();
            const auto sink = stage.system.spawn_with<Sink>(overloaded_at(800));
            const auto tap = stage.system.spawn<Tap>();
            const Begin crowd = begin_with(sink);
            const Begin rest{std::make_shared<Event>(), std::make_shared<Event>()};
            sink.tell(rest);
            tell_some(sink, 100);
            crowd.go_on->set();
            rest.begun->wait();  // the crowd is out of the mailbox, and not handled
            tap.ask(Pour{sink, 1});
            tell_some(sink, 800);
            rest.go_on->set();
            support::until([&] { return stage.system.stats().overloads == 1; });
            EXPECT_EQ(sink.ask(Handled{}), 901);
            const std::vector<Overload> all = told->copy();
            ASSERT_EQ(all.size(), 1U);
            EXPECT_EQ(all[0].queued, 801U);
            ASSERT_EQ(all[0].senders.size(), 1U);
            EXPECT_THAT(all[0].senders[0].name, HasSubstr("Tap"));
            EXPECT_EQ(all[0].senders[0].count, 1U);
            EXPECT_THAT(log.text(), HasSubstr("; of some senders 1 "));
        },
        telling(told), 10);
}

// Property  However marks, pushes and turns meet, no message is lost, and what is told is true.
TEST_P(OverloadTest, MarksAndPushesMeet) {
    const auto told = std::make_shared<Told>();
    play(
        [&](SystemStage& stage) {
            const support::LogLines log;
            told->clear();
            const auto sink = stage.system.spawn_with<Sink>(overloaded_at(64));
            const Begin first = begin_with(sink);
            std::vector<Task<void>> pourers;
            const int count = stage.simulated ? 200 : stage.times(5'000);
            for (int i = 0; i < 3; ++i) {
                pourers.push_back(stage.spawn([sink, count] { tell_some(sink, count); }));
            }
            tell_some(sink, 100);
            first.go_on->set();
            for (Task<void>& pourer : pourers) pourer.get();
            EXPECT_EQ(sink.ask(Handled{}), 3 * count + 100);
            for (const Overload& overload : told->copy()) EXPECT_GE(overload.queued, 64U);
        },
        telling(told));
}

TEST_P(OverloadTest, AHookThatThrowsIsLogged) {
    SystemOptions options;
    options.on_overload = [](const Overload&) { throw std::runtime_error{"no"}; };
    play(
        [](SystemStage& stage) {
            const support::LogLines log;
            const auto sink = stage.system.spawn_with<Sink>(overloaded_at(64));
            pile_up(sink, 100);
            EXPECT_EQ(sink.ask(Handled{}), 100) << "it lives";
            EXPECT_TRUE(log.contain("on_overload threw"));
        },
        options);
}

TEST_P(OverloadTest, AMarkBesideABoundIsRefused) {
    play([](SystemStage& stage) {
        ActorOptions options = overloaded_at(100);
        options.mailbox.bound = 10;
        try {
            (void)stage.system.spawn_with<Sink>(options);
            ADD_FAILURE() << "threw nothing";
        } catch (const std::invalid_argument& refusal) {
            EXPECT_THAT(refusal.what(), HasSubstr("MailboxOptions::overload_at is 100 beside"));
            EXPECT_THAT(refusal.what(), HasSubstr("a bound of 10;"));
        }
        options.mailbox.overload_at = 0;
        EXPECT_EQ(stage.system.spawn_with<Sink>(options).ask(Handled{}), 0);
    });
}

TEST_P(OverloadTest, AMarkThatIsTooLowIsRefused) {
    play([](SystemStage& stage) {
        try {
            (void)stage.system.spawn_with<Sink>(overloaded_at(63));
            ADD_FAILURE() << "threw nothing";
        } catch (const std::invalid_argument& refusal) {
            EXPECT_THAT(refusal.what(), HasSubstr("MailboxOptions::overload_at is 63"));
            EXPECT_THAT(refusal.what(), HasSubstr("64 at least"));
        }
    });
}

}  // namespace greenroom
