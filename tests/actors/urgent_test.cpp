// Urgent messages: what they pass, in which order they come, and what they do not pass.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/actors/urgent.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

struct Now {
    int value;
};
struct WhatNow {};

}  // namespace

template <>
inline constexpr bool is_urgent<Now> = true;
template <>
inline constexpr bool is_urgent<WhatNow> = true;

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;

class UrgentTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(UrgentTest);

// Its events live as long as the handler looks at them.
struct Stay {
    struct Events {
        Event begun;
        Event go_on;
    };
    std::shared_ptr<Events> events = std::make_shared<Events>();
};

// Keeps all numbers that it hears, in order.
class Listening : public Actor {
public:
    void on(Number number) { heard_.push_back(number.value); }
    void on(Now now) { heard_.push_back(now.value); }
    std::size_t on(WhatNow) { return heard_.size(); }
    std::vector<int> on(Numbers) { return heard_; }
    void on(const Hold& hold) { hold.wait(); }
    void on(const Stay& stay) {
        stay.events->begun.set();
        stay.events->go_on.wait();
    }

private:
    std::vector<int> heard_;
};

// Holds it in a handler, to queue what it is told meanwhile.
class Held {
public:
    explicit Held(const Ref<Listening>& whom) {
        whom.tell(stay_);
        stay_.events->begun.wait();
    }
    ~Held() { go_on(); }
    void go_on() { stay_.events->go_on.set(); }

private:
    Stay stay_;
};

// The question is urgent as well, and may find as many as are allowed.
bool has_heard(const Ref<Listening>& listening, std::size_t count) {
    try {
        return listening.ask(WhatNow{}) == count;
    } catch (const MailboxFull&) {
        return false;
    }
}

std::vector<int> first(std::vector<int> all, std::size_t count) {
    all.resize(count);
    return all;
}

}  // namespace

TEST_P(UrgentTest, OneIsNextBehindTenThousandOthers) {
    play(
        [](SystemStage& stage) {
            auto listening = stage.system.spawn<Listening>();
            const int count = support::under_thread_sanitizer ? 1'000 : 10'000;
            {
                Held held{listening};
                for (int i = 0; i < count; ++i) listening.tell(Number{i});
                listening.tell(Now{-1});
                listening.tell(Now{-2});
            }
            EXPECT_THAT(first(listening.ask(Numbers{}), 4), ElementsAre(-1, -2, 0, 1));
        },
        {}, 2);
}

TEST_P(UrgentTest, ItPassesABatchThatWasTakenAlready) {
    play([](SystemStage& stage) {
        auto listening = stage.system.spawn<Listening>();
        Event begun;
        Event go_on;
        {
            Held held{listening};
            listening.tell(Number{1});
            listening.tell(Hold{begun, go_on});
            listening.tell(Number{2});
        }
        begun.wait();
        listening.tell(Now{-1});
        go_on.set();
        EXPECT_THAT(listening.ask(Numbers{}), ElementsAre(1, -1, 2));
    });
}

TEST_P(UrgentTest, AnAskIsAnsweredBeforeWhatIsQueued) {
    play([](SystemStage& stage) {
        auto listening = stage.system.spawn<Listening>();
        auto held = std::make_unique<Held>(listening);
        for (int i = 0; i < 10; ++i) listening.tell(Number{i});
        // The request is there before the handler goes on.
        Future<std::size_t> heard = listening.request(WhatNow{});
        held->go_on();
        EXPECT_EQ(heard.get(), 0u);
        held.reset();
        EXPECT_EQ(listening.ask(Numbers{}).size(), 10u);
    });
}

TEST_P(UrgentTest, ItPassesTheBoundAndHasALimitOfItsOwn) {
    play([](SystemStage& stage) {
        ActorOptions narrow;
        narrow.mailbox = {.bound = 2, .when_full = WhenFull::fail, .urgent_max = 3};
        auto listening = stage.system.spawn_with<Listening>(narrow);
        {
            Held held{listening};
            listening.tell(Number{1});
            listening.tell(Number{2});
            EXPECT_THROW(listening.tell(Number{3}), MailboxFull);
            for (int i = 1; i <= 3; ++i) listening.tell(Now{-i});
            EXPECT_THROW(listening.tell(Now{-4}), MailboxFull);
            EXPECT_EQ(listening.try_tell(Now{-4}), Sent::full);
        }
        support::until([&] { return has_heard(listening, 5); });
        EXPECT_THAT(listening.ask(Numbers{}), ElementsAre(-1, -2, -3, 1, 2));
    });
}

TEST_P(UrgentTest, AProcessReceivesItFirst) {
    play([](SystemStage& stage) {
        Event begun;
        Event go_on;
        std::vector<int> heard;
        auto process = stage.system.spawn_process<Number, Now>([&](Process& self) {
            begun.set();
            go_on.wait();
            for (int i = 0; i < 3; ++i) {
                self.receive([&](Number number) { heard.push_back(number.value); },
                             [&](Now now) { heard.push_back(now.value); });
            }
        });
        begun.wait();
        process.tell(Number{1});
        process.tell(Number{2});
        process.tell(Now{-1});
        go_on.set();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_THAT(heard, ElementsAre(-1, 1, 2));
    });
}

TEST_P(UrgentTest, WhatAnEndLeavesUnhandledIsADeadLetterAndAnAskFails) {
    play([](SystemStage& stage) {
        auto listening = stage.system.spawn<Listening>();
        Task<void> asking;
        {
            Held held{listening};
            listening.tell(Now{1});
            asking = stage.spawn([&] { EXPECT_THROW(listening.ask(WhatNow{}, 1h), ActorStopped); });
            listening.stop();
            support::until([&] { return listening.has_ended(); });
        }
        asking.get();
        listening.tell(Now{2});
        support::until([&] { return stage.system.stats().actors == 0; });
        listening.tell(Now{3});
        EXPECT_GE(stage.system.stats().dead_letters, 3u);
    });
}

TEST_P(UrgentTest, NoneIsLostOrDoubledWhileTheActorGoesIdleAndEnds) {
    play([](SystemStage& stage) {
        auto listening = stage.system.spawn<Listening>();
        std::vector<Task<void>> telling;
        for (int sender = 0; sender < 3; ++sender) {
            telling.push_back(stage.spawn([&, sender] {
                for (int i = 0; i < 50; ++i) {
                    (i + sender) % 2 == 0 ? listening.tell(Now{i}) : listening.tell(Number{i});
                    if (i % 5 == 0) yield();
                }
            }));
        }
        for (auto& task : telling) task.get();
        EXPECT_EQ(listening.ask(Numbers{}).size(), 150u);
        EXPECT_EQ(stage.system.stats().dead_letters, 0u);
    });
}

}  // namespace greenroom
