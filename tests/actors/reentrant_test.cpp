// Reentrant actors: they handle other messages while a handler waits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;

class ReentrantTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ReentrantTest);

ActorOptions reentrant(std::size_t handlers_max = 1'000) {
    ActorOptions options;
    options.reentrant = true;
    options.handlers_max = handlers_max;
    return options;
}

struct Add {
    int value;
};
struct AskBack {
    int depth;
};

// Counts what is inside of its handlers at once.
class Counter : public Actor {
public:
    int on(Add add) {
        const int before = sum_;
        inside_max_ = std::max(inside_max_, ++inside_);
        sum_ = before + add.value;  // nobody comes between, without a wait
        yield();
        sleep_for(1ms);
        --inside_;
        return sum_;
    }
    void on(const Hold& hold) { hold.wait(); }
    int on(AskBack ask) { return ask.depth == 0 ? 0 : 1 + self(this).ask(AskBack{ask.depth - 1}); }
    std::vector<int> on(Numbers) { return {sum_, inside_max_}; }
    void on(Fail) { throw std::runtime_error("no luck"); }
    void on(Stop) { stop(); }
    void on_stop(const ExitReason&) override { EXPECT_EQ(inside_, 0); }

private:
    int sum_ = 0;
    int inside_ = 0;
    int inside_max_ = 0;
};

}  // namespace

TEST_P(ReentrantTest, HandlesOtherMessagesWhileAHandlerWaits) {
    play([](SystemStage& stage) {
        Event begun;
        Event go_on;
        Event left;
        auto counter = stage.system.spawn_with<Counter>(reentrant());
        counter.tell(Hold{begun, go_on, &left});
        begun.wait();
        EXPECT_EQ(counter.ask(Add{3}), 3);
        EXPECT_FALSE(left.is_set());
        go_on.set();
        left.wait();
        EXPECT_EQ(counter.ask(Add{4}), 7);
    });
}

TEST_P(ReentrantTest, MayAskItself) {
    play([](SystemStage& stage) {
        auto counter = stage.system.spawn_with<Counter>(reentrant());
        EXPECT_EQ(counter.ask(AskBack{10}), 10);
    });
}

TEST_P(ReentrantTest, ItsHandlersInterleaveOnlyWhereTheyWait) {
    play([](SystemStage& stage) {
        const int times = stage.times(500);
        auto counter = stage.system.spawn_with<Counter>(reentrant());
        std::vector<Task<void>> senders;
        for (int i = 0; i < 4; ++i) {
            senders.push_back(stage.spawn([&] {
                for (int n = 0; n < times; ++n) counter.tell(Add{1});
            }));
        }
        for (auto& sender : senders) sender.get();
        support::until([&] { return counter.ask(Numbers{})[0] == 4 * times; });
        EXPECT_GT(counter.ask(Numbers{})[1], 1);
    });
}

TEST_P(ReentrantTest, BeginsNoMoreHandlersThanItsLimit) {
    play([](SystemStage& stage) {
        auto counter = stage.system.spawn_with<Counter>(reentrant(3));
        for (int i = 0; i < 20; ++i) counter.tell(Add{1});
        support::until([&] { return counter.ask(Numbers{})[0] == 20; });
        EXPECT_EQ(counter.ask(Numbers{})[1], 3);
    });
}

TEST_P(ReentrantTest, WithABoundedMailboxNothingIsLost) {
    play([](SystemStage& stage) {
        ActorOptions options = reentrant(2);
        options.mailbox = {.bound = 2};
        auto counter = stage.system.spawn_with<Counter>(options);
        stage.run([&] {
            for (int i = 0; i < 20; ++i) counter.tell(Add{1});
        });
        support::until([&] { return counter.ask(Numbers{})[0] == 20; });
    });
}

TEST_P(ReentrantTest, AStopLetsAllHandlersFinishAndADrainAllMessages) {
    for (const bool drains : {false, true}) {
        play([drains](SystemStage& stage) {
            Event begun;
            Event go_on;
            Event left;
            auto counter = stage.system.spawn_with<Counter>(reentrant());
            counter.tell(Hold{begun, go_on, &left});
            begun.wait();
            Future<int> last = counter.request(Add{1});
            drains ? counter.stop_when_drained() : counter.stop();
            EXPECT_FALSE(left.is_set());
            go_on.set();
            support::until([&] { return stage.system.stats().actors == 0; });
            EXPECT_TRUE(left.is_set());
            if (drains) {
                EXPECT_EQ(last.get(), 1);
            }
        });
    }
}

TEST_P(ReentrantTest, AKillEndsAllHandlersWhereTheyWait) {
    play([](SystemStage& stage) {
        Event begun[2];
        Event go_on;
        Event left[2];
        auto counter = stage.system.spawn_with<Counter>(reentrant());
        for (int i = 0; i < 2; ++i) {
            counter.tell(Hold{begun[i], go_on, &left[i]});
            begun[i].wait();
        }
        counter.kill();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_TRUE(left[0].is_set());
        EXPECT_TRUE(left[1].is_set());
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(ReentrantTest, AFailureOfOneHandlerEndsItWhenTheOthersHaveFinished) {
    play([](SystemStage& stage) {
        Event begun;
        Event go_on;
        Event left;
        auto counter = stage.system.spawn_with<Counter>(reentrant());
        counter.tell(Hold{begun, go_on, &left});
        begun.wait();
        EXPECT_THROW(counter.ask(Fail{}), HandlerFailed);
        EXPECT_FALSE(left.is_set());
        go_on.set();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_TRUE(left.is_set());
        EXPECT_EQ(stage.system.stats().failures, 1u);
    });
}

// Without a stack of its own while nothing happens: as any other.
TEST_P(ReentrantTest, GoesIdleBetweenBursts) {
    play([](SystemStage& stage) {
        auto counter = stage.system.spawn_with<Counter>(reentrant());
        for (int burst = 0; burst < 5; ++burst) {
            for (int i = 0; i < 3; ++i) counter.tell(Add{1});
            support::until([&] { return counter.ask(Numbers{})[0] == 3 * burst + 3; });
            support::until([&] { return stage.waiting("receive") == 0; });
        }
    });
}

}  // namespace greenroom
