// TaskGroup: tasks that come and go, their failures, and their owner's cancellation.
#include <greenroom/core/task_group.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/log_lines.hpp"
#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class TaskGroupTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(TaskGroupTest);

struct Counts {
    int& count;
    ~Counts() { ++count; }
};

}  // namespace

TEST_P(TaskGroupTest, JoinWaitsForAllAlsoForThoseThatTheTasksSpawn) {
    play([](Stage& stage) {
        stage.run([] {
            int ended = 0;
            TaskGroup group;
            for (int i = 0; i < 10; ++i) {
                group.spawn([&, i] {
                    if (i % 2 == 0) yield();
                    group.spawn([&] {
                        yield();
                        ++ended;
                    });
                    ++ended;
                });
            }
            EXPECT_EQ(group.size(), 10U);
            group.join();
            EXPECT_EQ(ended, 20);
            EXPECT_EQ(group.size(), 0U);
        });
    });
}

TEST_P(TaskGroupTest, ItsDestructorJoins) {
    play([](Stage& stage) {
        stage.run([] {
            int ended = 0;
            {
                TaskGroup group;
                group.spawn([&] {
                    sleep_for(1ms);
                    ++ended;
                });
            }
            EXPECT_EQ(ended, 1);
        });
    });
}

TEST_P(TaskGroupTest, AnExceptionThroughItCancelsItsTasks) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            int unwound = 0;
            const auto throws_beside_a_group = [&] {
                TaskGroup group;
                group.spawn([&] {
                    const Counts counts{unwound};
                    never.wait();
                });
                yield();
                throw std::runtime_error{"out"};
            };
            EXPECT_THROW(throws_beside_a_group(), std::runtime_error);
            EXPECT_EQ(unwound, 1);
        });
    });
}

TEST_P(TaskGroupTest, AFailureCancelsTheRestAndAllErrorsAreReportedTogether) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            TaskGroup group;
            group.spawn([&] {
                try {
                    never.wait();
                } catch (const Cancelled&) {
                    throw std::logic_error{"second"};
                }
            });
            group.spawn([] {
                yield();
                throw std::runtime_error{"first"};
            });
            int unwound = 0;
            group.spawn([&] {
                const Counts counts{unwound};
                never.wait();
            });
            try {
                group.join();
                ADD_FAILURE();
            } catch (const GroupFailed& failed) {
                EXPECT_EQ(failed.failures().size(), 2U);
                EXPECT_THROW(std::rethrow_exception(failed.failures()[0]), std::runtime_error);
                EXPECT_THROW(std::rethrow_exception(failed.failures()[1]), std::logic_error);
                EXPECT_NE(std::string{failed.what()}.find("[first] [second]"), std::string::npos);
            }
            EXPECT_EQ(unwound, 1);
        });
    });
}

TEST_P(TaskGroupTest, ATaskThatDidNotStartBeforeTheFailureNeverRuns) {
    play([](Stage& stage) {
        stage.run([] {
            bool ran = false;
            TaskGroup group;
            group.spawn([] { throw std::runtime_error{"out"}; });
            group.spawn([&] { ran = true; });
            EXPECT_THROW(group.join(), GroupFailed);
            EXPECT_FALSE(ran);
        });
    });
}

TEST_P(TaskGroupTest, CancellingTheOwnerCancelsTheTasksAndGoesOn) {
    play([](Stage& stage) {
        Event never;
        int unwound = 0;
        auto task = stage.spawn([&] {
            TaskGroup group;
            for (int i = 0; i < 3; ++i) {
                group.spawn([&] {
                    const Counts counts{unwound};
                    never.wait();
                });
            }
            group.join();
        });
        stage.until_waiting("event", 3);
        task.cancel();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
        EXPECT_EQ(unwound, 3);
    });
}

TEST_P(TaskGroupTest, WithErrorsBesideACancellationBothAreHeardOf) {
    play([](Stage& stage) {
        Event never;
        bool failed = false;
        auto task = stage.spawn([&] {
            TaskGroup group;
            group.spawn([&] {
                try {
                    never.wait();
                } catch (const Cancelled&) {
                    throw std::runtime_error{"out"};
                }
            });
            try {
                group.join();
            } catch (const GroupFailed&) {
                failed = true;
            }
            yield();
            ADD_FAILURE() << "the cancellation was lost";
        });
        stage.until_waiting("event", 1);
        task.cancel();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
        EXPECT_TRUE(failed);
    });
}

TEST_P(TaskGroupTest, ACancellationInItsDestructorIsNotLost) {
    play([](Stage& stage) {
        Event never;
        int unwound = 0;
        auto task = stage.spawn([&] {
            {
                TaskGroup group;
                group.spawn([&] {
                    const Counts counts{unwound};
                    never.wait();
                });
            }
            EXPECT_EQ(unwound, 1);
            yield();
            ADD_FAILURE() << "the cancellation was lost";
        });
        stage.until_waiting("event", 1);
        task.cancel();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
    });
}

