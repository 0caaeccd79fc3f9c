// post, call_later, call_at, every: at their time, in their order, or not at all.
#include <greenroom/core/timers.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/latch.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "support/log_lines.hpp"
#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

// As fast as the memory is that it lies in.
template <class F>
constexpr std::size_t timer_bytes(const F&) {
    return sizeof(detail::TimedCall<F>);
}
static_assert(timer_bytes([] {}) == 48);
static_assert(timer_bytes([captured = std::size_t{}] { (void)captured; }) == 64);

class TimersTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(TimersTest);

TimePoint now() { return Deadline::after(Duration::zero()).at(); }

}  // namespace

TEST_P(TimersTest, PostRunsItSoonAsATaskThatMayWait) {
    play([](Stage& stage) {
        Event first;
        Event second;
        post(stage.runtime, [&] { first.set(); });
        stage.run([&] {
            post([&] {
                first.wait();
                second.set();
            });
        });
        second.wait();
    });
}

TEST_P(TimersTest, ACallIsNeverEarlyAndMayWait) {
    play([](Stage& stage) {
        Event done;
        const TimePoint begun = now();
        TimePoint called{};
        TimerHandle from_thread = call_later(stage.runtime, 3ms, [&] {
            called = now();
            sleep_for(1ms);
            done.set();
        });
        done.wait();
        EXPECT_GE(called, begun + 3ms);
        EXPECT_FALSE(from_thread.cancel()) << "it has run";
        Event past;
        stage.run([&] { call_at(now() - 1h, [&] { past.set(); }); });
        past.wait();
    });
}

TEST_P(TimersTest, CallsOfOneWorkerBeginByDueTimeAndThenByTheirMaking) {
    if (workers() > 1) return;  // thieves may begin a later one beside it
    play([](Stage& stage) {
        std::vector<int> order;
        Latch all{5};
        auto notes = [&](int number) {
            return [&, number] {
                order.push_back(number);
                all.count_down();
            };
        };
        stage.run([&] {
            const TimePoint start = now() + 5ms;
            call_at(start + 20ms, notes(4));
            call_at(start + 10ms, notes(2));
            call_at(start, notes(1));
            call_at(start + 10ms, notes(3));
            call_at(start + 20ms, notes(5));
        });
        all.wait();
        EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4, 5}));
    });
}

TEST_P(TimersTest, ACancelledCallNeverRunsAndItsFunctionIsDestroyedAtOnce) {
    play([](Stage& stage) {
        auto held = std::make_shared<int>(0);
        auto adds = [held] { ++*held; };
        TimerHandle far = call_later(stage.runtime, 1h, adds);
        // On threads it is far as well: a busy machine may take its time from here to the cancel.
        const Duration soon = stage.simulated ? Duration{2ms} : Duration{1min};
        TimerHandle near = stage.run([&] { return call_later(soon, adds); });
        EXPECT_EQ(held.use_count(), 4);
        EXPECT_TRUE(near.cancel());
        EXPECT_TRUE(far.cancel());
        EXPECT_EQ(held.use_count(), 2);
        EXPECT_FALSE(far.cancel()) << "once";
        EXPECT_FALSE(TimerHandle{}.cancel());
        if (stage.simulated) stage.run([&] { sleep_for(2 * soon); });
        EXPECT_EQ(*held, 0);
    });
}

TEST_P(TimersTest, ACallMayCancelOneThatIsDueAtTheSameTime) {
    if (workers() > 1) return;  // there the other may have begun
    play([](Stage& stage) {
        Event done;
        bool ran = false;
        stage.run([&] {
            const TimePoint due = now() + 2ms;
            auto handle = std::make_shared<TimerHandle>();
            call_at(due, [&, handle] {
                EXPECT_TRUE(handle->cancel());
                call_later(2ms, [&] { done.set(); });
            });
            *handle = call_at(due, [&] { ran = true; });
        });
        done.wait();
        EXPECT_FALSE(ran);
    });
}

TEST_P(TimersTest, ADroppedHandleLetsItRunAndOneMayOutliveItsRuntime) {
    TimerHandle late;
    auto held = std::make_shared<int>(0);
    play([&](Stage& stage) {
        Event done;
        call_later(stage.runtime, 1ms, [&] { done.set(); });
        done.wait();
        late = call_later(stage.runtime, 1h, [held] {});
        EXPECT_EQ(held.use_count(), 2);
    });
    EXPECT_EQ(held.use_count(), 1) << "the runtime's end destroys what has not run";
    EXPECT_FALSE(late.cancel());
}

