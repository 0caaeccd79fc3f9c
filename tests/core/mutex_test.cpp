// Mutex: one owner at a time, in order of arrival, and nobody else unlocks it.
#include <greenroom/core/mutex.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class MutexTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(MutexTest);

// A fiber that locks, notes its number, and unlocks.
auto locker(Stage& stage, Mutex& mutex, std::vector<int>& order, int number) {
    return stage.spawn([&mutex, &order, number] {
        const Lock held{mutex};
        order.push_back(number);
        yield();
    });
}

void expect_refused(Mutex& mutex) {
    try {
        mutex.unlock();
        ADD_FAILURE() << "who does not have it unlocked it";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), std::errc::operation_not_permitted) << error.what();
    }
}

}  // namespace

TEST_P(MutexTest, TheLineIsServedInOrderOfArrivalOneOwnerAtATime) {
    play([](Stage& stage) {
        Mutex mutex;
        std::vector<int> order;
        mutex.lock();
        std::vector<Task<void>> tasks;
        for (int number = 1; number <= 3; ++number) {
            tasks.push_back(locker(stage, mutex, order, number));
            stage.until_waiting("mutex", number);
        }
        EXPECT_TRUE(order.empty());
        mutex.unlock();
        for (auto& task : tasks) task.join();
        EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
    });
}

TEST_P(MutexTest, ThreadsAndFibersWaitInOneLine) {
    play([](Stage& stage) {
        Mutex mutex;
        std::vector<int> order;
        const auto locks = [&](int number) {
            return [&, number] {
                const Lock held{mutex};
                order.push_back(number);
            };
        };
        mutex.lock();
        auto first = stage.thread(locks(1));
        stage.until_waiting("mutex", 1);
        auto second = stage.spawn(locks(2));
        stage.until_waiting("mutex", 2);
        auto third = stage.thread(locks(3));
        stage.until_waiting("mutex", 3);
        mutex.unlock();
        first.reset();
        second.join();
        third.reset();
        EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
    });
}

TEST_P(MutexTest, NobodyOvertakesAWaiterThatWasHandedItAndHasNotRunYet) {
    play([](Stage& stage) {
        Mutex mutex;
        std::vector<int> order;
        mutex.lock();
        auto waiter = locker(stage, mutex, order, 1);
        stage.until_waiting("mutex", 1);
        mutex.unlock();
        mutex.lock();  // the plain thread asks in the same moment
        EXPECT_EQ(order, (std::vector<int>{1}));
        mutex.unlock();
        waiter.join();
    });
}

TEST_P(MutexTest, AWaiterCancelledAfterTheHandOverOwnsItAndPassesItOnWhenItUnwinds) {
    play([](Stage& stage) {
        Mutex mutex;
        Event never;
        std::vector<int> order;
        bool owned = false;
        mutex.lock();
        auto first = stage.spawn([&] {
            const Lock held{mutex};
            owned = true;
            never.wait();  // hears of the cancellation here
        });
        stage.until_waiting("mutex", 1);
        auto second = locker(stage, mutex, order, 2);
        stage.until_waiting("mutex", 2);
        mutex.unlock();
        first.cancel();
        EXPECT_THROW(first.get(), Error);
        EXPECT_TRUE(owned);
        second.join();
        EXPECT_EQ(order, (std::vector<int>{2}));
    });
}

TEST_P(MutexTest, WhenACancellationAndAnUnlockRaceExactlyOneOfTheRestOwnsIt) {
    int won = 0;
    int lost = 0;
    play([&](Stage& stage) {
        for (int pauses = 0; pauses < 10; ++pauses) {
            Mutex mutex;
            int owners = 0;
            int passed = 0;
            auto waits = [&] {
                const Lock held{mutex};
                EXPECT_EQ(++owners, 1);
                ++passed;
                const CancellationMask mask;
                yield();
                --owners;
            };
            mutex.lock();
            auto first = stage.spawn(waits);
            stage.until_waiting("mutex", 1);
            auto second = stage.spawn(waits);
            stage.until_waiting("mutex", 2);
            auto third = stage.spawn(waits);
            stage.until_waiting("mutex", 3);
            first.cancel();  // races with the unlock
            for (int i = 0; i < pauses; ++i) yield();
            mutex.unlock();
            first.join();
            second.join();
            third.join();
            EXPECT_GE(passed, 2);
            ++(passed == 3 ? won : lost);
            EXPECT_TRUE(mutex.try_lock());
            mutex.unlock();
        }
    });
    expect_both(won, lost);
}

TEST_P(MutexTest, UnlockByWhoDoesNotHaveItIsAnErrorAndChangesNothing) {
    play([](Stage& stage) {
        Mutex mutex;
        expect_refused(mutex);
        mutex.lock();
        stage.run([&] {
            expect_refused(mutex);
            EXPECT_FALSE(mutex.held_by_caller());
            EXPECT_FALSE(mutex.try_lock());
        });
        EXPECT_TRUE(mutex.held_by_caller());
        mutex.unlock();
        EXPECT_FALSE(mutex.held_by_caller());
        expect_refused(mutex);
    });
}

TEST_P(MutexTest, LockingItTwiceIsAnErrorAndNotADeadlock) {
    play([](Stage& stage) {
        stage.run([] {
            Mutex mutex;
            const Lock held{mutex};
            EXPECT_FALSE(mutex.try_lock());
            try {
                mutex.lock();
                ADD_FAILURE() << "it locked twice";
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), std::errc::resource_deadlock_would_occur);
            }
        });
    });
}

