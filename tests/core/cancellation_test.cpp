// Cancellation: requests, what takes them, what holds them back, and who else can ask.
#include <greenroom/core/cancellation.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "support/log_lines.hpp"
#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class CancellationTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(CancellationTest);

template <class T>
void expect_cancelled(Task<T>& task) {
    EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
}

}  // namespace

TEST_P(CancellationTest, RequestsAreCountedAndCanBeTakenBack) {
    play([](Stage& stage) {
        Event never;
        auto task = stage.spawn([&] {
            EXPECT_EQ(cancel_requests(), 0U);
            try {
                never.wait();
            } catch (const Cancelled&) {
            }
            EXPECT_EQ(cancel_requests(), 1U);
            EXPECT_EQ(uncancel(), 0U);
            EXPECT_EQ(uncancel(), 0U);
            yield();
            return 5;
        });
        stage.until_waiting("event", 1);
        task.cancel();
        EXPECT_EQ(task.get(), 5);
        EXPECT_EQ(cancel_requests(), 0U) << "in a plain thread";
    });
}

TEST_P(CancellationTest, ARequestTakenBackBeforeItWasThrownIsNone) {
    play([](Stage& stage) {
        Event asked;
        detail::Atomic<bool> begun{false};
        auto task = stage.spawn([&] {
            const CancellationMask mask;
            begun.store(true, std::memory_order_relaxed);
            asked.wait();
            EXPECT_EQ(uncancel(), 0U);
        });
        support::until([&] { return begun.load(std::memory_order_relaxed); });
        task.cancel();
        asked.set();
        EXPECT_TRUE(task.result().ok());
    });
}

TEST_P(CancellationTest, ATaskThatCancelsItselfHearsOfItAtItsNextSuspensionPoint) {
    play([](Stage& stage) {
        Task<int> task;
        Event made;
        auto make = [&] {
            return stage.spawn([&] {
                made.wait();
                task.cancel();
                yield();
                ADD_FAILURE();
                return 1;
            });
        };
        task = make();
        made.set();
        expect_cancelled(task);
        Task<int> ends;
        Event also_made;
        ends = stage.spawn([&] {
            also_made.wait();
            ends.cancel();
            return 1;  // no suspension point is left: it ends normally
        });
        also_made.set();
        EXPECT_EQ(ends.get(), 1);
    });
}

TEST_P(CancellationTest, AStopTokenCancelsATaskByACallback) {
    play([](Stage& stage) {
        Event never;
        std::stop_source source;
        auto task = stage.spawn([&] { never.wait(); });
        const std::stop_callback asks{source.get_token(), [&] { task.cancel(); }};
        stage.until_waiting("event", 1);
        source.request_stop();
        expect_cancelled(task);
    });
}

TEST_P(CancellationTest, ATaskHasATokenThatIsStoppedWithIt) {
    play([](Stage& stage) {
        detail::Atomic<bool> begun{false};
        auto task = stage.spawn([&] {
            const std::stop_token token = current_stop_token();
            begun.store(true, std::memory_order_relaxed);
            // A computation that knows no fibers: it never suspends, and hears of it all the same.
            while (!token.stop_requested()) stage.threads.pause();
            return 3;
        });
        support::until([&] { return begun.load(std::memory_order_relaxed); });
        if (stage.simulated) {
            // The virtual workers have to be let go on.
            auto thread = stage.thread([&] { task.cancel(); });
        } else {
            task.cancel();
        }
        EXPECT_EQ(task.get(), 3);
        EXPECT_FALSE(current_stop_token().stop_possible());
    });
}

TEST_P(CancellationTest, ATokenMadeAfterTheRequestIsStopped) {
    play([](Stage& stage) {
        Event asked;
        Event begun;
        auto task = stage.spawn([&] {
            const CancellationMask mask;
            begun.set();
            asked.wait();
            return current_stop_token().stop_requested();
        });
        begun.wait();
        task.cancel();
        asked.set();
        EXPECT_TRUE(task.get());
    });
}

TEST_P(CancellationTest, ShieldKeepsItFromAFunctionAndItIsThrownAfterwards) {
    play([](Stage& stage) {
        Event inside;
        Event go_on;
        bool through = false;
        auto task = stage.spawn([&] {
            const int result = shield([&] {
                inside.set();
                go_on.wait();
                gather([] { yield(); }, [] { yield(); });
                through = true;
                return 4;
            });
            EXPECT_EQ(result, 4);
            yield();
            ADD_FAILURE() << "the request waits behind the shield";
        });
        inside.wait();
        task.cancel();
        go_on.set();
        expect_cancelled(task);
        EXPECT_TRUE(through);
    });
}

TEST_P(CancellationTest, ShieldOfATaskLetsTheWaiterGoAndTheTaskGoOn) {
    play([](Stage& stage) {
        Event end;
        auto inner = stage.spawn([&] {
            end.wait();
            return 6;
        });
        auto waits = stage.spawn([&] { shield(inner); });
        stage.until_waiting("task", 1);
        waits.cancel();
        expect_cancelled(waits);
        EXPECT_FALSE(inner.done());
        end.set();
        EXPECT_EQ(inner.get(), 6);
    });
}