TEST_P(TimersTest, WhatACallThrowsIsLoggedWithThePlaceOfTheTimer) {
    const support::LogLines lines;
    int line = 0;
    play([&](Stage& stage) {
        Event done;
        line = __LINE__ + 1;
        call_later(stage.runtime, 1ms, [&] {
            done.set();
            throw std::runtime_error{"too late"};
        });
        done.wait();
    });
    EXPECT_TRUE(lines.contain("timers_test.cpp:" + std::to_string(line)));
    EXPECT_TRUE(lines.contain("too late"));
}

TEST_P(TimersTest, WithoutARuntimeItIsRefused) {
    play([](Stage&) {
        EXPECT_THROW(call_later(1ms, [] {}), Error);
        EXPECT_THROW(post([] {}), Error);
        EXPECT_THROW((void)every(1ms, [] {}), Error);
    });
}

TEST_P(TimersTest, BurstCatchesUpSkipLeavesOutAndDelayKeepsTheGap) {
    if (!simulated()) return;  // by the machine's clock to the tick
    play([](Stage& stage) {
        // The first call takes three and a half periods; when do the next ones begin?
        auto begins = [&](MissedTicks missed) {
            return stage.run([&] {
                std::vector<int> tenths;
                Event done;
                const TimePoint start = now();
                auto task = every(
                    10ms,
                    [&] {
                        tenths.push_back(static_cast<int>((now() - start) / 1ms));
                        if (tenths.size() == 1) sleep_for(35ms);
                        if (tenths.size() == 5) done.set();
                    },
                    missed);
                done.wait();
                task.cancel();
                return tenths;
            });
        };
        auto near = [](const std::vector<int>& seen, const std::vector<int>& wanted) {
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                EXPECT_GE(seen[i], wanted[i]) << i;
                EXPECT_LE(seen[i], wanted[i] + 6) << i;
            }
        };
        near(begins(MissedTicks::burst), {10, 45, 45, 45, 50});
        near(begins(MissedTicks::skip), {10, 50, 60, 70, 80});
        near(begins(MissedTicks::delay), {10, 55, 65, 75, 85});
    });
}

TEST_P(TimersTest, EveryGoesOnUntilItIsCancelledOrThrows) {
    play([](Stage& stage) {
        int calls = 0;
        Event three;
        {
            auto task = every(stage.runtime, 1ms, [&] {
                if (++calls == 3) three.set();
            });
            three.wait();
        }
        const int at_the_end = calls;
        auto failing = every(stage.runtime, 1ms, [] { throw std::runtime_error{"enough"}; });
        EXPECT_THROW(failing.get(), std::runtime_error);
        EXPECT_EQ(calls, at_the_end);
    });
}

TEST_P(TimersTest, ATimerOfAWorkerInALongHandlerIsServedByAnother) {
    if (workers() == 1) return;
    play([](Stage& stage) {
        detail::Atomic<bool> ran{false};
        stage.run([&] {
            call_later(1ms, [&] { ran.store(true); });
            // Computes, and never gives its worker away; under simulation others get their turns.
            while (!ran.load()) stage.threads.pause();
        });
    });
}

// Property  A call that is cancelled from another thread while it falls due has run, or cancel()
//           said true: never both, never neither.
TEST_P(TimersTest, ACancellationThatRacesWithTheCallHasOneWinner) {
    play([](Stage& stage) {
        const int rounds = stage.times(300);
        detail::Atomic<int> ran{0};
        int cancelled = 0;
        int late = 0;
        for (int i = 0; i < rounds; ++i) {
            std::vector<TimerHandle> handles;
            for (int j = 0; j < 8; ++j) {
                handles.push_back(
                    call_later(stage.runtime, 1ms * (j % 3), [&] { ran.fetch_add(1); }));
            }
            for (int pause = i % 5; pause > 0; --pause) {
                stage.run([&] { i % 2 == 0 ? yield() : sleep_for(1ms); });
            }
            for (auto& handle : handles) ++(handle.cancel() ? cancelled : late);
        }
        support::until([&] { return ran.load() == late; });
        Event behind_all;
        call_later(stage.runtime, 5ms, [&] { behind_all.set(); });
        behind_all.wait();
        EXPECT_EQ(ran.load() + cancelled, 8 * rounds);
        EXPECT_GT(late, 0);
        EXPECT_GT(cancelled, 0);
    });
}

}  // namespace greenroom
