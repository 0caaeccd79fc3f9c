// Timeout scopes: what ends at their deadline, what does not, and who tells of it.
#include <greenroom/core/timeout.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/blocking.hpp>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/sleep.hpp>
#include <stdexcept>
#include <string>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class TimeoutTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(TimeoutTest);

// Runs `wait` for 5 ms at most, and expects that it does not end by itself.
template <class F>
void expect_timeout(const F& wait) {
    bool unwound = false;
    struct Sets {
        bool& flag;
        ~Sets() { flag = true; }
    };
    try {
        with_timeout(5ms, [&] {
            const Sets sets{unwound};
            wait();
            ADD_FAILURE() << "it should not end";
        });
        ADD_FAILURE() << "it should time out";
    } catch (const Timeout& timeout) {
        EXPECT_NE(std::string{timeout.what()}.find("timeout_test.cpp"), std::string::npos);
    }
    EXPECT_TRUE(unwound);
}

void wait_in_every_primitive() {
    Event event;
    Semaphore none{0};
    Channel<int> empty{1};
    Channel<int> full{1};
    full.send(1);
    Mutex mutex;
    Task<void> task = spawn([] { sleep_for(10h); });
    expect_timeout([&] { event.wait(); });
    expect_timeout([&] { none.acquire(); });
    expect_timeout([&] { (void)empty.receive(); });
    expect_timeout([&] { full.send(2); });
    expect_timeout([] { sleep_for(10h); });
    expect_timeout([&] { shield(task); });
    expect_timeout([] {
        for (;;) yield();
    });
    Task<void> holder = spawn([&] {
        const Lock held{mutex};
        event.wait();
    });
    while (mutex.try_lock()) {
        mutex.unlock();
        yield();
    }
    expect_timeout([&] { const Lock held{mutex}; });
    event.set();
    holder.get();
}

}  // namespace

TEST_P(TimeoutTest, WorkThatIsDoneGivesItsResultAndLeavesNoTimer) {
    play([](Stage& stage) {
        const auto timers = [&] {
            std::size_t sum = 0;
            for (const WorkerStats& worker : stage.runtime.stats().workers) sum += worker.timers;
            return sum;
        };
        stage.run([&] {
            EXPECT_EQ(with_timeout(1h, [] { return 7; }), 7);
            EXPECT_EQ(with_deadline(Deadline::never(), [] { return std::string{"x"}; }), "x");
            with_timeout(1h, [&] {
                yield();
                EXPECT_EQ(timers(), 1u);
            });
            EXPECT_EQ(timers(), 0u);
        });
    });
}

TEST_P(TimeoutTest, EndsEveryWaitByItsDeadline) {
    play([](Stage& stage) { stage.run([] { wait_in_every_primitive(); }); }, {}, 10);
}

TEST_P(TimeoutTest, EndsTheWaitsOfAPlainThread) {
    play([](Stage& stage) {
        auto thread = stage.thread([] {
            Event event;
            Semaphore none{0};
            expect_timeout([&] { event.wait(); });
            expect_timeout([&] { none.acquire(); });
            EXPECT_EQ(with_timeout(1h, [] { return 3; }), 3);
            // A wait's own deadline, if it is earlier, is no failure.
            with_timeout(1h, [&] { EXPECT_FALSE(event.wait_before(Deadline::after(1ms))); });
        });
    });
}

TEST_P(TimeoutTest, WaitsUntilTheWorkHasCleanedUp) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            bool cleaned = false;
            try {
                with_timeout(1ms, [&] {
                    try {
                        never.wait();
                    } catch (const Cancelled&) {
                        sleep_for(2ms);
                        cleaned = true;
                        throw;
                    }
                });
                ADD_FAILURE();
            } catch (const Timeout&) {
                EXPECT_TRUE(cleaned);
            }
        });
    });
}

TEST_P(TimeoutTest, ZeroTimesOutWithoutStartingTheWork) {
    play([](Stage& stage) {
        stage.run([] {
            bool ran = false;
            EXPECT_THROW(with_timeout(0s, [&] { ran = true; }), Timeout);
            EXPECT_THROW(with_timeout(-1s, [&] { ran = true; }), Timeout);
            EXPECT_FALSE(ran);
            // A result that is there already is given, though there is no time.
            Task<int> task = spawn([] { return 1; });
            task.join();
            EXPECT_TRUE(task.join_before(Deadline::after(0s)));
            EXPECT_EQ(task.get(), 1);
        });
    });
}

// Property  Whichever comes first in one moment, there is one outcome, and no item is lost.
TEST_P(TimeoutTest, AResultAndTheDeadlineInOneMomentAreOneOutcome) {
    detail::Atomic<int> in_time{0};
    detail::Atomic<int> too_late{0};
    play([&](Stage& stage) {
        const int rounds = stage.times(300);
        for (int i = 0; i < rounds; ++i) {
            Channel<int> items{1};
            auto sender = stage.spawn([&] {
                sleep_for(1ms);
                items.send(1);
            });
            const bool got = stage.run([&] {
                try {
                    with_timeout(1ms, [&] { EXPECT_EQ(items.receive(), 1); });
                    return true;
                } catch (const Timeout&) {
                    return false;
                }
            });
            sender.get();
            EXPECT_EQ(items.try_receive().has_value(), !got);
            (got ? in_time : too_late).fetch_add(1, std::memory_order_relaxed);
        }
    });
    if (simulated() && workers() > 1) {
        EXPECT_GT(in_time.load(std::memory_order_relaxed), 0);
        EXPECT_GT(too_late.load(std::memory_order_relaxed), 0);
    }
}

