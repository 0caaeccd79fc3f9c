// Circles through the tasks of a handler: which ask fails, what it tells, and what is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
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

class TaskCycleTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(TaskCycleTest);

}  // namespace

TEST_P(TaskCycleTest, ATaskThatAsksItsOwnActorFailsAtOnce) {
    play([](SystemStage& stage) {
        const auto all = doers(stage, 2);
        const auto me = all[0];
        const auto other = all[1];
        const auto self = [&] { return asked(me); };
        const std::vector<std::function<std::string()>> ways{
            [&] { return std::get<0>(gather(self, [&] { return asked(other); })); },
            [&] { return std::get<1>(gather([&] { return asked(other); }, self)); },
            [&] { return std::get<0>(gather(parallel, self, [&] { return asked(other); })); },
            [&] {
                return gather(std::vector{self, self})[1];
            },
            [&] {
                return map(std::vector{1, 2}, 2, [&](int) { return asked(me); })[1];
            },
            [&] { return on_big_stack(self); },
            [&] {
                TaskGroup<std::string> group;
                group.spawn(self);
                group.join();
                return group.next()->value();
            },
            [&] {
                return std::get<0>(gather([&] { return std::get<0>(gather(self, end)); }, end));
            },
        };
        for (const auto& way : ways) {
            const std::string story = ask(me, way);
            EXPECT_THAT(story, HasSubstr(found));
            EXPECT_THAT(story, HasSubstr(asks(me, me)));
            EXPECT_THAT(story, HasSubstr("doer.hpp:"));
            EXPECT_EQ(asked(me), "end");  // nothing of it is left
        }
        EXPECT_EQ(stage.system.stats().long_walks, 0u);
    });
}

TEST_P(TaskCycleTest, OneThroughATaskFailsTheAskThatClosesIt) {
    play([](SystemStage& stage) {
        const auto all = doers(stage, 3);
        const auto first = all[0];
        const auto second = all[1];
        const auto third = all[2];
        std::string story;
        const auto result = ask(first, [&] {
            const auto [one, two] = gather(
                [&] {
                    return ask(second, [&] {
                        return ask(third, [&] {
                            story = asked(first);
                            return end();
                        });
                    });
                },
                end);
            return one + two;
        });
        EXPECT_EQ(result, "endend");
        EXPECT_THAT(story, HasSubstr(found));
        EXPECT_THAT(story, HasSubstr(asks(first, second)));
        EXPECT_THAT(story, HasSubstr(asks(second, third)));
        EXPECT_THAT(story, HasSubstr(asks(third, first)));
    });
}

TEST_P(TaskCycleTest, OneThroughTheTasksOfSeveralIsFound) {
    play([](SystemStage& stage) {
        const auto all = doers(stage, 3);
        const auto pair_of = [&](const Ref<Doer>& other, const auto& then) {
            return std::get<0>(gather([&] { return ask(other, then); }, [] { return end(); }));
        };
        const auto story = ask(all[0], [&] {
            return pair_of(all[1], [&] {
                return pair_of(all[2], [&] { return pair_of(all[0], [] { return end(); }); });
            });
        });
        EXPECT_THAT(story, HasSubstr(found));
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_THAT(story, HasSubstr(asks(all[i], all[(i + 1) % 3])));
        }
    });
}

TEST_P(TaskCycleTest, AJoinThatClosesItFailsTheAskOfTheTask) {
    play([](SystemStage& stage) {
        for (const GroupOptions how : {keep_going, parallel | keep_going}) {
            const auto all = doers(stage, 2);
            Event joins;
            std::string story;
            std::string answer;
            auto asking = stage.spawn([&] {
                return ask(all[0], [&] {
                    TaskGroup<void> group{how};
                    group.spawn(
                        [&] { story = ask(all[1], [&] { return answer = asked(all[0]); }); });
                    joins.wait();
                    group.join();
                    return end();
                });
            });
            stage.until_waiting("ask", 3);  // until then nobody waits for ever
            joins.set();
            EXPECT_EQ(asking.get(), "end");
            EXPECT_THAT(story, HasSubstr(found));
            EXPECT_THAT(story, HasSubstr(asks(all[0], all[1])));
            EXPECT_THAT(story, HasSubstr(asks(all[1], all[0])));
            EXPECT_EQ(asked(all[1]), "end");
            EXPECT_EQ(answer, "end");
        }
    });
}

