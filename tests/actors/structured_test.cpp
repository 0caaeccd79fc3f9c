// Structured tasks in a handler: they run as the actor itself, and end with it.
#include <gtest/gtest.h>

#include <functional>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/race.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task_group.hpp>
#include <greenroom/core/timeout.hpp>
#include <vector>

#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::SystemStage;

class StructuredTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(StructuredTest);

struct CountTo {
    int number;
};
struct Twice {
    int number;
};
struct AskBoth {};
struct AskSlow {};
struct WaitInChildren {};

class Doubler : public Actor {
public:
    int on(Twice message) { return 2 * message.number; }
    int on(AskSlow) {
        sleep_for(1h);
        return 0;
    }
};

// What its end leaves behind.
struct Left {
    detail::Atomic<int> unwound{0};
    Event never;
};

class Worker : public Actor {
public:
    Worker(Ref<Doubler> doubler, Left& left) : doubler_{std::move(doubler)}, left_{left} {}

    // Its children change a plain member, on whichever worker the handler is.
    int on(CountTo message) {
        const auto count = [&] {
            for (int i = 0; i < message.number / 8; ++i) {
                ++counter_;
                if (i % 64 == 0) yield();
            }
        };
        gather(std::vector<std::function<void()>>(8, count));
        return counter_;
    }
    int on(AskBoth) {
        auto [one, two] =
            gather([&] { return doubler_.ask(Twice{1}); }, [&] { return doubler_.ask(Twice{10}); });
        return one + two;
    }
    // Its own deadline, and the fact that nobody else hears of it.
    bool on(AskSlow) {
        try {
            with_timeout(2ms, [&] { doubler_.ask(AskSlow{}, 10h); });
            return false;
        } catch (const Timeout&) {
            return true;
        }
    }
    void on(WaitInChildren) {
        const auto waits = [&] {
            struct Counts {
                Left& left;
                ~Counts() { left.unwound.fetch_add(1); }
            } const counts{left_};
            left_.never.wait();
        };
        TaskGroup group;
        group.spawn(waits);
        group.spawn([&] { gather(waits, waits); });
        group.join();
    }

private:
    Ref<Doubler> doubler_;
    Left& left_;
    int counter_ = 0;
};

}  // namespace

TEST_P(StructuredTest, ChildrenOfAHandlerCountInAPlainMember) {
    play(
        [&](SystemStage& stage) {
            Left left;
            constexpr int actors = 4;
            const int number = stage.simulated ? 800 : 250'000;  // on threads 1,000,000 in all
            std::vector<Ref<Worker>> workers;
            for (int i = 0; i < actors; ++i) {
                workers.push_back(stage.system.spawn<Worker>(stage.system.spawn<Doubler>(), left));
            }
            std::vector<Task<int>> sums;
            for (const Ref<Worker>& worker : workers) {
                sums.push_back(
                    stage.spawn([worker, number] { return worker.ask(CountTo{number}, 1h); }));
            }
            int sum = 0;
            for (auto& one : sums) sum += one.get();
            EXPECT_EQ(sum, actors * (number / 8 * 8));
        },
        {}, 10);
}

TEST_P(StructuredTest, ChildrenAskAsTheActor) {
    play([](SystemStage& stage) {
        Left left;
        const auto worker = stage.system.spawn<Worker>(stage.system.spawn<Doubler>(), left);
        EXPECT_EQ(worker.ask(AskBoth{}), 22);
    });
}

TEST_P(StructuredTest, AScopesDeadlineEndsAnAsk) {
    play([](SystemStage& stage) {
        Left left;
        const auto doubler = stage.system.spawn<Doubler>();
        const auto worker = stage.system.spawn<Worker>(doubler, left);
        EXPECT_TRUE(worker.ask(AskSlow{}, 1h));
        doubler.kill();
        EXPECT_EQ(stage.run([] { return with_timeout(1h, [] { return 1; }); }), 1);
    });
}

TEST_P(StructuredTest, AKillEndsAllChildrenAndTheirs) {
    play([](SystemStage& stage) {
        Left left;
        const auto worker = stage.system.spawn<Worker>(stage.system.spawn<Doubler>(), left);
        worker.tell(WaitInChildren{});
        stage.until_waiting("event", 3);
        worker.kill();
        support::until([&] { return left.unwound.load() == 3; });
        EXPECT_THROW((void)worker.ask(AskBoth{}), ActorStopped);
    });
}

TEST_P(StructuredTest, AStopEndsThemAfterTheGrace) {
    play(
        [](SystemStage& stage) {
            Left left;
            const auto worker = stage.system.spawn<Worker>(stage.system.spawn<Doubler>(), left);
            worker.tell(WaitInChildren{});
            stage.until_waiting("event", 3);
            worker.stop();
            support::until([&] { return left.unwound.load() == 3; });
        },
        support::with_grace(3ms));
}

}  // namespace greenroom
