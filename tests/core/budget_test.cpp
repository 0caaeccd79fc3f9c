// A fiber that only meets what is ready still lets others run: calls that may wait spend a budget.
#include <gtest/gtest.h>

#include <functional>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/sleep.hpp>
#include <map>
#include <stdexcept>
#include <string>

#include "support/on_runtimes.hpp"
#include "worker.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using detail::Atomic;
using detail::Worker;
using support::Stage;

constexpr int budget = static_cast<int>(Worker::ready_in_a_row_max);

class BudgetTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(BudgetTest);

// What is always ready, and a call that meets it.
struct Ready {
    Ready() { event.set(); }

    Semaphore semaphore{1};
    Mutex mutex;
    Event event;
    Channel<int> channel{1};

    const std::map<std::string, std::function<void()>> calls{
        {"semaphore",
         [this] {
             semaphore.acquire();
             semaphore.release();
         }},
        {"mutex", [this] { const Lock held{mutex}; }},
        {"event", [this] { event.wait(); }},
        {"channel",
         [this] {
             channel.send(1);
             (void)channel.receive();
         }},
    };
};

// Calls until the flag is set; returns how often.
int calls_until(const Atomic<bool>& flag, const std::function<void()>& call) {
    int calls = 0;
    for (; !flag.load(std::memory_order_acquire); ++calls) call();
    return calls;
}

}  // namespace

TEST_P(BudgetTest, WhoOnlyMeetsWhatIsReadyLetsATaskStart) {
    play([this](Stage& stage) {
        stage.run([this] {
            Ready ready;
            for (const auto& [name, call] : ready.calls) {
                Atomic<bool> ran{false};
                auto other = spawn([&] { ran.store(true, std::memory_order_release); });
                const int calls = calls_until(ran, call);
                // On one worker it is nobody else who ran it.
                if (workers() == 1) {
                    EXPECT_LE(calls, 2 * budget) << name;
                }
                other.join();
            }
        });
    });
}

TEST_P(BudgetTest, WhoOnlyMeetsWhatIsReadyLetsAWokenFiberGoOn) {
    play([](Stage& stage) {
        Ready ready;
        for (const auto& [name, call] : ready.calls) {
            Atomic<bool> woken{false};
            Event event;
            auto waits = stage.spawn([&] {
                event.wait();
                woken.store(true, std::memory_order_release);
            });
            auto spins = stage.spawn([&woken, &call = call] { (void)calls_until(woken, call); });
            auto thread = stage.thread([&] { event.set(); });  // into the worker's inbox
            spins.join();
            waits.join();
        }
    });
}

TEST_P(BudgetTest, WhoOnlyMeetsWhatIsReadyLetsTimersFire) {
    if (simulated()) return;  // virtual time stands while somebody can go on
    play([](Stage& stage) {
        stage.run([] {
            Ready ready;
            Atomic<bool> slept{false};
            auto sleeps = spawn([&] {
                sleep_for(2ms);
                slept.store(true, std::memory_order_release);
            });
            (void)calls_until(slept, ready.calls.at("event"));
            sleeps.join();
        });
    });
}

TEST_P(BudgetTest, CallsThatNeverWaitSpendNothing) {
    if (workers() != 1) return;  // another worker would run the other task
    play([](Stage& stage) {
        stage.run([] {
            Ready ready;
            bool ran = false;
            auto other = spawn([&] { ran = true; });
            for (int i = 0; i < 10 * budget; ++i) {
                ASSERT_TRUE(ready.semaphore.try_acquire());
                ready.semaphore.release();
                ASSERT_TRUE(ready.mutex.try_lock());
                ready.mutex.unlock();
                ASSERT_TRUE(ready.event.try_wait());
                ASSERT_TRUE(ready.channel.try_send(1));
                ASSERT_TRUE(ready.channel.try_receive().has_value());
                check_cancellation();
            }
            EXPECT_FALSE(ran);
            other.join();
        });
    });
}

// Property  In a destructor, masked or while an exception unwinds, a ready call lets others run as
//           well, and does not throw, though a cancellation is requested.
TEST_P(BudgetTest, DestructorsLetOthersRunAndDoNotThrow) {
    play([](Stage& stage) {
        struct CallsWhileItEnds {
            const std::function<void()>& call;
            Atomic<bool>& ran;
            int& ended;
            ~CallsWhileItEnds() {
                auto other = spawn([&] { ran.store(true, std::memory_order_release); });
                (void)calls_until(ran, call);
                other.detach();
                ++ended;
            }
        };
        Ready ready;
        Atomic<bool> first{false};
        Atomic<bool> second{false};
        int ended = 0;
        Event cancelled;
        auto task = stage.spawn([&] {
            {
                const CancellationMask mask;
                cancelled.wait();
                const CallsWhileItEnds masked{ready.calls.at("semaphore"), first, ended};
            }
            const CallsWhileItEnds unwinding{ready.calls.at("event"), second, ended};
            throw std::runtime_error{"unwinds"};
        });
        stage.until_waiting("event", 1);
        task.cancel();
        cancelled.set();
        EXPECT_THROW(task.get(), std::runtime_error);
        EXPECT_EQ(ended, 2);
    });
}

TEST_P(BudgetTest, ACancellationIsHeardOfByWhoOnlyMeetsWhatIsReady) {
    play([](Stage& stage) {
        Ready ready;
        Event begun;
        auto task = stage.spawn([&] {
            begun.set();
            for (;;) ready.event.wait();
        });
        begun.wait();
        task.cancel();
        EXPECT_THROW(task.get(), Error);
    });
}

}  // namespace greenroom
