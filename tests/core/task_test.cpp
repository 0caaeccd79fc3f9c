// Task: what becomes of a function that was spawned, and of who waits for it.
#include <greenroom/core/task.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/log_lines.hpp"
#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::LogLines;
using support::Stage;

class TaskTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(TaskTest);

template <class T>
void expect_cancelled(Task<T>& task) {
    try {
        task.get();
        ADD_FAILURE() << "it was cancelled";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), make_error_code(Errc::cancelled)) << error.what();
    }
}

// Sets an event at its end.
struct SetsAtEnd {
    Event& event;
    ~SetsAtEnd() { event.set(); }
};

}  // namespace

TEST_P(TaskTest, GetReturnsTheResultOnce) {
    play([](Stage& stage) {
        auto number = stage.spawn([] { return 42; });
        EXPECT_TRUE(number.valid());
        EXPECT_EQ(number.get(), 42);
        EXPECT_FALSE(number.valid());
        auto moved =
            stage.spawn([value = std::make_unique<int>(7)]() mutable { return std::move(value); });
        EXPECT_EQ(*moved.get(), 7);
        EXPECT_EQ(run(stage.runtime, [] { return std::string{"from main"}; }), "from main");
    });
}

TEST_P(TaskTest, GetThrowsWhatTheTaskThrew) {
    play([](Stage& stage) {
        auto fails = stage.spawn([] { throw std::runtime_error{"out"}; });
        EXPECT_THROW(fails.get(), std::runtime_error);
        auto throws_int = stage.spawn([]() -> int { throw 3; });
        EXPECT_THROW((void)throws_int.get(), int);
    });
}

TEST_P(TaskTest, JoinWaitsAndThenGetDoesNot) {
    play([](Stage& stage) {
        Event event;
        auto task = stage.spawn([&] {
            event.wait();
            return 1;
        });
        EXPECT_FALSE(task.done());
        EXPECT_FALSE(task.join_before(Deadline::after(1ms)));
        EXPECT_FALSE(task.join_before(Deadline::after(-1s)));
        event.set();
        task.join();
        EXPECT_TRUE(task.done());
        EXPECT_TRUE(task.join_before(Deadline::after(-1s)));
        EXPECT_EQ(task.get(), 1);
    });
}

TEST_P(TaskTest, AFiberSpawnsAndJoinsOthers) {
    play([](Stage& stage) {
        const int sum = stage.run([] {
            std::vector<Task<int>> tasks;
            for (int i = 0; i < 100; ++i) {
                tasks.push_back(spawn([i] {
                    yield();
                    return i;
                }));
            }
            int total = 0;
            for (auto& task : tasks) total += task.get();
            return total;
        });
        EXPECT_EQ(sum, 99 * 100 / 2);
    });
}

TEST_P(TaskTest, OneThatIsCancelledBeforeItStartedNeverRuns) {
    play([](Stage& stage) {
        bool ran = false;
        bool destroyed = false;
        stage.run([&] {
            auto captured = std::shared_ptr<void>(nullptr, [&](void*) { destroyed = true; });
            auto spawns_and_cancels = [&] {
                // On one worker nothing else can start it before the cancellation.
                auto task = spawn([&ran, captured = std::move(captured)] { ran = true; });
                task.cancel();
                return task;
            };
            auto task = spawns_and_cancels();
            task.join();
            if (!ran) expect_cancelled(task);
        });
        EXPECT_TRUE(destroyed);
        EXPECT_FALSE(ran && stage.runtime.worker_count() == 1);
    });
}

TEST_P(TaskTest, OneThatWaitsHearsOfItsCancellationThereAndUnwinds) {
    play([](Stage& stage) {
        Event never;
        Event unwound;
        auto task = stage.spawn([&] {
            const SetsAtEnd at_end{unwound};
            never.wait();
            ADD_FAILURE() << "it should have thrown";
        });
        stage.until_waiting("event", 1);
        task.cancel();
        task.join();
        EXPECT_TRUE(unwound.is_set());
        expect_cancelled(task);
    });
}

TEST_P(TaskTest, OneThatCatchesItsCancellationMayGoOnAndEndNormally) {
    play([](Stage& stage) {
        Event never;
        auto task = stage.spawn([&] {
            try {
                never.wait();
            } catch (const Cancelled&) {
            }
            yield();  // the request was taken
            check_cancellation();
            return 5;
        });
        stage.until_waiting("event", 1);
        task.cancel();
        EXPECT_EQ(task.get(), 5);
    });
}

TEST_P(TaskTest, OneThatComputesHearsOfItByAsking) {
    play([](Stage& stage) {
        detail::Atomic<bool> begun{false};
        auto task = stage.spawn([&] {
            begun.store(true, std::memory_order_relaxed);
            for (;;) yield();
        });
        support::until([&] { return begun.load(std::memory_order_relaxed); });
        task.cancel();
        expect_cancelled(task);
    });
}

TEST_P(TaskTest, WhoIsCancelledInGetCancelsTheTaskAndEndsAfterIt) {
    play([](Stage& stage) {
        Event never;
        bool inner_ended = false;
        auto outer = stage.spawn([&] {
            auto inner = spawn([&] {
                try {
                    never.wait();
                } catch (const Cancelled&) {
                    yield();
                    inner_ended = true;
                    throw;
                }
            });
            try {
                inner.get();
            } catch (const Cancelled&) {
                EXPECT_TRUE(inner_ended);
                throw;
            }
        });
        stage.until_waiting("event", 1);
        stage.until_waiting("task", 1);
        outer.cancel();
        expect_cancelled(outer);
        EXPECT_TRUE(inner_ended);
    });
}

