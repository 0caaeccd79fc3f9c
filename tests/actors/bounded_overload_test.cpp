// Overload of a mailbox with a bound: what is told when that was met, and what is counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "held.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"
#include "told.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::HasSubstr;

class BoundedOverloadTest : public support::OnSystems {
protected:
    // Plays with a hook that tells, and nothing told yet.
    void play_telling(const std::function<void(SystemStage&)>& body, int seeds = 20) {
        play(
            [&](SystemStage& stage) {
                const support::LogLines lines;
                log = &lines;
                told->clear();
                body(stage);
            },
            telling(told), seeds);
    }
    // The only event.
    Overload the_event() const {
        support::until([&] { return !told->copy().empty(); });
        const std::vector<Overload> all = told->copy();
        EXPECT_EQ(all.size(), 1U);
        return all[0];
    }

    const std::shared_ptr<Told> told = std::make_shared<Told>();
    const support::LogLines* log = nullptr;  // while it plays
};
GREENROOM_ON_ALL_RUNTIMES(BoundedOverloadTest);

ActorOptions bounded(std::size_t bound, WhenFull policy) {
    return {.mailbox = {.bound = bound, .when_full = policy}};
}

struct Pour {
    Ref<Listener> into;
    int count;
};

// Tells so many numbers, and counts what is refused.
class Tap : public Actor {
public:
    int on(const Pour& pour) {
        return refused_of(pour.count, [&](int i) { pour.into.tell(Number{i}); });
    }
};

// What is told, is told before the next message is taken.
void until_taken(const Ref<Listener>& listener) {
    support::until([&] { return listener.queued() == 0; });
}

}  // namespace

TEST_P(BoundedOverloadTest, TellsTheBoundThePolicyHowOftenAndWhoAndWhat) {
    for (const WhenFull policy : {WhenFull::fail, WhenFull::drop_newest, WhenFull::drop_oldest}) {
        play_telling([&](SystemStage& stage) {
            auto listener = stage.system.spawn_with<Listener>(bounded(3, policy));
            auto tap = stage.system.spawn<Tap>();
            {
                Held held{listener};
                held.await();
                const bool fails = policy == WhenFull::fail;
                EXPECT_EQ(tap.ask(Pour{listener, 10}), fails ? 7 : 0);
                EXPECT_TRUE(told->copy().empty()) << "it is in a handler";
            }
            const Overload event = the_event();
            EXPECT_THAT(event.actor, HasSubstr("Listener"));
            EXPECT_EQ(event.id, listener.id().number);
            EXPECT_EQ(event.bound, 3U);
            EXPECT_EQ(event.when_full, policy);
            EXPECT_EQ(event.waited, 0U);
            EXPECT_EQ(event.refused, policy == WhenFull::fail ? 7U : 0U);
            EXPECT_EQ(event.dropped, policy == WhenFull::fail ? 0U : 7U);
            EXPECT_EQ(event.queued, 3U);
            EXPECT_EQ(event.in_line, 0U);
            EXPECT_EQ(event.sampled, 3U);
            ASSERT_EQ(event.messages.size(), 1U);
            EXPECT_THAT(event.messages[0].name, HasSubstr("Number"));
            EXPECT_EQ(event.messages[0].count, 3U);
            ASSERT_EQ(event.senders.size(), 1U);
            EXPECT_THAT(event.senders[0].name, HasSubstr("Tap"));
            EXPECT_EQ(event.senders[0].count, 7U);
            support::until([&] { return log->contain("overload: "); });
            EXPECT_THAT(log->text(), HasSubstr(to_string(event)));
            EXPECT_EQ(stage.system.stats().refused, event.refused);
            EXPECT_EQ(stage.system.stats().dropped, event.dropped);
            EXPECT_EQ(stage.system.stats().overloads, 0U);
        });
    }
}

