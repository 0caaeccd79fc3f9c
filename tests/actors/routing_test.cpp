// Routing: which routee a router gives a message to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/router.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <memory>
#include <set>
#include <vector>

#include "cast.hpp"
#include "picture.hpp"
#include "support/on_machine.hpp"
#include "support/on_systems.hpp"
#include "team.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class RoutingTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(RoutingTest);

using Values = std::vector<int>;

Values who_answers(const Ref<Team>& router, int count) {
    Values answers;
    for (int i = 0; i < count; ++i) answers.push_back(router.ask(Who{i}));
    return answers;
}

// Whom it draws under a seed.
Values drawn(std::uint64_t seed) {
    SimulatedMachine machine{seed};
    Values answers;
    machine.run([&] {
        SystemOptions options;
        options.runtime = support::on_machine(machine, 2);
        System system{options};
        std::vector<Ref<Team>> routees;
        for (int i = 0; i < 5; ++i) routees.push_back(system.spawn<Player>(i));
        answers = who_answers(system.spawn<Router<Team>>(Routing::random, routees), 40);
    });
    return answers;
}

// Players that are held, with so many numbers in their mailboxes.
class Held {
public:
    Held(SystemStage& stage, const Values& lengths)
        : all{players(stage, static_cast<int>(lengths.size()), {.mailbox = {100, WhenFull::fail}})},
          begun_{lengths.size()} {
        for (std::size_t i = 0; i < lengths.size(); ++i) {
            all[i].tell(Hold{begun_[i], go_on_});
            begun_[i].wait();
            for (int k = 0; k < lengths[i]; ++k) all[i].tell(Number{k});
        }
    }
    ~Held() {
        go_on_.set();
        for (const auto& player : all) (void)player.ask(Numbers{});
    }
    Values lengths() const {
        Values now;
        for (const auto& player : all) now.push_back(static_cast<int>(player.queued()));
        return now;
    }

    const std::vector<Ref<Player>> all;

private:
    std::vector<Event> begun_;
    Event go_on_;
};

template <class Message>
int key_of(const Message& message) {
    if constexpr (std::is_same_v<Message, Who>) return message.key;
    if constexpr (std::is_same_v<Message, Number>) return message.value;
    return 0;
}
constexpr auto key = [](const auto& message) { return key_of(message); };

}  // namespace

TEST_P(RoutingTest, RoundRobinGivesEachItsTurn) {
    play([](SystemStage& stage) {
        const auto all = players(stage, 3);
        auto router = stage.system.spawn<Router<Team>>(Routing::round_robin, team(all));
        EXPECT_EQ(who_answers(router, 7), (Values{0, 1, 2, 0, 1, 2, 0}));
        for (int i = 0; i < 6; ++i) router.tell(Number{i});
        (void)router.ask(GetStats{});
        EXPECT_EQ(all[0].ask(Numbers{}), (Values{2, 5}));
        EXPECT_EQ(all[1].ask(Numbers{}), (Values{0, 3}));
        EXPECT_EQ(all[2].ask(Numbers{}), (Values{1, 4}));
    });
}

TEST_P(RoutingTest, RoundRobinSkipsNobodyWhenSomebodyComesOrGoes) {
    play([](SystemStage& stage) {
        const auto all = players(stage, 5);
        auto router = stage.system.spawn<Router<Team>>(
            Routing::round_robin, std::vector<Ref<Team>>{all.begin(), all.begin() + 4});
        EXPECT_EQ(who_answers(router, 2), (Values{0, 1}));
        router.tell(RemoveRoutee<Team>{all[0]});
        EXPECT_EQ(who_answers(router, 1), Values{2});
        router.tell(RemoveRoutee<Team>{all[3]});
        EXPECT_EQ(who_answers(router, 2), (Values{1, 2}));
        router.tell(AddRoutee<Team>{all[4]});
        EXPECT_EQ(who_answers(router, 4), (Values{4, 1, 2, 4}));
    });
}

TEST_P(RoutingTest, RandomReachesAllAboutEquallyOften) {
    play([](SystemStage& stage) {
        const auto all = players(stage, 4);
        auto router = stage.system.spawn<Router<Team>>(Routing::random, team(all));
        constexpr int count = 400;
        int times[4]{};
        for (const int who : who_answers(router, count)) ++times[who];
        for (const int mine : times) EXPECT_NEAR(mine, count / 4, 60);
    });
}

