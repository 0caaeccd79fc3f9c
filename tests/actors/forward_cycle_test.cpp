// Circles of asks of which one was forwarded: whose call fails, and what is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <utility>

#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::SystemStage;
using testing::HasSubstr;

class ForwardCycleTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ForwardCycleTest);

struct Story {};
using Told = Protocol<std::string(Story)>;

// Sends what it is asked on to another, after a while.
class Forwarder : public Actor {
public:
    Forwarder(Ref<Told> other, Duration after) : other_{std::move(other)}, after_{after} {}
    void on(Story, Reply<std::string> reply) {
        sleep_for(after_);
        other_.forward(Story{}, std::move(reply));
    }

private:
    const Ref<Told> other_;
    const Duration after_;
};

// Asks the other when it is told to, and says how that ended; asked itself, it asks back.
struct AskNow {
    Ref<Told> other;
    Duration timeout = 1h;
};
class Teller : public Actor {
public:
    std::string on(const AskNow& now) { return story_of(now.other, now.timeout); }
    std::string on(Story) { return back_ ? story_of(back_, 1h) : "end"; }
    void on(const Ref<Told>& back) { back_ = back; }

private:
    static std::string story_of(const Ref<Told>& other, Duration timeout) {
        try {
            return other.ask(Story{}, timeout);
        } catch (const AskCycle& error) {
            return error.what();
        } catch (const Timeout&) {
            return "timeout";
        }
    }
    Ref<Told> back_;
};

}  // namespace

TEST_P(ForwardCycleTest, AForwardThatClosesItFailsTheAskThatWasForwarded) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        auto asker = stage.system.spawn<Teller>();
        auto other = stage.system.spawn<Teller>();
        auto relay = stage.system.spawn<Forwarder>(other, 1s);
        // By the time of the forward, the other waits for the asker.
        auto asking = stage.spawn([&] { return asker.ask(AskNow{relay}, 1h); });
        auto waiting = stage.spawn([&] {
            sleep_for(500ms);
            return other.ask(AskNow{asker}, 1h);
        });
        const std::string story = asking.get();
        EXPECT_THAT(story, HasSubstr("closes a circle"));
        EXPECT_THAT(story, HasSubstr(to_string(asker) + " asks " + to_string(other) + " with "));
        EXPECT_THAT(story, HasSubstr(to_string(other) + " asks " + to_string(asker) + " with "));
        EXPECT_EQ(waiting.get(), "end");  // of it nothing is left
    });
}

TEST_P(ForwardCycleTest, AForwardToTheAskerItselfClosesIt) {
    play([](SystemStage& stage) {
        auto asker = stage.system.spawn<Teller>();
        auto relay = stage.system.spawn<Forwarder>(asker, 0s);
        EXPECT_THAT(asker.ask(AskNow{relay}, 1h), HasSubstr("closes a circle"));
        auto second = stage.system.spawn<Forwarder>(relay, 0s);
        EXPECT_THAT(asker.ask(AskNow{second}, 1h), HasSubstr("closes a circle"));
    });
}

TEST_P(ForwardCycleTest, AnAskOfWhoWaitsForTheAnswerToAForwardClosesIt) {
    play([](SystemStage& stage) {
        auto asker = stage.system.spawn<Teller>();
        auto other = stage.system.spawn<Teller>();
        auto relay = stage.system.spawn<Forwarder>(other, 0s);
        other.tell(Ref<Told>{asker});
        const std::string story = asker.ask(AskNow{relay}, 1h);
        EXPECT_THAT(story, HasSubstr("closes a circle"));
        EXPECT_THAT(story, HasSubstr(to_string(asker) + " asks " + to_string(other) + " with "));
    });
}

TEST_P(ForwardCycleTest, AForwardThatEndsIsNone) {
    play([](SystemStage& stage) {
        auto asker = stage.system.spawn<Teller>();
        auto last = stage.system.spawn<Teller>();
        auto relay = stage.system.spawn<Forwarder>(last, 0s);
        auto first = stage.system.spawn<Forwarder>(relay, 0s);
        for (int i = 0; i < 3; ++i) EXPECT_EQ(asker.ask(AskNow{first}, 1h), "end");
    });
}

TEST_P(ForwardCycleTest, AForwardForWhoHasGivenUpIsNone) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        auto asker = stage.system.spawn<Teller>();
        auto other = stage.system.spawn<Teller>();
        auto late = stage.system.spawn<Forwarder>(other, 2s);
        EXPECT_EQ(asker.ask(AskNow{late, 1s}, 1h), "timeout");
        // It waits again, for another, when the first ask is forwarded.
        auto slow = stage.system.spawn<Forwarder>(stage.system.spawn<Teller>(), 5s);
        auto asking = stage.spawn([&] { return asker.ask(AskNow{slow}, 1h); });
        sleep_for(3s);
        EXPECT_EQ(other.ask(AskNow{asker}, 1h), "end");
        EXPECT_EQ(asking.get(), "end");
    });
}

}  // namespace greenroom
