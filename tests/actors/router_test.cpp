// Router: who comes and goes, what an asker gets, and what becomes of a message nobody can take.
// Which routee a message goes to: routing_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/router.hpp>
#include <greenroom/actors/system.hpp>
#include <memory>
#include <numeric>
#include <vector>

#include "cast.hpp"
#include "full.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"
#include "team.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::HasSubstr;

class RouterTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(RouterTest);

using Values = std::vector<int>;
using Numbered = Protocol<void(Number), void(Hold)>;

// Answers when it is told to.
class Slow : public Actor {
public:
    void on(const Who&, Reply<int> reply) { waiting_.push_back(std::move(reply)); }
    void on(Number number) {
        for (auto& reply : waiting_) reply.set(number.value);
        waiting_.clear();
    }

private:
    std::vector<Reply<int>> waiting_;
};
using Asked = Protocol<int(Who), void(Number)>;

class Counting : public Player {
public:
    explicit Counting(std::atomic<std::uint64_t>& handled) : handled_{handled} {}
    using Player::on;
    void on(Number) { handled_.fetch_add(1); }

private:
    std::atomic<std::uint64_t>& handled_;
};

struct Captain {};
class Coach : public Actor {
public:
    void on_start() override {
        captain_ = supervise([] { return Player{3}; });
    }
    Ref<Player> on(Captain) { return captain_; }

private:
    Ref<Player> captain_;
};

template <class Call>
Error error_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "threw nothing";
    return {Errc::failed, ""};
}

}  // namespace

TEST_P(RouterTest, TheRouteeAnswersTheAsker) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        const auto all = players(stage, 2);
        const Ref<Team> router = stage.system.spawn<Router<Team>>(Routing::round_robin, team(all));
        EXPECT_EQ(router.ask(Who{}), 0);
        EXPECT_EQ(router.request(Who{}).get(), 1);
        router.ask(Number{5});
        EXPECT_EQ(all[0].ask(Numbers{}), Values{5});
        EXPECT_THROW(router.ask(Fail{}), HandlerFailed);
        support::until([&] { return all[1].has_ended(); });
    });
}

TEST_P(RouterTest, AnAskDoesNotHoldItUpAndAnswersComeAlsoWhenItHasEnded) {
    play([](SystemStage& stage) {
        auto slow = stage.system.spawn<Slow>();
        auto router =
            stage.system.spawn<Router<Asked>>(Routing::round_robin, std::vector<Ref<Asked>>{slow});
        std::vector<Task<int>> askers;
        for (int i = 0; i < 3; ++i)
            askers.push_back(stage.spawn([router] { return router.ask(Who{}, 1h); }));
        stage.until_waiting("ask", 3);
        support::until([&] { return router.ask(GetStats{}).routed == 3; });
        EXPECT_THROW((void)router.ask(Who{}, 1ms), Timeout);
        router.stop();
        support::until([&] { return stage.system.stats().actors == 1; });
        slow.tell(Number{7});
        for (Task<int>& asker : askers) EXPECT_EQ(asker.get(), 7);
    });
}

TEST_P(RouterTest, WithOneRouteeEachSenderHasItsOrder) {
    play([](SystemStage& stage) {
        const auto all = players(stage, 1, {.mailbox = {2, WhenFull::suspend_sender}});
        const auto router = stage.system.spawn_with<Router<Team>>(
            {.mailbox = {2, WhenFull::suspend_sender}}, Routing::round_robin, team(all));
        constexpr int senders = 4;
        const int count = stage.times(300);
        std::vector<Task<void>> tasks;
        for (int sender = 0; sender < senders; ++sender) {
            tasks.push_back(stage.spawn([=] {
                for (int i = 0; i < count; ++i) {
                    const int value = i * senders + sender;
                    if (i % 3 == 0) router.tell(Parcel{std::make_unique<int>(value)});
                    if (i % 3 == 1) router.tell(Number{value});
                    if (i % 3 == 2) router.ask(Number{value});
                }
            }));
        }
        for (Task<void>& task : tasks) task.get();
        (void)router.ask(Who{});
        int next[senders]{};
        for (const int value : all[0].ask(Numbers{})) {
            EXPECT_EQ(value / senders, next[value % senders]++);
        }
        for (const int seen : next) EXPECT_EQ(seen, count);
    });
}