TEST(RoutingBySeed, RandomIsTheSameUnderTheSameSeed) {
    std::set<Values> seen;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Values first = drawn(seed);
        EXPECT_EQ(first, drawn(seed));
        EXPECT_EQ((std::set<int>{first.begin(), first.end()}), (std::set<int>{0, 1, 2, 3, 4}));
        seen.insert(first);
    }
    EXPECT_EQ(seen.size(), 5u);
}

TEST_P(RoutingTest, LeastMailboxPicksTheShortest) {
    play([](SystemStage& stage) {
        const Held held{stage, {3, 1, 2}};
        auto router = stage.system.spawn<Router<Team>>(Routing::least_mailbox, team(held.all));
        const std::vector<Values> expected{{3, 2, 2}, {3, 2, 3}, {3, 3, 3}};
        for (const Values& lengths : expected) {
            router.tell(Number{9});
            (void)router.ask(GetStats{});
            EXPECT_EQ(held.lengths(), lengths);
        }
        for (int i = 0; i < 6; ++i) router.tell(Number{9});
        (void)router.ask(GetStats{});
        EXPECT_EQ(held.lengths(), (Values{5, 5, 5}));
    });
}

TEST_P(RoutingTest, LeastMailboxPrefersWhoIsIdle) {
    play([](SystemStage& stage) {
        const Held held{stage, {0, 0, 0}};
        auto idle = stage.system.spawn<Player>(7);
        std::vector<Ref<Team>> all = team(held.all);
        all.insert(all.begin() + 1, idle);
        auto router = stage.system.spawn<Router<Team>>(Routing::least_mailbox, all);
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(router.ask(Who{}), 7);
            support::until([&] { return idle.queued() == 0; });
        }
        EXPECT_EQ(held.lengths(), (Values{0, 0, 0}));
    });
}

TEST_P(RoutingTest, QueuedIsExactOnlyWithABound) {
    play([](SystemStage& stage) {
        const Held held{stage, {4}};
        EXPECT_EQ(held.all[0].queued(), 4u);
        Event begun;
        Event go_on;
        auto unbounded = stage.system.spawn<Player>();
        EXPECT_EQ(unbounded.queued(), 0u);
        unbounded.tell(Hold{begun, go_on});
        begun.wait();
        for (int i = 0; i < 4; ++i) unbounded.tell(Number{i});
        EXPECT_EQ(unbounded.queued(), 1u);
        go_on.set();
        support::until([&] { return unbounded.queued() == 0; });
        unbounded.stop();
        support::until([&] { return unbounded.has_ended(); });
        EXPECT_EQ(unbounded.queued(), 0u);
    });
}

// Property  A key that moves goes to the one that came, or away from the one that went; and those
// are about as many as it has a share in.
TEST_P(RoutingTest, ByKeyOnlyTheKeysOfWhoComesOrGoesMove) {
    play(
        [](SystemStage& stage) {
            constexpr int keys = 1'000;
            constexpr int share = keys / 10;
            const auto all = players(stage, 10);
            std::vector<Ref<Team>> nine = team(all);
            nine.pop_back();
            auto router = stage.system.spawn<Router<Team>>(ByKey{key}, nine);
            const Values before = who_answers(router, keys);
            EXPECT_EQ(who_answers(router, keys), before);

            router.tell(AddRoutee<Team>{all[9]});
            const Values after = who_answers(router, keys);
            int moved = 0;
            for (std::size_t i = 0; i < keys; ++i) {
                if (after[i] == before[i]) continue;
                ++moved;
                EXPECT_EQ(after[i], 9);
            }
            EXPECT_GT(moved, share / 2);
            EXPECT_LT(moved, share * 2);

            router.tell(RemoveRoutee<Team>{all[4]});
            const Values at_last = who_answers(router, keys);
            for (std::size_t i = 0; i < keys; ++i) {
                EXPECT_NE(at_last[i], 4);
                EXPECT_TRUE(at_last[i] == after[i] || after[i] == 4);
            }
        },
        {}, 2);
}

TEST_P(RoutingTest, ByKeySharesTheKeysOutAboutEvenly) {
    play(
        [](SystemStage& stage) {
            constexpr int keys = 1'000;
            auto router =
                stage.system.spawn<Router<Team>>(ByKey{key, 200}, team(players(stage, 5)));
            int times[5]{};
            for (const int who : who_answers(router, keys)) ++times[who];
            for (const int mine : times) EXPECT_NEAR(mine, keys / 5, keys / 10);
        },
        {}, 2);
}

