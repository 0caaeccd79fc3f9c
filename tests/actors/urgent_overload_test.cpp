// Overload by urgent messages: what is told of their limit when that was met, and what is counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/urgent.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cast.hpp"
#include "held.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"
#include "told.hpp"

namespace greenroom {

namespace {

struct Alarm {};
struct Alarms {};  // how many have come

}  // namespace

template <>
inline constexpr bool is_urgent<Alarm> = true;

namespace {

using namespace cast;
using support::SystemStage;
using testing::HasSubstr;

class UrgentOverloadTest : public support::OnSystems {
protected:
    void play_telling(const std::function<void(SystemStage&)>& body, int seeds = 20) {
        play(
            [&](SystemStage& stage) {
                told->clear();
                body(stage);
            },
            telling(told), seeds);
    }

    const std::shared_ptr<Told> told = std::make_shared<Told>();
};
GREENROOM_ON_ALL_RUNTIMES(UrgentOverloadTest);

class Guard : public Listener {
public:
    using Listener::on;
    void on(Alarm) { ++alarms_; }
    int on(Alarms) { return alarms_; }

private:
    int alarms_ = 0;
};

ActorOptions limited(std::size_t urgent_max) {
    ActorOptions options;
    options.mailbox.urgent_max = urgent_max;
    return options;
}

struct Ring {
    Ref<Guard> whom;
    int count;
};

// Sends so many alarms, and counts what is refused.
class Bell : public Actor {
public:
    int on(const Ring& ring) {
        return refused_of(ring.count, [&](int) { ring.whom.tell(Alarm{}); });
    }
};

}  // namespace

TEST_P(UrgentOverloadTest, TellsTheLimitHowOftenAndWhoAndWhat) {
    play_telling([&](SystemStage& stage) {
        const support::LogLines log;
        auto guard = stage.system.spawn_with<Guard>(limited(3));
        auto bell = stage.system.spawn<Bell>();
        {
            Held held{guard};
            held.await();
            EXPECT_EQ(bell.ask(Ring{guard, 10}), 7);
            EXPECT_TRUE(told->copy().empty()) << "it is in a handler";
            EXPECT_EQ(stage.system.inspect(guard).times_full, 7U);
            EXPECT_EQ(stage.system.stats().refused, 7U);
        }
        support::until([&] { return !told->copy().empty(); });
        const std::vector<Overload> all = told->copy();
        ASSERT_EQ(all.size(), 1U);
        const Overload& event = all[0];
        EXPECT_THAT(event.actor, HasSubstr("Guard"));
        EXPECT_EQ(event.id, guard.id().number);
        EXPECT_TRUE(event.is_urgent);
        EXPECT_EQ(event.bound, 3U);
        EXPECT_EQ(event.when_full, WhenFull::fail);
        EXPECT_EQ(event.refused, 7U);
        EXPECT_EQ(event.waited + event.dropped, 0U);
        EXPECT_EQ(event.queued, 3U);
        EXPECT_EQ(event.sampled, 3U);
        ASSERT_EQ(event.messages.size(), 1U);
        EXPECT_THAT(event.messages[0].name, HasSubstr("Alarm"));
        ASSERT_EQ(event.senders.size(), 1U);
        EXPECT_THAT(event.senders[0].name, HasSubstr("Bell"));
        EXPECT_EQ(event.senders[0].count, 7U);
        EXPECT_THAT(to_string(event), HasSubstr(", bounded to 3 urgent messages (fail), was full: 7"
                                                " refused; 3 queued, of 3 looked at are 3 "));
        support::until([&] { return log.contain("overload: "); });
        EXPECT_THAT(log.text(), HasSubstr(to_string(event)));
        EXPECT_EQ(stage.system.stats().overloads, 0U);
    });
}

TEST_P(UrgentOverloadTest, IsToldBesideTheBoundOfItsMailbox) {
    play_telling([&](SystemStage& stage) {
        ActorOptions options = limited(1);
        options.mailbox.bound = 1;
        options.mailbox.when_full = WhenFull::fail;
        auto guard = stage.system.spawn_with<Guard>(options);
        {
            Held held{guard};
            held.await();
            EXPECT_EQ(guard.try_tell(Number{1}), Sent::sent);
            EXPECT_EQ(guard.try_tell(Number{2}), Sent::full);
            EXPECT_EQ(guard.try_tell(Alarm{}), Sent::sent);
            EXPECT_EQ(guard.try_tell(Alarm{}), Sent::full);
            EXPECT_EQ(guard.try_tell(Alarm{}), Sent::full);
            EXPECT_EQ(stage.system.inspect(guard).times_full, 3U);
        }
        support::until([&] { return told->copy().size() == 2; });
        const std::vector<Overload> all = told->copy();
        EXPECT_FALSE(all[0].is_urgent);
        EXPECT_EQ(all[0].refused, 1U);
        EXPECT_TRUE(all[1].is_urgent);
        EXPECT_EQ(all[1].refused, 2U);
    });
}

TEST_P(UrgentOverloadTest, OneThatWantsNoneIsCountedOnly) {
    play_telling([&](SystemStage& stage) {
        ActorOptions options = limited(2);
        options.mailbox.overload_at = 0;
        auto guard = stage.system.spawn_with<Guard>(options);
        auto bell = stage.system.spawn<Bell>();
        {
            Held held{guard};
            held.await();
            EXPECT_EQ(bell.ask(Ring{guard, 5}), 3);
        }
        // An ask is behind all that was there, and what is told is told before.
        EXPECT_EQ(guard.ask(Alarms{}), 2);
        EXPECT_TRUE(told->copy().empty());
        EXPECT_EQ(stage.system.stats().refused, 3U);
    });
}

// Whoever meets the limit while the turn empties the list, tells and is told of the next one.
TEST_P(UrgentOverloadTest, SendersAndTurnsMeet) {
    int met = 0;
    play_telling([&](SystemStage& stage) {
        auto guard = stage.system.spawn_with<Guard>(limited(2));
        std::vector<Future<int>> bells;
        for (int i = 0; i < 4; ++i) {
            bells.push_back(stage.system.spawn<Bell>().request(Ring{guard, 200}));
        }
        int refused = 0;
        for (Future<int>& bell : bells) refused += bell.get();
        EXPECT_EQ(guard.ask(Alarms{}), 4 * 200 - refused);
        EXPECT_EQ(stage.system.stats().refused, static_cast<unsigned>(refused));
        EXPECT_EQ(stage.system.inspect(guard).times_full, static_cast<unsigned>(refused));
        std::uint64_t in_events = 0;
        for (const Overload& event : told->copy()) in_events += event.refused;
        EXPECT_LE(in_events, static_cast<unsigned>(refused));
        if (refused > 0) {
            ++met;
            EXPECT_GT(in_events, 0U);
        }
    });
    EXPECT_GT(met, 0);
}

}  // namespace greenroom