TEST_P(TimeoutTest, WhatTheCleanUpThrowsIsThrown) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            EXPECT_THROW(with_timeout(1ms,
                                      [&] {
                                          try {
                                              never.wait();
                                          } catch (const Cancelled&) {
                                              throw std::runtime_error{"while cleaning up"};
                                          }
                                      }),
                         std::runtime_error);
        });
    });
}

TEST_P(TimeoutTest, ACancellationFromOutsideStaysCancelled) {
    play([](Stage& stage) {
        Event never;
        bool was_cancelled = false;
        auto task = stage.spawn([&] {
            try {
                with_timeout(1h, [&] { never.wait(); });
            } catch (const Cancelled&) {
                was_cancelled = true;
                throw;
            }
        });
        stage.until_waiting("event", 1);
        task.cancel();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
        EXPECT_TRUE(was_cancelled);
    });
}

TEST_P(TimeoutTest, ACancellationDuringTheCleanUpOfATimeoutIsToldAsOne) {
    play([](Stage& stage) {
        Event never;
        Event cleaning;
        Event go_on;
        auto task = stage.spawn([&] {
            with_timeout(1ms, [&] {
                try {
                    never.wait();
                } catch (const Cancelled&) {
                    const CancellationMask mask;
                    cleaning.set();
                    go_on.wait();
                    throw;
                }
            });
        });
        cleaning.wait();
        task.cancel();
        go_on.set();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
    });
}

TEST_P(TimeoutTest, CanBeMovedWhileItRuns) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            // Later: it would have ended else.
            with_timeout(2ms, [&](TimeoutScope& scope) {
                scope.reschedule(1h);
                EXPECT_FALSE(never.wait_before(Deadline::after(5ms)));
            });
            // Earlier.
            EXPECT_THROW(with_timeout(1h,
                                      [&](TimeoutScope& scope) {
                                          scope.reschedule(1ms);
                                          never.wait();
                                      }),
                         Timeout);
            // Of a structured task, by its parent's.
            EXPECT_THROW(with_timeout(1h,
                                      [&](TimeoutScope& scope) {
                                          gather([&] { never.wait(); },
                                                 [&] { scope.reschedule(1ms); });
                                      }),
                         Timeout);
        });
    });
}

TEST_P(TimeoutTest, CannotBeMovedAfterItsEnd) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            TimeoutScope late{1ms};
            EXPECT_THROW(late.run([&] {
                try {
                    never.wait();
                } catch (const Cancelled&) {
                    EXPECT_TRUE(late.expired());
                    EXPECT_THROW(late.reschedule(1h), Error);
                    throw;
                }
            }),
                         Timeout);
            EXPECT_THROW(late.reschedule(1h), Error);
            TimeoutScope done{1h};
            done.reschedule(2h);
            done.run([] {});
            EXPECT_FALSE(done.expired());
            EXPECT_THROW(done.reschedule(1h), Error);
        });
    });
}

TEST_P(TimeoutTest, AWaitWithAnEarlierDeadlineOfItsOwnReturnsFalse) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            with_timeout(1h, [&] { EXPECT_FALSE(never.wait_before(Deadline::after(1ms))); });
            EXPECT_THROW(with_timeout(1ms, [&] { (void)never.wait_before(Deadline::after(1h)); }),
                         Timeout);
        });
    });
}

TEST_P(TimeoutTest, WithdrawsABlockingCallThatHasNotStartedAndStopsOneThatRuns) {
    RuntimeOptions options;
    options.blocking.threads_max = 1;
    play(
        [](Stage& stage) {
            Event running;
            Event tried;
            bool stopped = false;
            const auto runs_until_stopped = [&](const std::stop_token& stop) {
                running.set();
                support::until([&] { return stop.stop_requested(); });
                stopped = true;
            };
            auto occupies = stage.spawn([&] {
                EXPECT_THROW(with_timeout(1h,
                                          [&](TimeoutScope& scope) {
                                              gather([&] { blocking(runs_until_stopped); },
                                                     [&] {
                                                         tried.wait();
                                                         scope.reschedule(1ms);
                                                     });
                                          }),
                             Timeout);
                EXPECT_TRUE(stopped) << "it was waited for";
            });
            running.wait();
            bool ran = false;
            stage.run([&] {
                EXPECT_THROW(with_timeout(1ms, [&] { blocking([&] { ran = true; }); }), Timeout);
            });
            tried.set();
            occupies.get();
            EXPECT_FALSE(ran);
        },
        options, 20);
}

}  // namespace greenroom
