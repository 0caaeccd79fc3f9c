// Pool: what becomes of the failures of its children.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/pool.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>

#include "cast.hpp"
#include "shop.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"
#include "team.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::HasSubstr;

class PoolFailureTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(PoolFailureTest);

// Ends before it handles anything.
class Fickle : public Player {
public:
    void on_start() override { stop(); }
};

}  // namespace

TEST_P(PoolFailureTest, AChildThatFailsOrStopsIsReplaced) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Shop shop;
        auto pool = pool_of(stage, shop, {.children_min = 2, .children_max = 2});
        EXPECT_THROW((void)pool.ask(Fail{}), HandlerFailed);
        support::until([&] { return pool.ask(GetStats{}).lost == 1; });
        pool.tell(Stop{});
        support::until([&] { return pool.ask(GetStats{}).lost == 2; });
        until_children(pool, 2);
        EXPECT_EQ(shop.made.load(), 4);
        EXPECT_GE(pool.ask(Who{}), 0);
        end_all(stage, shop);
    });
}

TEST_P(PoolFailureTest, OfOneChildItGoesOnWithAnotherBeforeItHearsWhyThatEnded) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Shop shop;
        auto pool = pool_of(stage, shop, {.children_max = 1});
        for (int i = 0; i < 5; ++i) {
            EXPECT_THROW((void)pool.ask(Fail{}), HandlerFailed);
            int who = -1;
            support::until([&] {
                try {
                    who = pool.ask(Who{});
                } catch (const ActorStopped&) {  // it was in the mailbox of the one that failed
                }
                return who >= 0;
            });
            EXPECT_EQ(who, i + 1);
        }
        support::until([&] { return pool.ask(GetStats{}).lost == 5; });
        EXPECT_EQ(pool.ask(GetStats{}).children, 1u);
        EXPECT_EQ(pool.ask(GetStats{}).dropped, 0u);
        end_all(stage, shop);
    });
}

TEST_P(PoolFailureTest, FailsWhenTooManyOfItsChildrenFailInAShortTime) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Shop shop;
        auto pool = pool_of(stage, shop, {.children_min = 2, .failures_max = 3});
        auto watcher = stage.system.spawn<Watcher>(pool);
        // Where several meet in one mailbox only the first is handled.
        support::until([&] {
            pool.tell(Fail{});
            return !watcher.ask(Downs{}).empty();
        });
        const Down down = watcher.ask(Downs{})[0];
        EXPECT_TRUE(down.reason.is_failure());
        EXPECT_THAT(down.reason.what, HasSubstr("more than failures_max, 3, children ended"));
        EXPECT_THAT(down.reason.what, HasSubstr("Hand failed: no luck"));
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_EQ(shop.alive.load(), 0);
    });
}

TEST_P(PoolFailureTest, FailuresThatAreFarApartAreNotTooMany) {
    if (!simulated()) return;  // it takes hours
    play([](SystemStage& stage) {
        const support::LogLines log;
        Shop shop;
        auto pool = pool_of(stage, shop, {.failures_max = 1, .failures_within = 1min});
        for (int i = 1; i <= 5; ++i) {
            EXPECT_THROW((void)pool.ask(Fail{}), HandlerFailed);
            support::until(
                [&] { return pool.ask(GetStats{}).lost == static_cast<std::uint64_t>(i); });
            stage.run([] { sleep_for(2min); });
        }
        EXPECT_FALSE(pool.has_ended());
        end_all(stage, shop);
    });
}

TEST_P(PoolFailureTest, ChildrenThatAlwaysEndAtOnceAreNotMadeForEver) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        auto pool =
            stage.system.spawn<Pool<Team>>([] { return Fickle{}; }, PoolOptions{.failures_max = 5});
        support::until([&] { return pool.has_ended(); });
        support::until([&] { return stage.system.stats().actors == 0; });
    });
}

TEST_P(PoolFailureTest, GoesOnWithFewerWhenOneMoreCannotBeMade) {
    play([](SystemStage& stage) {
        Shop shop;
        // Room for all that is told until a look comes, however late.
        const ActorOptions roomy{.mailbox = {.bound = 1'000'000}};
        auto pool = pool_of(
            stage, shop, {.children_max = 3, .grow_above = 0, .look_every = 1ms, .child = roomy});
        EXPECT_EQ(pool.ask(Who{}), 0);
        shop.refuse = 1;
        const auto after_one_more = [&] {
            pool.tell(Job{});
            return pool.ask(GetStats{});
        };
        support::until([&] { return after_one_more().lost == 1; });
        EXPECT_EQ(pool.ask(GetStats{}).dropped, 0u);
        // It tries again at the next look, which may have been before this.
        support::until([&] { return after_one_more().children > 1; });
        EXPECT_EQ(pool.ask(GetStats{}).lost, 1u);
        end_all(stage, shop);
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(PoolFailureTest, FailsToStartIfNoChildCanBeMade) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Shop shop;
        shop.refuse = 1;
        auto pool = pool_of(stage, shop, {.children_min = 2});
        auto watcher = stage.system.spawn<Watcher>(pool);
        support::until([&] { return !watcher.ask(Downs{}).empty(); });
        EXPECT_THAT(watcher.ask(Downs{})[0].reason.what,
                    HasSubstr("no hands to be had, in handling on_start"));
    });
}

}  // namespace greenroom
