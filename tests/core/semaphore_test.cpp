// Semaphore: in order of arrival, each permit at one place, nobody forgotten.
#include <greenroom/core/semaphore.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <optional>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class SemaphoreTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(SemaphoreTest);

// A fiber that takes `count` permits and then notes its number.
auto taker(Stage& stage, Semaphore& semaphore, std::size_t count, std::vector<int>& order,
           int number) {
    return stage.spawn([&semaphore, &order, count, number] {
        semaphore.acquire(count);
        order.push_back(number);  // of one at a time: the test releases one by one
    });
}

}  // namespace

TEST_P(SemaphoreTest, FreePermitsAreTakenAtOnceAndNoMore) {
    play([](Stage& stage) {
        stage.run([] {
            Semaphore semaphore{2};
            semaphore.acquire();
            EXPECT_TRUE(semaphore.try_acquire());
            EXPECT_FALSE(semaphore.try_acquire());
            EXPECT_FALSE(semaphore.acquire_before(Deadline::after(-1s)));
            semaphore.release(2);
            EXPECT_TRUE(semaphore.acquire_before(Deadline::after(-1s), 2));
        });
    });
}

TEST_P(SemaphoreTest, WaitersPassInOrderOfArrivalAndOneThatIsCancelledLeavesTheLine) {
    play([](Stage& stage) {
        Semaphore semaphore{0};
        std::vector<int> order;
        auto first = taker(stage, semaphore, 1, order, 1);
        stage.until_waiting("semaphore", 1);
        auto second = taker(stage, semaphore, 1, order, 2);
        stage.until_waiting("semaphore", 2);
        auto third = taker(stage, semaphore, 1, order, 3);
        stage.until_waiting("semaphore", 3);
        first.cancel();
        EXPECT_THROW(first.get(), Error);
        semaphore.release();
        second.join();
        semaphore.release();
        third.join();
        EXPECT_EQ(order, (std::vector<int>{2, 3}));
    });
}

TEST_P(SemaphoreTest, WhoWasHandedAPermitReturnsWithItAndHearsOfACancellationLater) {
    play([](Stage& stage) {
        Semaphore semaphore{0};
        Event never;
        bool has_it = false;
        bool heard = false;
        auto waiter = stage.spawn([&] {
            semaphore.acquire();
            has_it = true;
            try {
                never.wait();
            } catch (const Cancelled&) {
                heard = true;
            }
        });
        stage.until_waiting("semaphore", 1);
        semaphore.release();
        waiter.cancel();
        waiter.join();
        EXPECT_TRUE(has_it);
        EXPECT_TRUE(heard);
        EXPECT_FALSE(semaphore.try_acquire());
    });
}

TEST_P(SemaphoreTest, APermitThatMeetsACancelledWaiterGoesToTheNextOrToTheCount) {
    int won = 0;
    int lost = 0;
    play([&](Stage& stage) {
        for (int pauses = 0; pauses < 10; ++pauses) {
            Semaphore semaphore{0};
            bool first_passed = false;
            bool second_passed = false;
            auto waits = [&](bool& passed) {
                return [&] {
                    semaphore.acquire();
                    passed = true;
                };
            };
            auto first = stage.spawn(waits(first_passed));
            stage.until_waiting("semaphore", 1);
            auto second = stage.spawn(waits(second_passed));
            stage.until_waiting("semaphore", 2);
            first.cancel();  // races with the release
            for (int i = 0; i < pauses; ++i) yield();
            semaphore.release();
            first.join();
            if (first_passed) second.cancel();
            second.join();
            EXPECT_NE(first_passed, second_passed);
            EXPECT_FALSE(semaphore.try_acquire()) << "the one permit was taken once";
            ++(first_passed ? won : lost);
        }
    });
    expect_both(won, lost);
}

TEST_P(SemaphoreTest, WhoGivesUpServesTheLineBehind) {
    play([](Stage& stage) {
        Semaphore semaphore{1};
        std::vector<int> order;
        auto big = taker(stage, semaphore, 2, order, 2);
        stage.until_waiting("semaphore", 1);
        auto small = taker(stage, semaphore, 1, order, 1);
        stage.until_waiting("semaphore", 2);
        big.cancel();
        small.join();
        EXPECT_EQ(order, (std::vector<int>{1}));
    });
}

TEST_P(SemaphoreTest, WhoComesLaterQueuesBehindAndTryAcquireDoesNotOvertake) {
    play([](Stage& stage) {
        Semaphore semaphore{1};
        std::vector<int> order;
        auto big = taker(stage, semaphore, 2, order, 2);
        stage.until_waiting("semaphore", 1);
        EXPECT_FALSE(semaphore.try_acquire()) << "one is free, but not for who comes late";
        auto small = taker(stage, semaphore, 1, order, 1);
        stage.until_waiting("semaphore", 2);
        semaphore.release();
        big.join();
        semaphore.release();
        small.join();
        EXPECT_EQ(order, (std::vector<int>{2, 1}));
    });
}

TEST_P(SemaphoreTest, AReleaseBeyondTheMaximumIsAnErrorAndChangesNothing) {
    play([](Stage&) {
        Semaphore semaphore{1, 2};
        semaphore.release();
        try {
            semaphore.release();
            ADD_FAILURE() << "it released a third permit of two";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), make_error_code(Errc::limit_reached)) << error.what();
        }
        EXPECT_TRUE(semaphore.try_acquire(2));
        EXPECT_FALSE(semaphore.try_acquire());
    });
}

