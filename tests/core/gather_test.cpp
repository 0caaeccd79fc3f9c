// gather, race, map, on_big_stack: structured tasks, and what becomes of them.
#include <greenroom/core/gather.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <greenroom/core/event.hpp>
#include <greenroom/core/on_big_stack.hpp>
#include <greenroom/core/race.hpp>
#include <greenroom/core/sleep.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class GatherTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(GatherTest);

struct Counts {
    int& count;
    ~Counts() { ++count; }
};

}  // namespace

TEST_P(GatherTest, GivesAllResultsInTheOrderOfTheFunctions) {
    play([](Stage& stage) {
        stage.run([] {
            Event late;
            const auto [number, text, nothing] = gather(
                [&] {
                    late.wait();
                    return 1;
                },
                [] { return std::string{"two"}; }, [&] { late.set(); });
            EXPECT_EQ(number, 1);
            EXPECT_EQ(text, "two");
            static_assert(std::is_same_v<decltype(nothing), const std::monostate>);
            static_assert(std::is_void_v<decltype(gather([] {}, [] {}))>);
            std::vector<std::function<int()>> functions;
            for (int i = 0; i < 20; ++i) {
                functions.push_back([i] {
                    if (i % 3 == 0) yield();
                    return i;
                });
            }
            const std::vector<int> numbers = gather(functions);
            for (int i = 0; i < 20; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)], i);
            EXPECT_TRUE(gather(std::vector<std::function<int()>>{}).empty());
        });
    });
}

// Property  Structured tasks stay on their caller's worker and interleave only where they suspend:
//           a plain counter needs no lock.
TEST_P(GatherTest, ItsTasksShareTheCallersLocalsWithoutALock) {
    play([](Stage& stage) {
        const int each = stage.times(20'000);
        const auto counts_in_eight = [each] {
            int counter = 0;
            const auto count = [&] {
                for (int i = 0; i < each; ++i) {
                    ++counter;
                    if (i % 16 == 0) yield();
                }
            };
            std::vector<std::function<void()>> eight(8, count);
            gather(eight);
            return counter;
        };
        auto one = stage.spawn(counts_in_eight);
        auto other = stage.spawn(counts_in_eight);
        EXPECT_EQ(one.get(), 8 * each);
        EXPECT_EQ(other.get(), 8 * each);
    });
}

TEST_P(GatherTest, WithOneFailingTheOthersGoOnAndTheFirstErrorIsThrown) {
    play([](Stage& stage) {
        stage.run([] {
            int ended = 0;
            try {
                gather(
                    [&] {
                        sleep_for(2ms);
                        ++ended;
                    },
                    [] { throw std::runtime_error{"first"}; },
                    [&] {
                        sleep_for(1ms);
                        ++ended;
                        throw std::logic_error{"second"};
                    });
                ADD_FAILURE();
            } catch (const std::runtime_error& error) {
                EXPECT_STREQ(error.what(), "first");
            }
            EXPECT_EQ(ended, 2);
        });
    });
}

TEST_P(GatherTest, FailFastCancelsTheOthersAndAwaitsThem) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            int unwound = 0;
            const auto waits = [&] {
                const Counts counts{unwound};
                never.wait();
            };
            EXPECT_THROW(gather(fail_fast, waits, waits, [] { throw std::runtime_error{"out"}; }),
                         std::runtime_error);
            EXPECT_EQ(unwound, 2);
        });
    });
}

TEST_P(GatherTest, GatherResultsTellsHowEachEnded) {
    play([](Stage& stage) {
        stage.run([] {
            auto [number, failure, nothing] =
                gather_results([] { return 4; }, []() -> int { throw std::runtime_error{"out"}; },
                               [] { yield(); });
            EXPECT_EQ(number.value(), 4);
            EXPECT_THROW((void)failure.value(), std::runtime_error);
            EXPECT_TRUE(nothing.ok());
            std::vector<std::function<int()>> functions{[] { return 1; }, []() -> int { throw 2; }};
            auto results = gather_results(functions);
            EXPECT_EQ(results[0].value(), 1);
            EXPECT_THROW((void)results[1].value(), int);
        });
    });
}

TEST_P(GatherTest, CancellingItsCallerCancelsAllOnceAndAwaitsThem) {
    play([](Stage& stage) {
        Event never;
        Event may_go;
        int heard = 0;
        auto task = stage.spawn([&] {
            const auto waits = [&] {
                try {
                    never.wait();
                } catch (const Cancelled&) {
                    ++heard;
                    sleep_for(1ms);  // a second request would end this
                    EXPECT_EQ(cancel_requests(), 1U);
                    throw;
                }
            };
            gather(waits, waits, waits);
        });
        stage.until_waiting("event", 3);
        task.cancel();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
        EXPECT_EQ(heard, 3);
    });
}

TEST_P(GatherTest, OfTasksThrowsTheFirstErrorAtOnceAndTheOthersGoOn) {
    play([](Stage& stage) {
        stage.run([] {
            Event late;
            std::vector<Task<int>> tasks;
            tasks.push_back(spawn([&] {
                late.wait();
                return 1;
            }));
            tasks.push_back(spawn([]() -> int { throw std::runtime_error{"out"}; }));
            EXPECT_THROW(gather(tasks), std::runtime_error);
            EXPECT_FALSE(tasks[0].done());
            late.set();
            EXPECT_EQ(tasks[0].get(), 1);
            std::vector<Task<int>> more;
            for (int i = 0; i < 10; ++i) more.push_back(spawn([i] { return i; }));
            EXPECT_EQ(gather(more).back(), 9);
        });
    });
}