TEST_P(RouterTest, RouteesComeAndGo) {
    play([](SystemStage& stage) {
        const auto all = players(stage, 3);
        auto router = stage.system.spawn<Router<Team>>(Routing::round_robin);
        for (const auto& player : all) router.ask(AddRoutee<Team>{player});
        router.ask(AddRoutee<Team>{all[1]});
        EXPECT_EQ(router.ask(GetStats{}).routees, 3u) << "one that is in stays in once";
        router.ask(RemoveRoutee<Team>{all[0]});
        router.ask(RemoveRoutee<Team>{all[0]});
        router.ask(RemoveRoutee<Team>{});
        EXPECT_EQ(all[0].cell()->watcher_count(), 0u);
        EXPECT_EQ(router.ask(Who{}), 1);
        EXPECT_EQ(router.ask(Who{}), 2);
        EXPECT_EQ(router.ask(Who{}), 1);
        EXPECT_EQ(router.ask(GetStats{}).routed, 3u);
    });
}

TEST_P(RouterTest, ARouteeThatEndsIsRemovedAndGetsNothingMore) {
    play([](SystemStage& stage) {
        const auto all = players(stage, 3);
        auto router = stage.system.spawn<Router<Team>>(Routing::round_robin, team(all));
        EXPECT_EQ(router.ask(GetStats{}).routees, 3u);
        all[0].stop();
        all[2].kill();
        support::until([&] { return router.ask(GetStats{}).routees == 1; });
        for (int i = 1; i <= 10; ++i) router.tell(Number{i});
        EXPECT_EQ(router.ask(Who{}), 1);
        EXPECT_EQ(all[1].ask(Numbers{}).size(), 10u);
        EXPECT_EQ(stage.system.stats().dead_letters, 0u);
    });
}

TEST_P(RouterTest, ARouteeThatIsRestartedStays) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        auto coach = stage.system.spawn<Coach>();
        auto captain = coach.ask(Captain{});
        auto router =
            stage.system.spawn<Router<Team>>(Routing::round_robin, std::vector<Ref<Team>>{captain});
        router.ask(Number{1});
        EXPECT_THROW(router.ask(Fail{}), HandlerFailed);
        router.ask(Number{2});
        EXPECT_EQ(captain.ask(Numbers{}), Values{2}) << "it was made anew";
        EXPECT_EQ(router.ask(GetStats{}).routees, 1u);
    });
}

TEST_P(RouterTest, OneThatIsStillEndingIsPassedOver) {
    play([](SystemStage& stage) {
        Event go_on;
        auto ending = stage.system.spawn<Lingering>(go_on);
        auto stays = stage.system.spawn<Player>(7);
        auto router = stage.system.spawn<Router<Team>>(Routing::round_robin,
                                                       std::vector<Ref<Team>>{ending, stays});
        EXPECT_EQ(router.ask(GetStats{}).routees, 2u);
        ending.stop();
        support::until([&] { return ending.has_ended(); });
        EXPECT_EQ(router.ask(Who{}), 7);
        EXPECT_EQ(router.ask(GetStats{}).routees, 1u);
        go_on.set();
        support::until([&] { return stage.system.stats().actors == 2; });
        EXPECT_EQ(router.ask(Who{}), 7);
    });
}

// Property  Each message is handled, a dead letter, or dropped: each once, and counted.
TEST_P(RouterTest, NothingIsLostUncountedWhileRouteesComeAndEnd) {
    std::uint64_t met_nobody = 0;
    std::uint64_t met_an_end = 0;
    play([&](SystemStage& stage) {
        const support::LogLines log;
        std::atomic<std::uint64_t> handled{0};
        std::uint64_t unanswered = 0;  // asks for which there was nobody
        auto router = stage.system.spawn<Router<Team>>(Routing::random);
        const int count = stage.times(400);
        auto teller = stage.spawn([=] {
            for (int i = 0; i < count; ++i) router.tell(Number{i});
        });
        auto asker = stage.spawn([&] {
            for (int i = 0; i < count; ++i) {
                try {
                    router.ask(Number{i});
                } catch (const ActorStopped&) {  // a dead letter
                } catch (const Error& error) {
                    EXPECT_EQ(error.code(), Errc::not_found);
                    ++unanswered;
                }
            }
        });
        for (int i = 0; i < 20; ++i) {
            auto player = stage.system.spawn<Counting>(handled);
            router.ask(AddRoutee<Team>{player});
            i % 2 == 0 ? player.stop() : player.stop_when_drained();
        }
        teller.get();
        asker.get();
        support::until([&] { return stage.system.stats().actors == 1; });
        const std::uint64_t dropped = router.ask(GetStats{}).dropped + unanswered;
        const std::uint64_t dead = stage.system.stats().dead_letters;
        EXPECT_EQ(handled.load() + dropped + dead, static_cast<std::uint64_t>(2 * count));
        met_nobody += dropped;
        met_an_end += dead;
    });
    expect_both(met_nobody > 0, met_an_end > 0);
}