TEST_P(TaskTest, ADestructorMayWaitWhileACancellationUnwinds) {
    play([](Stage& stage) {
        struct Waits {
            ~Waits() {
                yield();
                Task<int> task = spawn([] { return 1; });
                EXPECT_EQ(task.get(), 1);
                cleaned = true;
            }
            bool& cleaned;
        };
        Event never;
        bool cleaned = false;
        auto task = stage.spawn([&] {
            const Waits waits{cleaned};
            never.wait();
        });
        stage.until_waiting("event", 1);
        task.cancel();
        expect_cancelled(task);
        EXPECT_TRUE(cleaned);
    });
}

TEST_P(TaskTest, DroppingTheHandleCancelsAndJoins) {
    play([](Stage& stage) {
        Event never;
        Event unwound;
        {
            auto task = stage.spawn([&] {
                const SetsAtEnd at_end{unwound};
                never.wait();
            });
            stage.until_waiting("event", 1);
        }
        EXPECT_TRUE(unwound.is_set());
    });
}

TEST_P(TaskTest, DroppingTheHandleThrowsNothingThoughItsOwnerIsCancelled) {
    play([](Stage& stage) {
        Event never;
        Event asked;
        bool after = false;
        auto outer = stage.spawn([&] {
            {
                const Task<void> inner = spawn([&] { never.wait(); });
                const CancellationMask mask;
                asked.wait();
            }
            after = true;
            yield();
            ADD_FAILURE() << "the cancellation was lost";
        });
        stage.until_waiting("event", 2);
        outer.cancel();
        asked.set();
        expect_cancelled(outer);
        EXPECT_TRUE(after);
    });
}

TEST_P(TaskTest, ADetachedOneRunsOnItsOwn) {
    play([](Stage& stage) {
        Event begin;
        Event done;
        {
            auto task = stage.spawn([&] {
                begin.wait();
                done.set();
            });
            task.detach();
        }
        begin.set();
        done.wait();
    });
}

TEST_P(TaskTest, AFailureThatNobodySawIsLoggedWithThePlaceOfItsSpawn) {
    play([](Stage& stage) {
        {
            const LogLines lines;
            {
                auto task = stage.spawn([] { throw std::runtime_error{"nobody looks"}; });
                support::until([&] { return task.done(); });
            }
            support::until([&] { return lines.contain("nobody looks"); });
            EXPECT_TRUE(lines.contain("task_test.cpp")) << lines.text();
        }
        const LogLines lines;
        auto detached = stage.spawn([] { throw std::runtime_error{"all have left"}; });
        detached.detach();
        support::until([&] { return lines.contain("all have left"); });
        EXPECT_TRUE(lines.contain("task_test.cpp")) << lines.text();
    });
}

TEST_P(TaskTest, AFailureThatWasSeenIsNotLogged) {
    play([](Stage& stage) {
        const LogLines lines;
        auto task = stage.spawn([] { throw std::runtime_error{"seen"}; });
        EXPECT_THROW(task.get(), std::runtime_error);
        stage.run([] {});
        EXPECT_EQ(lines.text(), "");
    });
}

TEST_P(TaskTest, AnExceptionInFlightStaysWithItsFiberAcrossASuspension) {
    play([](Stage& stage) {
        std::vector<Task<void>> tasks;
        for (int i = 0; i < 10; ++i) {
            tasks.push_back(stage.spawn([i] {
                try {
                    throw i;
                } catch (int) {
                    yield();  // others throw and catch meanwhile
                    EXPECT_EQ(std::uncaught_exceptions(), 0);
                    try {
                        throw;
                    } catch (int again) {
                        EXPECT_EQ(again, i);
                    }
                }
            }));
        }
        for (auto& task : tasks) task.join();
    });
}

// Property  Every task runs once, whoever spawns it and from wherever.
TEST_P(TaskTest, NoTaskIsLostOrDoubledWhenFibersAndThreadsSpawn) {
    play([](Stage& stage) {
        const int each = stage.times(2'000);
        detail::Atomic<int> ran{0};
        const auto spawns = [&] {
            std::vector<Task<void>> tasks;
            for (int i = 0; i < each; ++i) {
                tasks.push_back(stage.spawn([&ran, i] {
                    if (i % 3 == 0) yield();
                    ran.fetch_add(1, std::memory_order_relaxed);
                }));
                if (tasks.size() < 50) continue;
                for (auto& task : tasks) task.join();
                tasks.clear();
            }
            for (auto& task : tasks) task.join();
        };
        {
            auto thread = stage.thread(spawns);
            auto other = stage.thread(spawns);
            auto fiber = stage.spawn(spawns);
            spawns();
            fiber.join();
        }
        EXPECT_EQ(ran.load(std::memory_order_relaxed), 4 * each);
    });
}

TEST(Task, SpawnInAPlainThreadSaysHowToNameTheRuntime) {
    try {
        (void)spawn([] {});
        FAIL() << "there is no runtime here";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), make_error_code(Errc::wrong_thread));
        EXPECT_NE(std::string{error.what()}.find("spawn(runtime, ...)"), std::string::npos);
    }
}

}  // namespace greenroom