TEST_P(CancellationTest, ThenPassesOnTheResultTheFailureAndTheCancellation) {
    play([](Stage& stage) {
        Event end;
        auto twice = stage
                         .spawn([&] {
                             end.wait();
                             return 21;
                         })
                         .then([](int value) { return 2 * value; });
        end.set();
        EXPECT_EQ(twice.get(), 42);
        auto fails = stage.spawn([] { throw std::runtime_error{"out"}; }).then([] { return 1; });
        EXPECT_THROW((void)fails.get(), std::runtime_error);
        Event never;
        Event unwound;
        auto cancelled = stage
                             .spawn([&] {
                                 struct Sets {
                                     Event& event;
                                     ~Sets() { event.set(); }
                                 } const sets{unwound};
                                 never.wait();
                             })
                             .then([] {});
        stage.until_waiting("event", 1);
        stage.until_waiting("task", 1);
        cancelled.cancel();
        expect_cancelled(cancelled);
        EXPECT_TRUE(unwound.is_set());
    });
}

TEST_P(CancellationTest, ResultTellsAFailureWithoutThrowingIt) {
    play([](Stage& stage) {
        const support::LogLines lines;
        auto good = stage.spawn([] { return 1; });
        EXPECT_EQ(good.result().value(), 1);
        auto bad = stage.spawn([]() -> int { throw std::runtime_error{"out"}; });
        EXPECT_EQ(bad.result().story(), "out");
        EXPECT_EQ(lines.text(), "") << "it was looked at";
    });
}

TEST_P(CancellationTest, AnUnseenFailureReachesTheHookWithItsPlace) {
    detail::Atomic<int> told{0};
    RuntimeOptions options;
    options.on_unseen_failure = [&](const UnseenFailure& unseen) {
        EXPECT_STREQ(unseen.name, "careless");
        EXPECT_NE(std::string{unseen.where.file}.find("cancellation_test.cpp"), std::string::npos);
        EXPECT_THROW(std::rethrow_exception(unseen.failure), std::runtime_error);
        told.fetch_add(1, std::memory_order_relaxed);
        throw std::logic_error{"the hook is careless, too"};
    };
    play(
        [&](Stage& stage) {
            const support::LogLines lines;
            told.store(0, std::memory_order_relaxed);
            stage.spawn([] { throw std::runtime_error{"out"}; }, {.name = "careless"}).detach();
            support::until([&] { return told.load(std::memory_order_relaxed) == 1; });
            support::until([&] { return lines.contain("on_unseen_failure threw"); });
        },
        options, 5);
}

TEST_P(CancellationTest, AStormOfUnseenFailuresIsToldOfInAHundredLinesASecond) {
    constexpr int tasks = 250;
    detail::Atomic<int> told{0};
    RuntimeOptions options;
    options.on_unseen_failure = [&](const UnseenFailure&) {
        told.fetch_add(1, std::memory_order_relaxed);
    };
    play(
        [&](Stage& stage) {
            const support::LogLines lines;
            told.store(0, std::memory_order_relaxed);
            const auto fail = [&](int times) {
                const int wanted = told.load(std::memory_order_relaxed) + times;
                for (int i = 0; i < times; ++i)
                    stage.spawn([] { throw std::runtime_error{"out"}; }).detach();
                support::until([&] { return told.load(std::memory_order_relaxed) == wanted; });
            };
            fail(tasks);
            EXPECT_GE(std::ranges::count(lines.text(), '\n'), 100);
            if (!stage.simulated) return;  // it may have taken seconds
            EXPECT_EQ(std::ranges::count(lines.text(), '\n'), 100);
            sleep_for(1s);
            fail(1);
            EXPECT_TRUE(lines.contain("out (and 150 more that were not said)")) << lines.text();
        },
        options, 5);
}

// Property  A request that meets the end of a wait is thrown there or at the next suspension point.
TEST_P(CancellationTest, IsNotLostInARaceWithTheEndOfAWait) {
    detail::Atomic<int> in_the_wait{0};
    detail::Atomic<int> behind_it{0};
    play([&](Stage& stage) {
        for (int round = 0; round < stage.times(500); ++round) {
            Semaphore permits{0};
            bool got = false;
            auto task = stage.spawn([&] {
                permits.acquire();
                got = true;
                sleep_for(1h);
                ADD_FAILURE() << "the request was lost";
            });
            {
                auto cancels = stage.thread([&] { task.cancel(); });
                auto releases = stage.thread([&] { permits.release(); });
            }
            expect_cancelled(task);
            EXPECT_EQ(permits.try_acquire(), !got);
            (got ? behind_it : in_the_wait).fetch_add(1, std::memory_order_relaxed);
        }
    });
    EXPECT_GT(in_the_wait.load(std::memory_order_relaxed), 0);
    if (simulated()) {
        EXPECT_GT(behind_it.load(std::memory_order_relaxed), 0);
    }
}

TEST_P(CancellationTest, YieldLetsAllOthersRunOnce) {
    play([](Stage& stage) {
        stage.run([] {
            std::string order;
            gather(
                [&] {
                    order += 'a';
                    sleep_for(0s);
                    order += 'A';
                },
                [&] {
                    order += 'b';
                    sleep_for(0s);
                    order += 'B';
                },
                [&] { order += 'c'; });
            EXPECT_EQ(order, "abcAB");
        });
    });
}

TEST_P(CancellationTest, YieldLetsAllQueuedTasksStartFirst) {
    if (workers() != 1) return;  // elsewhere they may be stolen before, and start later
    play([](Stage& stage) {
        stage.run([] {
            int ran = 0;
            std::vector<Task<void>> tasks;
            for (int i = 0; i < 50; ++i) tasks.push_back(spawn([&] { ++ran; }));
            yield();
            EXPECT_EQ(ran, 50);
        });
    });
}

}  // namespace greenroom
