// Dead letters: all are counted, and the log names some: what, to whom, from whom, where.
#include <greenroom/actors/system.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <greenroom/core/detail/log_limit.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>
#include <utility>

#include "actors/cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using cast::Hold;
using cast::Listener;
using cast::Number;
using cast::Numbers;
using support::LogLines;
using support::SystemStage;

class DeadLetterTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(DeadLetterTest);

struct Tell {};

// Tells another what it is told to tell.
class Teller : public Actor {
public:
    explicit Teller(Ref<Listener> other) : other_{std::move(other)} {}
    int on(Tell) {
        other_.tell(Number{1});
        return __LINE__ - 1;
    }

private:
    const Ref<Listener> other_;
};

Ref<Listener> ended_listener(System& system) {
    auto listener = system.spawn<Listener>();
    listener.stop();
    support::until([&] { return listener.has_ended(); });
    return listener;
}

}  // namespace

TEST_P(DeadLetterTest, AreLoggedWithTypeReceiverSenderAndLine) {
    play([](SystemStage& stage) {
        const LogLines lines;
        const auto listener = ended_listener(stage.system);
        const auto teller = stage.system.spawn<Teller>(listener);
        const int line = teller.ask(Tell{});
        const std::string number = std::to_string(listener.id().number);
        EXPECT_TRUE(
            lines.contain("dead letter: greenroom::cast::Number to "
                          "greenroom::cast::Listener " +
                          number + ", which has ended, from "))
            << lines.text();
        EXPECT_TRUE(lines.contain("Teller at "));
        EXPECT_TRUE(lines.contain("dead_letter_test.cpp:" + std::to_string(line)));
    });
}

TEST_P(DeadLetterTest, APlainThreadAndATaskAreSendersToo) {
    play([](SystemStage& stage) {
        const auto listener = ended_listener(stage.system);
        const LogLines lines;
        listener.tell(Number{1});
        EXPECT_TRUE(lines.contain("from a plain thread at ")) << lines.text();
    });
    play([](SystemStage& stage) {
        const auto listener = ended_listener(stage.system);
        const LogLines lines;
        stage.spawn([&] { listener.tell(Number{1}); }, {.name = "the teller"}).get();
        EXPECT_TRUE(lines.contain("from the teller at ")) << lines.text();
    });
}

TEST_P(DeadLetterTest, WhatWasQueuedIsLoggedAsOne) {
    play([](SystemStage& stage) {
        const LogLines lines;
        Event begun;
        Event go_on;
        const auto listener = stage.system.spawn<Listener>();
        listener.tell(Hold{begun, go_on});
        begun.wait();
        for (int i = 0; i < 3; ++i) listener.tell(Number{i});
        listener.stop();
        support::until([&] { return listener.has_ended(); });
        go_on.set();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(stage.system.stats().dead_letters, 3U);
        EXPECT_TRUE(
            lines.contain(" ended with 3 messages unhandled, the first "
                          "greenroom::cast::Number\n"))
            << lines.text();
    });
}

TEST_P(DeadLetterTest, AnAskIsCountedAndNotLoggedSinceItsAskerIsTold) {
    play([](SystemStage& stage) {
        const LogLines lines;
        const auto listener = ended_listener(stage.system);
        EXPECT_THROW(listener.ask(Numbers{}), ActorStopped);
        EXPECT_EQ(stage.system.stats().dead_letters, 1U);
        EXPECT_EQ(lines.text(), "");
    });
}

TEST_P(DeadLetterTest, ASystemThatGoesDownCountsThemAndLogsNone) {
    play([](SystemStage& stage) {
        const LogLines lines;
        const auto listener = stage.system.spawn<Listener>();
        (void)stage.system.stop(StopPolicy::now, Deadline::after(std::chrono::seconds{10}));
        listener.tell(Number{1});
        EXPECT_EQ(stage.system.stats().dead_letters, 1U);
        EXPECT_EQ(lines.text(), "");
    });
}

// In virtual time: a storm is a line, and ten seconds later another with the count.
class DeadLetterStormTest : public support::OnSystems {};
INSTANTIATE_TEST_SUITE_P(Runs, DeadLetterStormTest,
                         testing::Values(support::Setting{true, 1}, support::Setting{true, 2}),
                         support::setting_name);

TEST_P(DeadLetterStormTest, IsALineInTenSeconds) {
    play([](SystemStage& stage) {
        const LogLines lines;
        const auto listener = ended_listener(stage.system);
        const auto storm = [&listener] {
            for (int i = 0; i < 100; ++i) listener.tell(Number{i});
        };
        storm();
        const std::string first = lines.text();
        EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 1) << first;
        stage.run([] { sleep_for(detail::LogLimit::usual_window + std::chrono::milliseconds{1}); });
        storm();
        const std::string both = lines.text();
        EXPECT_EQ(std::count(both.begin(), both.end(), '\n'), 2) << both;
        EXPECT_TRUE(both.ends_with(" (and 99 more that were not said)\n")) << both;
        EXPECT_EQ(stage.system.stats().dead_letters, 200U);
    });
}

}  // namespace greenroom