TEST_P(BoundedOverloadTest, TellsOfThoseThatWaitForRoom) {
    play_telling([&](SystemStage& stage) {
        auto listener = stage.system.spawn_with<Listener>(bounded(1, WhenFull::suspend_sender));
        std::vector<Task<void>> senders;
        {
            Held held{listener};
            held.await();
            listener.tell(Number{0});
            for (int i = 0; i < 2; ++i) {
                senders.push_back(stage.spawn([listener] { listener.tell(Number{1}); }));
            }
            senders.push_back(stage.spawn([listener] { (void)listener.ask(Numbers{}, 1h); }));
            stage.until_waiting("room in a mailbox", 2);
            stage.until_waiting("ask", 1);
            EXPECT_EQ(stage.system.inspect(listener).times_full, 3U);
            EXPECT_EQ(stage.system.stats().room_waits, 3U);
        }
        for (Task<void>& sender : senders) sender.get();
        const Overload event = the_event();
        EXPECT_EQ(event.waited, 3U);
        EXPECT_EQ(event.refused, 0U);
        EXPECT_EQ(event.dropped, 0U);
        EXPECT_EQ(event.queued, 1U);
        EXPECT_EQ(event.in_line, 3U);
        EXPECT_EQ(event.sampled, 4U);
        ASSERT_EQ(event.messages.size(), 2U);
        EXPECT_THAT(event.messages[0].name, HasSubstr("Number"));
        EXPECT_EQ(event.messages[0].count, 3U);
        EXPECT_THAT(event.messages[1].name, HasSubstr("Numbers"));
        EXPECT_THAT(to_string(event), HasSubstr("(suspend_sender), was full: 3 had to wait; 3 wait;"
                                                " 1 queued, of 4 looked at are 3 "));
    });
}

TEST_P(BoundedOverloadTest, WhatTryTellDoesNotSendAndWhatMayNotWaitIsRefused) {
    play_telling([&](SystemStage& stage) {
        struct Again {
            Ref<Listener> itself;
        };
        class Talker : public Listener {
        public:
            using Listener::on;
            bool on(const Again& again) {
                try {
                    again.itself.tell(Number{1});
                    again.itself.tell(Number{2});
                    return false;
                } catch (const MailboxFull&) {
                    return true;
                }
            }
        };
        auto talker = stage.system.spawn_with<Talker>(bounded(1, WhenFull::suspend_sender));
        EXPECT_TRUE(talker.ask(Again{talker}));
        EXPECT_EQ(the_event().refused, 1U);
        auto newest = stage.system.spawn_with<Listener>(bounded(1, WhenFull::drop_newest));
        {
            Held held{newest};
            held.await();
            EXPECT_EQ(newest.try_tell(Number{1}), Sent::sent);
            EXPECT_EQ(newest.try_tell(Number{2}), Sent::full);
        }
        support::until([&] { return told->copy().size() == 2; });
        EXPECT_EQ(told->copy()[1].refused, 1U);
        EXPECT_EQ(told->copy()[1].dropped, 0U);
        ASSERT_EQ(told->copy()[1].senders.size(), 1U);
        EXPECT_EQ(told->copy()[1].senders[0].name, "a plain thread");
        EXPECT_EQ(stage.system.stats().refused, 2U);
        EXPECT_EQ(stage.system.stats().dropped, 0U);
    });
}