TEST_P(RoutingTest, ByKeyAllMessagesOfAKeyMeet) {
    play([](SystemStage& stage) {
        const auto all = players(stage, 4);
        auto router = stage.system.spawn<Router<Team>>(ByKey{key}, team(all));
        for (int value = 0; value < 30; ++value) {
            router.tell(Number{value});
            router.tell(share(Number{value}));
            const int who = router.ask(Who{value});
            const Values numbers = all[static_cast<std::size_t>(who)].ask(Numbers{});
            EXPECT_EQ(std::count(numbers.begin(), numbers.end(), value), 2);
        }
    });
}

TEST_P(RoutingTest, ByKeyNeedsAPlaceOnTheRing) {
    play([](SystemStage& stage) {
        EXPECT_THROW(stage.system.spawn<Router<Team>>(ByKey{key, 0}), std::invalid_argument);
    });
}

TEST_P(RoutingTest, BroadcastGivesAllTheOnePayload) {
    play([](SystemStage& stage) {
        using Shown = Protocol<void(Picture)>;
        std::vector<Ref<Viewer>> viewers;
        for (int i = 0; i < stage.times(1'000); ++i)
            viewers.push_back(stage.system.spawn<Viewer>());
        auto router = stage.system.spawn<Router<Shown>>(
            Routing::broadcast, std::vector<Ref<Shown>>{viewers.begin(), viewers.end()});
        const auto counts = std::make_shared<Counts>();
        router.tell(Picture{counts});
        EXPECT_EQ(router.ask(GetStats{}).routed, 1u);
        const void* const first = viewers.front().ask(Numbers{});
        for (const auto& viewer : viewers) EXPECT_EQ(viewer.ask(Numbers{}), first);
        EXPECT_EQ(counts->copied.load(), 0);
        EXPECT_EQ(counts->destroyed.load(), 1);
        {
            const Shared<Picture> picture{std::in_place, counts};
            router.tell(picture);
            (void)router.ask(GetStats{});
            for (const auto& viewer : viewers) EXPECT_EQ(viewer.ask(Numbers{}), &*picture);
        }
        EXPECT_EQ(counts->copied.load(), 0);
        EXPECT_EQ(counts->destroyed.load(), 2);
    });
}

TEST_P(RoutingTest, SharedGoesThroughEveryRoutingUncopied) {
    play([](SystemStage& stage) {
        using Shown = Protocol<void(Picture)>;
        auto viewer = stage.system.spawn<Viewer>();
        const auto counts = std::make_shared<Counts>();
        std::vector<Shared<Picture>> all;  // so that each has an address of its own
        for (const Routing how : {Routing::round_robin, Routing::random, Routing::least_mailbox}) {
            const Ref<Shown> router =
                stage.system.spawn<Router<Shown>>(how, std::vector<Ref<Shown>>{viewer});
            const Shared<Picture>& picture = all.emplace_back(std::in_place, counts);
            router.tell(picture);
            support::until([&] { return viewer.ask(Numbers{}) == &*picture; });
        }
        EXPECT_EQ(counts->copied.load(), 0);
    });
}

TEST_P(RoutingTest, AnAskOfABroadcastFailsAndSaysWhy) {
    play([](SystemStage& stage) {
        using Asked = Protocol<int(Who), void(Number)>;
        const auto all = players(stage, 2);
        const Ref<Asked> router = stage.system.spawn<Router<Asked>>(
            Routing::broadcast, std::vector<Ref<Asked>>{all.begin(), all.end()});
        try {
            (void)router.ask(Who{}, 1h);
            ADD_FAILURE() << "threw nothing";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), std::errc::operation_not_supported);
            EXPECT_THAT(error.what(), testing::HasSubstr("there is no one answer"));
        }
        EXPECT_THROW(router.ask(Number{1}, 1h), Error);
        router.tell(Number{2});
        support::until([&] { return all[0].ask(Numbers{}) == Values{2}; });
        support::until([&] { return all[1].ask(Numbers{}) == Values{2}; });
    });
}

TEST_P(RoutingTest, BroadcastRefusesAProtocolWhoseMessagesCannotBeCopied) {
    play([](SystemStage& stage) {
        try {
            stage.system.spawn<Router<Team>>(Routing::broadcast);
            ADD_FAILURE() << "threw nothing";
        } catch (const std::invalid_argument& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr("Parcel cannot be copied"));
        }
    });
}

}  // namespace greenroom