TEST_P(MutexTest, AGuardUnlocksWhenAnExceptionLeavesItsScope) {
    play([](Stage& stage) {
        Mutex mutex;
        auto throws = [&](auto guard) {
            try {
                guard();
            } catch (const std::runtime_error&) {
            }
            EXPECT_TRUE(mutex.try_lock());
            mutex.unlock();
        };
        stage.run([&] {
            throws([&] {
                const Lock held{mutex};
                throw std::runtime_error{"out"};
            });
            throws([&] {
                const std::lock_guard held{mutex};
                throw std::runtime_error{"out"};
            });
        });
    });
}

TEST_P(MutexTest, AGuardMayLetGoAndLockAgain) {
    play([](Stage& stage) {
        stage.run([] {
            Mutex mutex;
            Lock held{mutex};
            held.unlock();
            EXPECT_FALSE(mutex.held_by_caller());
            held.lock();
            EXPECT_TRUE(held.owns_lock());
            EXPECT_TRUE(mutex.held_by_caller());
        });
    });
}

TEST_P(MutexTest, ADeadlineEndsTheWaitAndLeavesTheLineInOrder) {
    play([](Stage& stage) {
        Mutex mutex;
        std::vector<int> order;
        mutex.lock();
        auto hasty = stage.spawn([&] { return mutex.lock_before(Deadline::after(2ms)); });
        auto patient = locker(stage, mutex, order, 1);
        EXPECT_FALSE(hasty.get());
        EXPECT_FALSE(stage.run([&] { return mutex.lock_before(Deadline::after(-1s)); }));
        stage.until_waiting("mutex", 1);
        mutex.unlock();
        patient.join();
        EXPECT_EQ(order, (std::vector<int>{1}));
        EXPECT_TRUE(mutex.lock_before(Deadline::after(-1s)));
        mutex.unlock();
    });
}

TEST_P(MutexTest, TheDumpNamesTheLineOfTheGuardThatWaits) {
    play([](Stage& stage) {
        Mutex mutex;
        mutex.lock();
        int line = 0;
        auto waiter = stage.spawn([&] {
            line = __LINE__ + 1;
            const Lock held{mutex};
        });
        stage.until_waiting("mutex", 1);
        const std::string place = "mutex_test.cpp:" + std::to_string(line);
        EXPECT_NE(stage.runtime.dump().find(place), std::string::npos);
        mutex.unlock();
        waiter.join();
    });
}

TEST_P(MutexTest, ANewOwnerMayUnlockAndDestroyIt) {
    play([](Stage& stage) {
        for (int i = 0; i < stage.times(1'000); ++i) {
            std::optional<Mutex> mutex{std::in_place};
            Event locked;
            auto first = stage.spawn([&] {
                const Lock held{*mutex};
                locked.set();
                yield();
            });
            locked.wait();
            mutex->lock();
            mutex->unlock();
            mutex.reset();
            first.join();
        }
    });
}

// Property  A plain int under the mutex counts right, whoever holds it and wherever they wait.
TEST_P(MutexTest, FibersAndThreadsExcludeEachOtherAcrossSuspensionsAndGivingUp) {
    play([](Stage& stage) {
        Mutex mutex;
        int inside = 0;
        int counted = 0;
        int expected = 0;  // what each added for itself
        Mutex sums;
        const int rounds = stage.times(2'000);
        auto counts = [&](Duration patience) {
            return [&, patience] {
                int mine = 0;
                for (int i = 0; i < rounds; ++i) {
                    if (!mutex.lock_before(Deadline::after(patience))) continue;
                    EXPECT_EQ(++inside, 1);
                    ++counted;
                    ++mine;
                    if (i % 4 == 0) yield();
                    --inside;
                    mutex.unlock();
                }
                const Lock held{sums};
                expected += mine;
            };
        };
        {
            auto thread = stage.thread(counts(1h));
            auto hasty_thread = stage.thread(counts(1ms));
            std::vector<Task<void>> tasks;
            for (int i = 0; i < 6; ++i) tasks.push_back(stage.spawn(counts(i < 4 ? 1h : 1ms)));
            for (int i = 0; i < rounds / 4; ++i) {
                auto victim = stage.spawn([&mutex] { const Lock held{mutex}; });
                yield();
                victim.cancel();
                victim.join();
            }
            for (auto& task : tasks) task.join();
        }
        EXPECT_EQ(counted, expected);
        EXPECT_TRUE(mutex.try_lock());
        mutex.unlock();
    });
}

TEST_P(MutexTest, ADeadlineBeforeAllTimeHasPassedForThreadsToo) {
    play([](Stage& stage) {
        Mutex mutex;
        mutex.lock();
        const auto tries = [&] { return mutex.lock_before(Deadline{TimePoint::min()}); };
        {
            auto thread = stage.thread([&] { EXPECT_FALSE(tries()); });
        }
        EXPECT_FALSE(stage.run(tries));
        mutex.unlock();
    });
}

TEST(MutexDeathTest, DestroyingOneThatIsHeldAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto destroys_it = [] {
        Mutex mutex;
        mutex.lock();
    };
    EXPECT_DEATH(destroys_it(), "word_.load");
}

}  // namespace greenroom
