// ConditionVariable: who waits is notified, in order, and has the mutex whenever it goes on.
#include <greenroom/core/condition_variable.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <mutex>
#include <optional>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

constexpr const char* kind = "condition variable";

class ConditionVariableTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(ConditionVariableTest);

// A mutex, its condition, and what it guards.
struct Room {
    Mutex mutex;
    ConditionVariable changed{mutex};
    std::vector<int> order;
    int inside = 0;
};

// A fiber that waits, and then notes its number.
auto waiter(Stage& stage, Room& room, int number) {
    return stage.spawn([&room, number] {
        const Lock held{room.mutex};
        room.changed.wait();
        EXPECT_EQ(++room.inside, 1);
        room.order.push_back(number);
        const CancellationMask mask;
        yield();
        --room.inside;
    });
}

void notify(Room& room, std::size_t count) {
    const Lock held{room.mutex};
    room.changed.notify(count);
}

}  // namespace

TEST_P(ConditionVariableTest, NotifyWakesTheOldestOneAfterAnotherEachWithTheMutex) {
    play([](Stage& stage) {
        Room room;
        std::vector<Task<void>> tasks;
        for (int number = 1; number <= 3; ++number) {
            tasks.push_back(waiter(stage, room, number));
            stage.until_waiting(kind, number);
        }
        notify(room, 2);
        tasks[0].join();
        tasks[1].join();
        EXPECT_EQ(stage.waiting(kind), 1);
        notify(room, 7);
        tasks[2].join();
        EXPECT_EQ(room.order.size(), 3u);
        EXPECT_EQ(room.order.back(), 3);
    });
}

TEST_P(ConditionVariableTest, NotifyAllWakesFibersAndThreadsAlike) {
    play([](Stage& stage) {
        Room room;
        auto first = waiter(stage, room, 1);
        auto thread = stage.thread([&] {
            const std::unique_lock held{room.mutex};
            room.changed.wait();
        });
        stage.until_waiting(kind, 2);
        {
            const std::lock_guard held{room.mutex};
            room.changed.notify_all();
        }
        first.join();
        thread.reset();
    });
}

TEST_P(ConditionVariableTest, WaitAndNotifyWithoutTheMutexAreErrors) {
    play([](Stage& stage) {
        Room room;
        auto expect_refused = [](auto call) {
            try {
                call();
                ADD_FAILURE() << "it went on without the mutex";
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), std::errc::operation_not_permitted) << error.what();
            }
        };
        expect_refused([&] { room.changed.wait(); });
        expect_refused([&] { room.changed.notify_one(); });
        const Lock held{room.mutex};
        stage.run([&] { expect_refused([&] { room.changed.notify_all(); }); });
    });
}

TEST_P(ConditionVariableTest, WhoIsCancelledTakesTheMutexBeforeItHearsOfIt) {
    play([](Stage& stage) {
        Room room;
        bool had_it = false;
        auto task = stage.spawn([&] {
            room.mutex.lock();
            try {
                room.changed.wait();
            } catch (const Cancelled&) {
                had_it = room.mutex.held_by_caller();
                room.mutex.unlock();
                throw;
            }
        });
        stage.until_waiting(kind, 1);
        room.mutex.lock();
        task.cancel();
        stage.until_waiting("mutex", 1);
        EXPECT_FALSE(had_it);
        room.mutex.unlock();
        EXPECT_THROW(task.get(), Error);
        EXPECT_TRUE(had_it);
    });
}

TEST_P(ConditionVariableTest, WhoIsNotifiedAndThenCancelledReturnsAndHearsOfItLater) {
    play([](Stage& stage) {
        Room room;
        Event never;
        bool notified = false;
        bool heard = false;
        auto task = stage.spawn([&] {
            Lock held{room.mutex};
            room.changed.wait();
            notified = room.mutex.held_by_caller();
            held.unlock();
            try {
                never.wait();
            } catch (const Cancelled&) {
                heard = true;
            }
        });
        stage.until_waiting(kind, 1);
        room.mutex.lock();
        room.changed.notify_one();
        task.cancel();
        room.mutex.unlock();
        task.join();
        EXPECT_TRUE(notified);
        EXPECT_TRUE(heard);
        EXPECT_TRUE(room.mutex.try_lock());
        room.mutex.unlock();
    });
}