TEST_P(BoundedOverloadTest, IsToldOnceInASecondAndThenOfAllThatCameSince) {
    int at_once = 0;
    play_telling([&](SystemStage& stage) {
        auto listener = stage.system.spawn_with<Listener>(bounded(1, WhenFull::drop_newest));
        auto tap = stage.system.spawn<Tap>();
        const TimePoint began = Deadline::after({}).at();
        for (int i = 0; i < 3; ++i) {
            {
                Held held{listener};
                held.await();
                (void)tap.ask(Pour{listener, 11});
            }
            until_taken(listener);
        }
        EXPECT_EQ(stage.system.inspect(listener).times_full, 30U);
        EXPECT_THAT(to_string(stage.system.inspect(listener)), HasSubstr("30 times full"));
        if (Deadline::after({}).at() - began > 900ms) return;
        ++at_once;
        EXPECT_EQ(the_event().dropped, 10U);
        if (!stage.simulated) return;
        stage.run([] { sleep_for(1100ms); });
        {
            Held held{listener};
            held.await();
            (void)tap.ask(Pour{listener, 3});
        }
        support::until([&] { return told->copy().size() == 2; });
        EXPECT_EQ(told->copy()[1].dropped, 22U);
        ASSERT_EQ(told->copy()[1].senders.size(), 1U);
        EXPECT_EQ(told->copy()[1].senders[0].count, 22U);
    });
    EXPECT_GT(at_once, 0);
}

TEST_P(BoundedOverloadTest, OneThatWantsNoneIsCountedOnly) {
    play_telling([&](SystemStage& stage) {
        ActorOptions quiet = bounded(1, WhenFull::drop_oldest);
        quiet.mailbox.overload_at = 0;
        auto listener = stage.system.spawn_with<Listener>(quiet);
        auto tap = stage.system.spawn<Tap>();
        {
            Held held{listener};
            held.await();
            (void)tap.ask(Pour{listener, 4});
        }
        until_taken(listener);
        EXPECT_EQ(stage.system.inspect(listener).times_full, 3U);
        EXPECT_EQ(stage.system.stats().dropped, 3U);
        EXPECT_TRUE(told->copy().empty());
    });
}

TEST_P(BoundedOverloadTest, LooksAtFewOfWhatTheTurnHasNotTaken) {
    play_telling(
        [&](SystemStage& stage) {
            auto listener = stage.system.spawn_with<Listener>(bounded(500, WhenFull::fail));
            auto tap = stage.system.spawn<Tap>();
            {
                Held held{listener};
                held.await();
                EXPECT_EQ(tap.ask(Pour{listener, 501}), 1);
            }
            const Overload event = the_event();
            EXPECT_EQ(event.queued, 500U);
            EXPECT_EQ(event.sampled, Overload::line_max);
        },
        5);
}

// Property  However senders, turns and the telling meet: each time is counted once, in what the
//           actor is asked for, in what the system counts, and once at most in what is told.
TEST_P(BoundedOverloadTest, SendersAndTurnsMeet) {
    for (const WhenFull policy :
         {WhenFull::suspend_sender, WhenFull::fail, WhenFull::drop_newest, WhenFull::drop_oldest}) {
        play_telling(
            [&](SystemStage& stage) {
                auto listener = stage.system.spawn_with<Listener>(bounded(2, policy));
                std::vector<Ref<Tap>> taps;
                std::vector<Future<int>> pours;
                for (int i = 0; i < 4; ++i) {
                    taps.push_back(stage.system.spawn<Tap>());
                    pours.push_back(taps.back().request(Pour{listener, stage.times(1'000)}));
                }
                std::uint64_t refused = 0;
                for (Future<int>& pour : pours) refused += static_cast<std::uint64_t>(pour.get());
                const SystemStats stats = stage.system.stats();
                EXPECT_EQ(stats.refused, refused);
                EXPECT_EQ(stage.system.inspect(listener).times_full,
                          stats.refused + stats.dropped + stats.room_waits);
                const std::uint64_t met = stats.refused + stats.dropped + stats.room_waits;
                const auto told_of = [this] {
                    std::uint64_t sum = 0;
                    for (const Overload& event : told->copy()) {
                        sum += event.waited + event.refused + event.dropped;
                    }
                    return sum;
                };
                // Though nothing more is sent.
                if (met > 0) support::until([&] { return told_of() > 0; });
                EXPECT_LE(told_of(), met);
            },
            10);
    }
}

}  // namespace greenroom
