// What tasks of a handler ask, and closes no circle: nobody fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/latch.hpp>
#include <greenroom/core/map.hpp>
#include <greenroom/core/on_big_stack.hpp>
#include <greenroom/core/race.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/task_group.hpp>
#include <string>
#include <utility>
#include <vector>

#include "doer.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace doer;
using testing::HasSubstr;

class NoTaskCycleTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(NoTaskCycleTest);

}  // namespace

TEST_P(NoTaskCycleTest, WhatTheHandlerNeedNotWaitForIsNone) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        const auto all = doers(stage, 2);
        const auto me = all[0];
        const auto other = all[1];
        std::string story;
        // Asks back for a second, which fails nobody.
        const auto back = [&] { return ask(other, [&] { return story = asked_briefly(me); }); };
        const auto later = [] {
            sleep_for(2s);
            return end();
        };
        const std::vector<std::function<std::string()>> ways{
            [&] { return race(back, later); },
            [&] { return race([&] { return std::get<0>(gather(back, end)); }, later); },
            [&] { return std::get<0>(gather([&] { return race(back, later); }, end)); },
            [&] {
                TaskGroup<std::string> group;
                group.spawn(back);
                return group.next()->value();
            },
            [&] {
                TaskGroup<void> group;
                group.spawn([&] { (void)back(); });
                return later();
            },
            [&] {
                auto task = spawn(back);
                return task.get();
            },
        };
        for (const auto& way : ways) {
            story.clear();
            (void)ask(me, way);
            EXPECT_EQ(story, "timeout");
        }
    });
}

TEST_P(NoTaskCycleTest, AnAskThatHasExpiredOrWasCancelledIsNone) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        const auto all = doers(stage, 3);
        const auto me = all[0];
        const auto other = all[1];
        const auto busy = all[2];
        std::string story;
        const auto asks_later = [&] {
            sleep_for(2s);
            return story = asked_briefly(me);
        };
        const auto stays = [] {
            sleep_for(5s);
            return end();
        };
        const auto expires = [&] { return ask(other, end, 1s); };
        const auto cancelled = [&] { return race(expires, [] { return end(); }); };
        const auto failing = [&] {
            try {
                (void)gather(
                    fail_fast, [&] { return ask(other, end); },
                    [] {
                        return throw Error{Errc::closed, "no luck"}, end();
                    });
            } catch (const Error&) {
            }
            return end();
        };
        const std::vector<std::function<std::string()>> ways{expires, cancelled, failing};
        for (const auto& way : ways) {
            story.clear();
            auto waiting = stage.spawn([&] { return ask(other, asks_later); });
            stage.until_waiting("sleep", 1);
            EXPECT_NE(ask(me, [&] { return std::get<0>(gather(way, stays)); }), "");
            EXPECT_EQ(waiting.get(), "timeout");
            EXPECT_EQ(story, "timeout");
        }
    });
}

TEST_P(NoTaskCycleTest, TasksOfReentrantActorsAndOfProcessesCloseNone) {
    play([](SystemStage& stage) {
        ActorOptions reentrant;
        reentrant.reentrant = true;
        const auto open = doers(stage, 1, reentrant)[0];
        const auto other = doers(stage, 1)[0];
        const auto back = [&] { return ask(other, [&] { return asked(open); }); };
        EXPECT_EQ(ask(open, [&] { return std::get<0>(gather(back, end)); }), "end");

        Event done;
        Ref<Protocol<int(int)>> process;
        process = stage.system.spawn_process<int(int)>([&](Process& self) {
            self.receive([&](int) { return 0; });
            const auto [asked_back, answered] = gather(
                [&] { return ask(other, [&] { return std::to_string(process.ask(1, 1h)); }); },
                [&] {
                    self.receive([](int value) { return value + 1; });
                    return end();
                });
            EXPECT_EQ(asked_back, "2");
            EXPECT_EQ(answered, "end");
            done.set();
        });
        EXPECT_EQ(process.ask(1, 1h), 0);  // it has its own reference by now
        done.wait();
    });
}

// The body's own wait, while a task of it answers.
TEST_P(NoTaskCycleTest, WhatAProcessAsksWhileATaskReceivesClosesNone) {
    play([](SystemStage& stage) {
        const auto other = doers(stage, 1)[0];
        Ref<Protocol<int(int)>> process;
        Event done;
        const auto asks_back = [&process] {
            try {
                return std::to_string(process.ask(1, 1h));
            } catch (const AskCycle&) {
                return std::string{"circle"};
            }
        };
        process = stage.system.spawn_process<int(int)>([&](Process& self) {
            self.receive([&](int) { return 0; });
            {
                TaskGroup<void> receiver;
                receiver.spawn([&] { self.receive([](int value) { return value + 1; }); });
                EXPECT_EQ(ask(other, [&] { return asks_back(); }), "2");
                receiver.join();
                // Without tasks it counts again, though it might have some.
                EXPECT_EQ(ask(other, [&] { return asks_back(); }), "circle");
            }
            EXPECT_EQ(ask(other, [&] { return asks_back(); }), "circle");
            done.set();
        });
        EXPECT_EQ(process.ask(1, 1h), 0);  // it has its own reference by now
        done.wait();
    });
}

TEST_P(NoTaskCycleTest, ManyTasksThatAreAnsweredCloseNone) {
    play([](SystemStage& stage) {
        const auto all = doers(stage, 8);
        // Each asks all that come after it, by tasks.
        std::function<std::string(std::size_t)> from = [&](std::size_t i) {
            std::vector<std::function<std::string()>> tasks;
            for (std::size_t next = i + 1; next < all.size(); next += i + 1) {
                tasks.push_back(
                    [&, next] { return ask(all[next], [&, next] { return from(next); }); });
            }
            for (const std::string& answer : gather(tasks)) {
                if (answer != "end") return answer;
            }
            return end();
        };
        EXPECT_EQ(ask(all[0], [&] { return from(0); }), "end");
        EXPECT_EQ(stage.system.stats().long_walks, 0u);
    });
}

TEST_P(NoTaskCycleTest, AWalkThatGoesTooFarIsCounted) {
    play(
        [](SystemStage& stage) {
            if (!stage.simulated) return;
            const auto all = doers(stage, 2);
            const auto many = detail::WaitNode::looks_max + 1;
            const auto asks_back = [&] {  // once all of them wait
                sleep_for(1s);
                return asked_briefly(all[0]);
            };
            const auto answer = ask(all[0], [&] {
                std::vector<std::function<std::string()>> tasks(
                    many, [&] { return ask(all[1], asks_back, 1h); });
                return gather(tasks)[0];
            });
            EXPECT_EQ(answer, "timeout");
            EXPECT_GT(stage.system.stats().long_walks, 0u);
        },
        {}, 2);
}

}  // namespace greenroom