TEST_P(TaskCycleTest, AJoinThatClosesSeveralFailsAnAskOfEach) {
    play([](SystemStage& stage) {
        const auto all = doers(stage, 4);
        Event joins;
        std::vector<std::string> stories;
        auto asking = stage.spawn([&] {
            return ask(all[0], [&] {
                TaskGroup<void> group;
                for (std::size_t i = 1; i < 4; ++i) {
                    group.spawn(
                        [&, i] { stories.push_back(ask(all[i], [&] { return asked(all[0]); })); });
                }
                joins.wait();
                group.join();
                return end();
            });
        });
        stage.until_waiting("ask", 7);
        joins.set();
        EXPECT_EQ(asking.get(), "end");
        EXPECT_EQ(failed(stories), 3);
    });
}

TEST_P(TaskCycleTest, AForwardOfATasksAskMayCloseIt) {
    play([](SystemStage& stage) {
        struct Relay : Actor {
            explicit Relay(Ref<Doer> its_other) : other{std::move(its_other)} {}
            void on(const Do& now, Reply<std::string> reply) {
                other.forward(now, std::move(reply));
            }
            Ref<Doer> other;
        };
        const auto all = doers(stage, 2);
        auto relay = stage.system.spawn<Relay>(all[0]);
        const auto by_relay = [&] {
            try {
                return relay.ask(Do{end}, 1h);
            } catch (const AskCycle& error) {
                return std::string{error.what()};
            }
        };
        const auto story = ask(all[0], [&] { return std::get<0>(gather(by_relay, end)); });
        EXPECT_THAT(story, HasSubstr(found));
        EXPECT_THAT(story, HasSubstr(asks(all[0], all[0])));
        EXPECT_EQ(ask(all[1], [&] { return std::get<0>(gather(by_relay, end)); }), "end");
    });
}

TEST_P(TaskCycleTest, OfSeveralThatCloseItTogetherExactlyOneFails) {
    std::array<int, 3> by{};  // a handler; a task; a task of another worker, or its handler's join
    play(
        [&by](SystemStage& stage) {
            for (unsigned round = 0; round < 8; ++round) {
                const auto all = doers(stage, 3);
                Latch together{3};
                const auto come = [&](std::size_t i) {  // one of them, or some, a little later
                    together.arrive_and_wait();
                    for (int n = (round >> i & 1) != 0 ? 20 : 0; n > 0; --n) yield();
                };
                const auto next = [&](std::size_t i) { return asked(all[(i + 1) % 3]); };
                const std::array<std::function<std::string()>, 3> ways{
                    [&] {
                        come(0);
                        return next(0);
                    },
                    [&] {
                        come(1);
                        return std::get<0>(gather([&] { return next(1); }, end));
                    },
                    [&] {
                        Event begins;
                        std::string story;
                        TaskGroup<void> group{parallel};
                        group.spawn([&] {
                            begins.wait();
                            story = next(2);
                        });
                        come(2);
                        begins.set();
                        if ((round & 3) == 0) yield();
                        group.join();
                        return story;
                    },
                };
                std::vector<Task<std::string>> asking;
                for (std::size_t i = 0; i < 3; ++i) {
                    asking.push_back(stage.spawn([&, i] { return ask(all[i], ways[i]); }));
                }
                std::vector<std::string> stories;
                for (auto& each : asking) stories.push_back(each.get());
                EXPECT_EQ(failed(stories), 1);
                for (std::size_t i = 0; i < 3; ++i) by[i] += failed({stories[i]});
            }
        },
        {}, 60);
    for (const int count : by) EXPECT_GT(count, 0) << by[0] << " " << by[1] << " " << by[2];
}

}  // namespace greenroom
