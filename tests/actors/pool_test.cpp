// Pool: how many children it has, and that nothing is lost by that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/pool.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cast.hpp"
#include "shop.hpp"
#include "support/on_systems.hpp"
#include "team.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::HasSubstr;

class PoolTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(PoolTest);

}  // namespace

TEST_P(PoolTest, BeginsWithItsMinimumAndRoutesToAllOfIt) {
    play([](SystemStage& stage) {
        Shop shop;
        auto pool = pool_of(
            stage, shop, {.children_min = 3, .children_max = 3, .routing = Routing::round_robin});
        const Ref<Work> work = pool;
        for (int i = 0; i < 6; ++i) EXPECT_EQ(work.ask(Who{}), i % 3);
        EXPECT_EQ(pool.ask(GetStats{}).children, 3u);
        EXPECT_EQ(pool.ask(GetStats{}).routed, 6u);
        pool.stop();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(shop.alive.load(), 0) << "its children end with it";
    });
}

TEST_P(PoolTest, GrowsWhenAllAreBehindAndNeverAboveItsMaximum) {
    play([](SystemStage& stage) {
        Shop shop;
        auto pool = pool_of(stage, shop, {.children_max = 3, .grow_above = 2, .look_every = 1h});
        const auto children_after = [&](int jobs) {
            for (int i = 0; i < jobs; ++i) pool.tell(Job{});
            const std::size_t children = pool.ask(GetStats{}).children;
            // Each child has one in hand.
            support::until([&] { return shop.begun.load() == static_cast<int>(children); });
            return children;
        };
        EXPECT_EQ(children_after(1), 1u);
        EXPECT_EQ(children_after(3), 1u) << "three are queued: as yet nobody saw more than two";
        EXPECT_EQ(children_after(1), 2u);
        EXPECT_EQ(children_after(3), 2u);
        EXPECT_EQ(children_after(1), 3u);
        EXPECT_EQ(children_after(50), 3u);
        EXPECT_EQ(pool.ask(GetStats{}).grown, 2u);
        end_all(stage, shop);
        EXPECT_EQ(shop.alive_max.load(), 3);
        EXPECT_EQ(shop.handled.load(), 59);
    });
}

TEST_P(PoolTest, ShrinksToItsMinimumWhenMostAreIdle) {
    play([](SystemStage& stage) {
        Shop shop;
        auto pool =
            pool_of(stage, shop,
                    {.children_min = 2, .children_max = 6, .grow_above = 1, .look_every = 1ms});
        for (int i = 0; i < 40; ++i) pool.tell(Job{});
        until_children(pool, 6);
        support::until([&] { return shop.begun.load() == 6; });
        shop.gate.release(40);
        until_children(pool, 2);
        EXPECT_EQ(pool.ask(GetStats{}).shrunk, 4u);
        EXPECT_EQ(pool.ask(GetStats{}).lost, 0u);
        support::until([&] { return shop.alive.load() == 2; });
        support::until([&] { return shop.handled.load() == 40; });  // the two may have some yet
        for (int i = 0; i < 40; ++i) pool.tell(Job{});
        until_children(pool, 6);
        end_all(stage, shop);
        EXPECT_EQ(shop.handled.load(), 80);
    });
}

// A child that was told to end in a handler would be cancelled there: there is next to no grace.
TEST_P(PoolTest, KeepsChildrenThatAreInAHandlerHoweverLongThatTakes) {
    play(
        [](SystemStage& stage) {
            Shop shop;
            auto pool =
                pool_of(stage, shop, {.children_max = 4, .grow_above = 0, .look_every = 1ms});
            constexpr int jobs = 7;
            for (int i = 0; i < jobs; ++i) pool.tell(Job{});
            until_children(pool, 4);
            for (int done = 1; done <= jobs; ++done) {
                shop.gate.release(1);
                support::until([&] { return shop.handled.load() == done; });
                stage.run([] { sleep_for(10ms); });  // for some looks
            }
            until_children(pool, 1);
            EXPECT_EQ(stage.system.stats().dead_letters, 0u);
            end_all(stage, shop);
        },
        support::with_grace(1ms));
}