TEST_P(RouterTest, WithoutARouteeATellIsACountedDropAndAnAskFailsAtOnce) {
    play([](SystemStage& stage) {
        auto router = stage.system.spawn<Router<Team>>(Routing::least_mailbox);
        router.tell(Number{1});
        router.tell(share(Number{1}));
        const Error error = error_of([&] { (void)router.ask(Who{}, 1h); });
        EXPECT_EQ(error.code(), Errc::not_found);
        EXPECT_THAT(error.what(), HasSubstr("Who to a router: it has no routee"));
        EXPECT_EQ(router.ask(GetStats{}).dropped, 2u);
        EXPECT_EQ(router.ask(GetStats{}).routed, 0u);
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(RouterTest, WaitsForTheRouteeWhoseMailboxHasItsSendersWait) {
    play([](SystemStage& stage) {
        Full full{stage, 1, WhenFull::suspend_sender};
        auto router = stage.system.spawn<Router<Numbered>>(
            Routing::round_robin, std::vector<Ref<Numbered>>{full.listener});
        for (int i = 2; i <= 5; ++i) router.tell(Number{i});
        stage.until_waiting("room in a mailbox", 1);
        full.let_go();
        EXPECT_EQ(router.ask(GetStats{}).dropped, 0u);
        EXPECT_EQ(full.numbers(), (Values{1, 2, 3, 4, 5}));
    });
}

TEST_P(RouterTest, AMailboxThatFailsDropsWhatIsToldAndFailsWhatIsAsked) {
    play([](SystemStage& stage) {
        Full full{stage, 1, WhenFull::fail};
        auto router = stage.system.spawn<Router<Numbered>>(
            Routing::round_robin, std::vector<Ref<Numbered>>{full.listener});
        router.tell(Number{2});
        EXPECT_THROW(router.ask(Number{3}, 1h), MailboxFull);
        EXPECT_EQ(router.ask(GetStats{}).dropped, 1u);
        EXPECT_EQ(full.numbers(), Values{1});
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(RouterTest, HasALimitOfRouteesThatAnAskLearnsOf) {
    play([](SystemStage& stage) {
        const auto all = players(stage, 3);
        const RouterOptions two{.routees_max = 2};
        auto router = stage.system.spawn<Router<Team>>(Routing::random,
                                                       std::vector<Ref<Team>>{all[0], all[1]}, two);
        const Error error = error_of([&] { router.ask(AddRoutee<Team>{all[2]}); });
        EXPECT_EQ(error.code(), Errc::limit_reached);
        EXPECT_THAT(error.what(), HasSubstr("2 routees, its routees_max"));
        router.tell(AddRoutee<Team>{all[2]});
        router.ask(AddRoutee<Team>{all[1]});
        EXPECT_EQ(router.ask(GetStats{}).refused, 2u);
        router.tell(RemoveRoutee<Team>{all[0]});
        router.ask(AddRoutee<Team>{all[2]});
        EXPECT_THROW(stage.system.spawn<Router<Team>>(Routing::random, team(all), two),
                     std::invalid_argument);
        EXPECT_THROW(stage.system.spawn<Router<Team>>(Routing::random, std::vector<Ref<Team>>(1)),
                     std::invalid_argument);
        EXPECT_THROW(router.ask(AddRoutee<Team>{}), Error);
    });
}

TEST_P(RouterTest, MayBeTheRouteeOfARouter) {
    play([](SystemStage& stage) {
        const auto all = players(stage, 4);
        std::vector<Ref<Team>> halves;
        for (int half = 0; half < 2; ++half) {
            halves.push_back(stage.system.spawn<Router<Team>>(
                Routing::round_robin,
                std::vector<Ref<Team>>{all[static_cast<std::size_t>(half)],
                                       all[static_cast<std::size_t>(half + 2)]}));
        }
        auto router = stage.system.spawn<Router<Team>>(Routing::round_robin, halves);
        for (int i = 0; i < 8; ++i) EXPECT_EQ(router.ask(Who{}), i % 4);
    });
}

}  // namespace greenroom
