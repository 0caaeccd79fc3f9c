// Once: done by one, seen by all, and tried again when it failed.
#include <greenroom/core/once.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <stdexcept>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class OnceTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(OnceTest);

}  // namespace

TEST_P(OnceTest, OneDoesItWhileTheOthersWaitAndAllSeeWhatItWrote) {
    play([](Stage& stage) {
        Once once;
        Event go_on;
        int done = 0;
        auto calls = [&] {
            once.call([&] {
                go_on.wait();
                ++done;
            });
            EXPECT_EQ(done, 1);
        };
        auto first = stage.spawn(calls);
        stage.until_waiting("event", 1);
        auto second = stage.spawn(calls);
        auto third = stage.thread(calls);
        stage.until_waiting("once", 2);
        EXPECT_FALSE(once.call_before(Deadline::after(-1s), [] {}));
        EXPECT_FALSE(once.done());
        go_on.set();
        first.join();
        second.join();
        third.reset();
        EXPECT_TRUE(once.done());
        calls();
    });
}

TEST_P(OnceTest, AfterAFailureTheNextInLineTries) {
    play([](Stage& stage) {
        Once once;
        Event go_on;
        auto fails = stage.spawn([&] {
            once.call([&] {
                go_on.wait();
                throw std::runtime_error{"not yet"};
            });
        });
        stage.until_waiting("event", 1);
        int done = 0;
        auto next = stage.spawn([&] { once.call([&] { ++done; }); });
        stage.until_waiting("once", 1);
        go_on.set();
        EXPECT_THROW(fails.get(), std::runtime_error);
        next.join();
        EXPECT_EQ(done, 1);
    });
}

TEST_P(OnceTest, CancellingWhoDoesItLetsTheNextTry) {
    play([](Stage& stage) {
        Once once;
        Event never;
        auto cancelled = stage.spawn([&] { once.call([&] { never.wait(); }); });
        stage.until_waiting("event", 1);
        auto next = stage.spawn([&] { once.call([] {}); });
        stage.until_waiting("once", 1);
        cancelled.cancel();
        next.join();
        EXPECT_TRUE(once.done());
        cancelled.join();
    });
}

TEST_P(OnceTest, CallingItFromInsideIsAnErrorAndNotADeadlock) {
    play([](Stage& stage) {
        stage.run([] {
            Once once;
            EXPECT_THROW(once.call([&] { once.call([] {}); }), Error);
            EXPECT_FALSE(once.done());
        });
    });
}

}  // namespace greenroom