// Property  However children come and go, each message is handled once.
TEST_P(PoolTest, LosesNothingWhileItGrowsAndShrinks) {
    std::uint64_t grown = 0;
    std::uint64_t shrunk = 0;
    play([&](SystemStage& stage) {
        Shop shop;
        auto pool = pool_of(stage, shop,
                            {.children_max = 4,
                             .grow_above = 1,
                             .look_every = 1ms,
                             .child = {.mailbox = {.bound = 8}}});
        constexpr int senders = 3;
        const int count = stage.times(600);
        std::vector<Task<void>> tasks;
        for (int sender = 0; sender < senders; ++sender) {
            tasks.push_back(stage.spawn([=] {
                for (int i = 0; i < count; ++i) {
                    i % 5 == 0 ? pool.ask(Breather{}, 1h) : pool.tell(Breather{});
                    if (i % 50 == 49) sleep_for(4ms);  // a lull: for looks to find idle ones
                }
            }));
        }
        for (Task<void>& task : tasks) task.get();
        support::until([&] { return shop.handled.load() >= senders * count; });
        until_children(pool, 1);
        const PoolStats stats = pool.ask(GetStats{});
        EXPECT_EQ(stats.routed, static_cast<std::uint64_t>(senders * count));
        EXPECT_EQ(stats.dropped, 0u);
        EXPECT_EQ(stats.grown, stats.shrunk);
        grown += stats.grown;
        shrunk += stats.shrunk;
        end_all(stage, shop);
        EXPECT_EQ(shop.handled.load(), senders * count);
        EXPECT_EQ(stage.system.stats().dead_letters, 0u);
    });
    EXPECT_GT(grown, 0u);
    EXPECT_GT(shrunk, 0u);
}

// Under simulation alone: there a look that was made for nothing would be a step of the machine,
// and the hours that pass here in an instant would need too many of them.
TEST_P(PoolTest, AtItsMinimumItDoesNotLook) {
    if (!simulated()) return;
    play(
        [](SystemStage& stage) {
            Shop shop;
            auto pool =
                pool_of(stage, shop, {.children_max = 3, .grow_above = 0, .look_every = 1ms});
            for (int i = 0; i < 9; ++i) pool.tell(Job{});
            until_children(pool, 3);
            shop.gate.release(9);
            until_children(pool, 1);
            stage.run([] { sleep_for(100h); });
            EXPECT_EQ(pool.ask(Who{}), 0);
            end_all(stage, shop);
        },
        {}, 5);
}

TEST_P(PoolTest, TakesWhatItIsToldWhenItsSystemDrains) {
    play([](SystemStage& stage) {
        Shop shop;
        auto pool = pool_of(stage, shop, {.children_max = 3, .grow_above = 1});
        for (int i = 0; i < 50; ++i) pool.tell(Breather{});
        const StopReport report = stage.system.stop(StopPolicy::drain, Deadline::after(10s));
        EXPECT_TRUE(report.clean);
        EXPECT_EQ(shop.handled.load(), 50);
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(PoolTest, FullChildrenMakeItWaitAndWithABoundOfItsOwnItsSendersToo) {
    play([](SystemStage& stage) {
        Shop shop;
        const PoolOptions tight{
            .children_max = 1, .grow_above = 1, .child = {.mailbox = {.bound = 2}}};
        auto pool = stage.system.spawn_with<Pool<Work>>(
            {.mailbox = {2, WhenFull::suspend_sender}}, [&shop] { return Hand{shop}; }, tight);
        auto sender = stage.spawn([pool] {
            for (int i = 0; i < 10; ++i) pool.tell(Job{});
        });
        stage.until_waiting("room in a mailbox", 2);  // the pool, and who sends to it
        shop.gate.release(10);
        sender.get();
        support::until([&] { return shop.handled.load() == 10; });
        EXPECT_EQ(pool.ask(GetStats{}).dropped, 0u);
        end_all(stage, shop);
    });
}

TEST_P(PoolTest, TheFunctionMayOwnWhatCannotBeCopied) {
    play([](SystemStage& stage) {
        auto name = std::make_unique<int>(7);
        auto pool = stage.system.spawn<Pool<Team>>(
            [name = std::move(name)] { return Player{*name}; }, PoolOptions{.children_min = 2});
        EXPECT_EQ(pool.ask(Who{}), 7);
        EXPECT_EQ(pool.ask(Who{}), 7);
    });
}

TEST_P(PoolTest, RefusesOptionsThatMakeNoSense) {
    play([](SystemStage& stage) {
        Shop shop;
        const auto why_not = [&](const PoolOptions& options) -> std::string {
            try {
                (void)pool_of(stage, shop, options);
                return "it did not";
            } catch (const std::invalid_argument& error) {
                return error.what();
            }
        };
        EXPECT_THAT(why_not({.children_min = 0}), HasSubstr("children_min is 0"));
        EXPECT_THAT(why_not({.children_min = 3, .children_max = 2}),
                    HasSubstr("children_max is 2"));
        EXPECT_THAT(why_not({.grow_above = 1000}), HasSubstr("mailbox.bound is 1000; it is more"));
        EXPECT_THAT(why_not({.child = {}}), HasSubstr("mailbox.bound is 0"));
        EXPECT_THAT(why_not({.child = {.mailbox = {.bound = 9}, .reentrant = true}}),
                    HasSubstr("child.reentrant is true"));
        EXPECT_THAT(why_not({.look_every = 0s}), HasSubstr("look_every"));
        end_all(stage, shop);
    });
}

}  // namespace greenroom