TEST_P(SemaphoreTest, ADeadlineEndsTheWaitAndTakesNothing) {
    play([](Stage& stage) {
        Semaphore semaphore{1};
        stage.run([&] { EXPECT_FALSE(semaphore.acquire_before(Deadline::after(2ms), 2)); });
        EXPECT_FALSE(semaphore.acquire_before(Deadline::after(2ms), 2)) << "a plain thread";
        EXPECT_TRUE(semaphore.try_acquire());
    });
}

TEST_P(SemaphoreTest, ACancelledFiberThrowsThoughPermitsAreFree) {
    play([](Stage& stage) {
        Semaphore semaphore{1};
        Event begin;
        auto task = stage.spawn([&] {
            {
                const CancellationMask mask;
                begin.wait();
            }
            semaphore.acquire();
            ADD_FAILURE() << "it should have thrown";
        });
        stage.until_waiting("event", 1);
        task.cancel();
        begin.set();
        task.join();
        EXPECT_TRUE(semaphore.try_acquire());
    });
}

TEST_P(SemaphoreTest, ThreadsAndFibersWaitInOneLine) {
    play([](Stage& stage) {
        Semaphore semaphore{0};
        Semaphore passed{0};
        std::vector<int> order;
        const auto takes = [&](int number) {
            return [&, number] {
                semaphore.acquire();
                order.push_back(number);
                passed.release();
            };
        };
        auto first = stage.thread(takes(1));
        stage.until_waiting("semaphore", 1);
        auto second = stage.spawn(takes(2));
        stage.until_waiting("semaphore", 2);
        auto third = stage.thread(takes(3));
        stage.until_waiting("semaphore", 3);
        for (int i = 0; i < 3; ++i) {
            semaphore.release();
            passed.acquire();
        }
        EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
    });
}

TEST_P(SemaphoreTest, WhoGotItsPermitMayDestroyIt) {
    play([](Stage& stage) {
        for (int i = 0; i < stage.times(1'000); ++i) {
            std::optional<Semaphore> semaphore{0};
            auto thread = stage.spawn([&semaphore] { semaphore->release(); });
            semaphore->acquire();
            semaphore.reset();
            thread.join();
        }
    });
}

// Property  When wakes, cancellations and deadlines race, no permit is lost and none is doubled:
//           at the end as many are free as there were.
TEST_P(SemaphoreTest, NoPermitIsLostWhenWakesCancellationsAndDeadlinesRace) {
    play([](Stage& stage) {
        constexpr std::size_t permits = 3;
        Semaphore semaphore{permits};
        const int rounds = stage.times(2'000);
        auto uses = [&semaphore, rounds](std::size_t count, Duration patience) {
            return [&semaphore, rounds, count, patience] {
                for (int i = 0; i < rounds; ++i) {
                    if (!semaphore.acquire_before(Deadline::after(patience), count)) continue;
                    const CancellationMask mask;
                    yield();
                    semaphore.release(count);
                }
            };
        };
        {
            auto plain = stage.thread(uses(1, 1ms));
            auto other = stage.thread(uses(3, 1h));
            std::vector<Task<void>> tasks;
            for (std::size_t i = 0; i < 6; ++i) {
                tasks.push_back(stage.spawn(uses(1 + i % 3, i % 2 == 0 ? Duration{1h} : 1ms)));
            }
            for (int i = 0; i < rounds; ++i) {
                auto victim = stage.spawn([&semaphore] {
                    semaphore.acquire(2);
                    const CancellationMask mask;
                    semaphore.release(2);
                });
                yield();
                victim.cancel();
                victim.join();
            }
            for (auto& task : tasks) task.join();
        }
        EXPECT_TRUE(semaphore.try_acquire(permits));
        EXPECT_FALSE(semaphore.try_acquire());
    });
}

// Property  A waker that races with the switch-out of whom it wakes resumes it once.
TEST_P(SemaphoreTest, TwoFibersAndAThreadPassAPermitAroundWithoutLosingAWake) {
    play([](Stage& stage) {
        Semaphore to_fiber{0};
        Semaphore to_other{0};
        Semaphore to_thread{0};
        const int rounds = stage.times(5'000);
        auto passes = [rounds](Semaphore& from, Semaphore& to) {
            return [&from, &to, rounds] {
                for (int i = 0; i < rounds; ++i) {
                    from.acquire();
                    to.release();
                }
            };
        };
        auto fiber = stage.spawn(passes(to_fiber, to_other));
        auto other = stage.spawn(passes(to_other, to_thread));
        auto thread = stage.thread(passes(to_thread, to_fiber));
        to_fiber.release();
        fiber.join();
        other.join();
        thread.reset();
        EXPECT_TRUE(to_fiber.try_acquire());
        for (Semaphore* each : {&to_fiber, &to_other, &to_thread}) {
            EXPECT_FALSE(each->try_acquire());
        }
    });
}

TEST(SemaphoreDeathTest, DestroyingOneThatIsWaitedForAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto destroys_it = [] {
        Runtime runtime{{.workers = 1}};
        Stage stage{runtime, kernel_threads(), false};
        std::optional<Semaphore> semaphore{0};
        auto waiter = stage.spawn([&] { semaphore->acquire(); });
        stage.until_waiting("semaphore", 1);
        semaphore.reset();
    };
    EXPECT_DEATH(destroys_it(), "waiters_.empty");
}

}  // namespace greenroom