TEST_P(TaskGroupTest, RefusesATaskAfterAFailureAndAfterItsEnd) {
    play([](Stage& stage) {
        stage.run([] {
            bool ran = false;
            const auto expect_refused = [&](auto& group) {
                try {
                    group.spawn([&] { ran = true; });
                    ADD_FAILURE();
                } catch (const Error& error) {
                    EXPECT_EQ(error.code(), make_error_code(Errc::closed));
                }
            };
            TaskGroup failing;
            failing.spawn([] { throw std::runtime_error{"out"}; });
            yield();
            expect_refused(failing);
            EXPECT_THROW(failing.join(), GroupFailed);
            TaskGroup ended;
            ended.join();
            expect_refused(ended);
            TaskGroup cancelled;
            cancelled.cancel();
            expect_refused(cancelled);
            cancelled.join();
            EXPECT_FALSE(ran);
        });
    });
}

TEST_P(TaskGroupTest, AFailureEndsWhatTheBodyWaitsFor) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            for (const GroupOptions options : {GroupOptions{}, parallel}) {
                TaskGroup group{options};
                bool interrupted = false;
                try {
                    group.run([&] {
                        group.spawn([] {
                            sleep_for(1ms);
                            throw std::runtime_error{"out"};
                        });
                        try {
                            never.wait();
                        } catch (const Cancelled&) {
                            interrupted = true;
                            throw;
                        }
                    });
                    ADD_FAILURE();
                } catch (const GroupFailed& failed) {
                    EXPECT_EQ(failed.failures().size(), 1U);
                }
                EXPECT_TRUE(interrupted);
            }
        });
    });
}

TEST_P(TaskGroupTest, WhatTheBodyThrowsIsReportedWithTheOthers) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            TaskGroup group;
            try {
                group.run([&] {
                    group.spawn([&] {
                        try {
                            never.wait();
                        } catch (const Cancelled&) {
                            throw std::logic_error{"task"};
                        }
                    });
                    yield();
                    throw std::runtime_error{"body"};
                });
                ADD_FAILURE();
            } catch (const GroupFailed& failed) {
                EXPECT_EQ(failed.failures().size(), 2U);
                EXPECT_NE(std::string{failed.what()}.find("[body] [task]"), std::string::npos);
            }
        });
    });
}

TEST_P(TaskGroupTest, HandsOutResultsInTheOrderOfTheirEnds) {
    play([](Stage& stage) {
        stage.run([] {
            std::vector<Event> ends(4);
            TaskGroup<int> group{keep_going};
            for (int i = 3; i > 0; --i) {
                group.spawn([&end = ends[static_cast<std::size_t>(i)], i] {
                    end.wait();
                    if (i == 2) throw std::runtime_error{"two"};
                    return i;
                });
            }
            ends[1].set();
            EXPECT_EQ(group.next()->value(), 1);
            group.spawn([] { return 0; });  // the set may change
            EXPECT_EQ(group.next()->value(), 0);
            ends[2].set();
            EXPECT_THROW((void)group.next()->value(), std::runtime_error);
            EXPECT_FALSE(group.next_before(Deadline::after(-1s)).has_value());
            EXPECT_EQ(group.size(), 1U);
            ends[3].set();
            EXPECT_EQ(group.next()->value(), 3);
            EXPECT_FALSE(group.next().has_value());
            group.join();
        });
    });
}

TEST_P(TaskGroupTest, AFailureThatNobodyJoinsForIsLogged) {
    play([](Stage& stage) {
        const support::LogLines lines;
        stage.run([] {
            TaskGroup group;
            group.spawn([] { throw std::runtime_error{"nobody joins"}; });
        });
        EXPECT_TRUE(lines.contain("nobody joins"));
        EXPECT_TRUE(lines.contain("task_group_test.cpp"));
    });
}

// Property  Whatever ends on whichever worker, join() returns once all have ended, each once.
TEST_P(TaskGroupTest, AParallelOneLosesNoTaskOfThoseThatSpawnOthers) {
    play([](Stage& stage) {
        const int count = stage.times(1'000);
        detail::Atomic<int> ended{0};
        stage.run([&] {
            TaskGroup group{parallel};
            for (int i = 0; i < count; ++i) {
                group.spawn([&, i] {
                    if (i % 3 == 0) yield();
                    group.spawn([&] { ended.fetch_add(1, std::memory_order_relaxed); });
                    ended.fetch_add(1, std::memory_order_relaxed);
                });
            }
            group.join();
            EXPECT_EQ(ended.load(std::memory_order_relaxed), 2 * count);
        });
    });
}

// Property  Several failures on several workers: one is the first, the rest is cancelled once.
TEST_P(TaskGroupTest, ParallelFailuresAtOnceAreAllReported) {
    play([](Stage& stage) {
        stage.run([&] {
            for (int round = 0; round < stage.times(300); ++round) {
                Event never;
                TaskGroup group{parallel};
                group.spawn([&] { never.wait(); });
                try {
                    for (int i = 0; i < 4; ++i) {
                        group.spawn([] {
                            yield();
                            throw std::runtime_error{"out"};
                        });
                    }
                } catch (const Error& refused) {  // the first have failed already
                    EXPECT_EQ(refused.code(), make_error_code(Errc::closed));
                }
                try {
                    group.join();
                    ADD_FAILURE();
                } catch (const GroupFailed& failed) {
                    EXPECT_GE(failed.failures().size(), 1U);
                    EXPECT_LE(failed.failures().size(), 4U);
                }
            }
        });
    });
}

}  // namespace greenroom