TEST_P(ConditionVariableTest, ANotificationThatMeetsACancelledWaiterGoesToAnother) {
    play([](Stage& stage) {
        Room room;
        auto first = waiter(stage, room, 1);
        stage.until_waiting(kind, 1);
        auto second = waiter(stage, room, 2);
        stage.until_waiting(kind, 2);
        first.cancel();  // races with the notification
        notify(room, 1);
        first.join();
        const bool first_had_it = [&] {
            const Lock held{room.mutex};
            return !room.order.empty() && room.order.front() == 1;
        }();
        if (first_had_it) notify(room, 1);
        second.join();
        EXPECT_EQ(room.order.back(), 2);
    });
}

TEST_P(ConditionVariableTest, AWaitForAConditionReturnsOnlyWhenItHoldsAndWithItsValue) {
    play([](Stage& stage) {
        Room room;
        std::optional<int> value;
        auto task = stage.spawn([&] {
            const Lock held{room.mutex};
            return room.changed.wait([&] { return value; });
        });
        for (int i = 0; i < 3; ++i) {
            stage.until_waiting(kind, 1);
            notify(room, 1);  // for nothing
        }
        stage.until_waiting(kind, 1);
        {
            const Lock held{room.mutex};
            value = 7;
            room.changed.notify_one();
        }
        EXPECT_EQ(task.get(), 7);
    });
}

TEST_P(ConditionVariableTest, ADeadlineInsideAGuardIsReportedWithTheMutexTaken) {
    play([](Stage& stage) {
        Room room;
        auto waits = [&] {
            const Lock held{room.mutex};
            EXPECT_FALSE(room.changed.wait_before(Deadline::after(2ms)));
            EXPECT_TRUE(room.mutex.held_by_caller());
            EXPECT_FALSE(room.changed.wait_before(Deadline::after(2ms), [] { return false; }));
            EXPECT_TRUE(room.changed.wait_before(Deadline::after(-1s), [] { return true; }));
        };
        stage.run(waits);
        EXPECT_TRUE(room.mutex.try_lock());
        room.mutex.unlock();
        waits();
    });
}

// Property  Items handed over through a condition all arrive, though waits time out and are
//           cancelled all the while: no notification is lost.
TEST_P(ConditionVariableTest, NoNotificationIsLostWhenItRacesWithDeadlinesAndCancellations) {
    play([](Stage& stage) {
        Room room;
        int items = 0;
        int taken = 0;
        const int rounds = stage.times(2'000);
        auto takes = [&](Duration patience) {
            return [&, patience] {
                for (int i = 0; i < rounds;) {
                    const Lock held{room.mutex};
                    const Deadline deadline = Deadline::after(patience);
                    if (!room.changed.wait_before(deadline, [&] { return items > 0; })) continue;
                    --items;
                    ++taken;
                    ++i;
                }
            };
        };
        auto patient = stage.spawn(takes(1h));
        auto hasty = stage.spawn(takes(1ms));
        auto thread = stage.thread(takes(1h));
        for (int i = 0; i < 3 * rounds; ++i) {
            if (i % 4 == 0) {
                auto victim = stage.spawn([&] {
                    const Lock held{room.mutex};
                    room.changed.wait([&] { return items > 0; });
                    room.changed.notify_one();  // it was not for this one
                });
                yield();
                victim.cancel();
                victim.join();
            }
            const Lock held{room.mutex};
            ++items;
            room.changed.notify_one();
        }
        patient.join();
        hasty.join();
        thread.reset();
        EXPECT_EQ(taken, 3 * rounds);
        EXPECT_EQ(items, 0);
    });
}

}  // namespace greenroom