TEST_P(GatherTest, OfTasksLeavesTheFailureToTheHandle) {
    play([](Stage& stage) {
        stage.run([] {
            std::vector<Task<int>> tasks;
            tasks.push_back(spawn([]() -> int { throw std::runtime_error{"out"}; }));
            EXPECT_THROW(gather(tasks), std::runtime_error);
            EXPECT_THROW(gather(tasks), std::runtime_error) << "again";
            EXPECT_THROW(tasks[0].get(), std::runtime_error);
        });
    });
}

TEST_P(GatherTest, OfTasksCancelsThemWithItsCaller) {
    play([](Stage& stage) {
        Event never;
        detail::Atomic<int> unwound{0};
        auto task = stage.spawn([&] {
            std::vector<Task<void>> tasks;
            for (int i = 0; i < 3; ++i) {
                tasks.push_back(spawn([&] {
                    try {
                        never.wait();
                    } catch (const Cancelled&) {
                        unwound.fetch_add(1, std::memory_order_relaxed);
                        throw;
                    }
                }));
            }
            try {
                gather(tasks);
            } catch (const Cancelled&) {
                EXPECT_EQ(unwound.load(std::memory_order_relaxed), 3);
                throw;
            }
        });
        stage.until_waiting("event", 3);
        stage.until_waiting("tasks", 1);
        task.cancel();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
    });
}

TEST_P(GatherTest, InParallelEveryFunctionRunsOnceOnWhateverWorker) {
    play([](Stage& stage) {
        const int count = stage.times(1'000);
        const int all = stage.run([count] {
            detail::Atomic<int> total{0};
            std::vector<std::function<int()>> functions;
            for (int i = 0; i < count; ++i) {
                functions.push_back([&total, i] {
                    if (i % 4 == 0) yield();
                    total.fetch_add(1, std::memory_order_relaxed);
                    return 1;
                });
            }
            int sum = 0;
            for (const int one : gather(parallel, functions)) sum += one;
            EXPECT_EQ(total.load(std::memory_order_relaxed), count);
            return sum;
        });
        EXPECT_EQ(all, count);
    });
}

TEST_P(GatherTest, AParallelFailureCancelsTheRestIfAskedTo) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            const auto waits = [&] { never.wait(); };
            EXPECT_THROW(gather(parallel | fail_fast, waits, waits,
                                [] {
                                    yield();
                                    throw std::runtime_error{"out"};
                                }),
                         std::runtime_error);
        });
    });
}

TEST_P(GatherTest, InAPlainThreadSaysWhatToCall) {
    play(
        [](Stage& stage) {
            auto thread = stage.thread([] {
                try {
                    gather([] {}, [] {});
                    ADD_FAILURE();
                } catch (const Error& error) {
                    EXPECT_EQ(error.code(), make_error_code(Errc::wrong_thread));
                    EXPECT_NE(std::string{error.what()}.find("run(runtime"), std::string::npos);
                }
            });
        },
        {}, 2);
}

TEST_P(GatherTest, RaceGivesTheFirstAndCancelsTheRest) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            int unwound = 0;
            const auto waits = [&] {
                const Counts counts{unwound};
                never.wait();
                return 1;
            };
            const int first = race(
                waits,
                [] {
                    sleep_for(1ms);
                    return 2;
                },
                waits);
            EXPECT_EQ(first, 2);
            EXPECT_EQ(unwound, 2);
            EXPECT_EQ(race([&] { never.wait(); }, [] {}), 1U);
            const std::variant<int, std::string> either =
                race(waits, [] { return std::string{"text"}; });
            EXPECT_EQ(std::get<1>(either), "text");
            std::vector<std::function<int()>> functions{waits, [] { return 8; }, waits};
            EXPECT_EQ(race(functions), 8);
            EXPECT_THROW((void)race(waits, []() -> int { throw std::runtime_error{"out"}; }),
                         std::runtime_error);
        });
    });
}

TEST_P(GatherTest, RaceWithACancelledCallerCancelsAll) {
    play([](Stage& stage) {
        Event never;
        int unwound = 0;
        auto task = stage.spawn([&] {
            const auto waits = [&] {
                const Counts counts{unwound};
                never.wait();
            };
            race(waits, waits);
        });
        stage.until_waiting("event", 2);
        task.cancel();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
        EXPECT_EQ(unwound, 2);
    });
}

TEST_P(GatherTest, OnBigStackRunsWhatWouldNotFit) {
    play(
        [](Stage& stage) {
            stage.run([] {
                const int result = on_big_stack([] {
                    volatile char room[512 * 1024];
                    room[0] = 1;
                    room[sizeof room - 1] = 2;
                    yield();
                    return room[0] + room[sizeof room - 1];
                });
                EXPECT_EQ(result, 3);
                EXPECT_THROW(on_big_stack([] { throw std::runtime_error{"out"}; }),
                             std::runtime_error);
            });
        },
        {}, 5);
}

}  // namespace greenroom
