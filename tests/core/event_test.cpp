// Event: all pass a manual one, one passes an automatic one for each set.
#include <greenroom/core/event.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <optional>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class EventTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(EventTest);

}  // namespace

TEST_P(EventTest, SetWakesAllWaitersAndLaterWaitsPassAtOnce) {
    play([](Stage& stage) {
        Event event;
        auto first = stage.spawn([&] { event.wait(); });
        auto second = stage.spawn([&] { event.wait(); });
        auto thread = stage.thread([&] { event.wait(); });
        stage.until_waiting("event", 3);
        EXPECT_FALSE(event.is_set());
        event.set();
        first.join();
        second.join();
        thread.reset();
        EXPECT_TRUE(event.is_set());
        stage.run([&] { event.wait(); });
        event.wait();
    });
}

TEST_P(EventTest, WaitersStillWakeIfItIsClearedBeforeTheyRun) {
    play([](Stage& stage) {
        Event event;
        auto first = stage.spawn([&] { event.wait(); });
        auto second = stage.spawn([&] { event.wait(); });
        stage.until_waiting("event", 2);
        event.set();
        event.clear();
        first.join();
        second.join();
        EXPECT_FALSE(event.is_set());
        EXPECT_FALSE(event.wait_before(Deadline::after(-1s)));
    });
}

TEST_P(EventTest, ACancelledWaiterLeavesNoTraceAndTheOthersWake) {
    play([](Stage& stage) {
        Event event;
        auto first = stage.spawn([&] { event.wait(); });
        stage.until_waiting("event", 1);
        auto second = stage.spawn([&] { event.wait(); });
        stage.until_waiting("event", 2);
        first.cancel();
        EXPECT_THROW(first.get(), Error);
        event.set();
        second.join();  // and ~Event asserts that nobody is left in the line
    });
}

TEST_P(EventTest, AnAutomaticOneLetsOnePassForEachSetOldestFirst) {
    play([](Stage& stage) {
        Event event{Event::Reset::automatic};
        std::vector<int> order;
        auto waits = [&](int number) {
            return [&, number] {
                event.wait();
                order.push_back(number);
            };
        };
        auto first = stage.spawn(waits(1));
        stage.until_waiting("event", 1);
        auto second = stage.spawn(waits(2));
        stage.until_waiting("event", 2);
        event.set();
        first.join();
        EXPECT_FALSE(event.is_set());
        event.set();
        second.join();
        EXPECT_EQ(order, (std::vector<int>{1, 2}));
        event.set();
        event.set();  // it is set already
        EXPECT_TRUE(event.try_wait());
        EXPECT_FALSE(event.try_wait());
    });
}

TEST_P(EventTest, ADeadlineEndsTheWait) {
    play([](Stage& stage) {
        Event event;
        EXPECT_FALSE(stage.run([&] { return event.wait_before(Deadline::after(2ms)); }));
        EXPECT_FALSE(event.wait_before(Deadline::after(2ms)));
        event.set();
        EXPECT_TRUE(event.wait_before(Deadline::after(-1s)));
    });
}

TEST_P(EventTest, WhoWaitedForItMayDestroyIt) {
    play([](Stage& stage) {
        for (int i = 0; i < stage.times(1'000); ++i) {
            std::optional<Event> event{std::in_place};
            auto setter = stage.spawn([&event] { event->set(); });
            if (i % 2 == 0) yield();
            event->wait();
            event.reset();
            setter.join();
        }
    });
}

// Property  Each set of an automatic event lets exactly one pass, whatever waiters give up.
TEST_P(EventTest, NoSetIsLostWhenWaitersGiveUpMeanwhile) {
    play([](Stage& stage) {
        Event ready{Event::Reset::automatic};
        Event taken{Event::Reset::automatic};
        const int rounds = stage.times(2'000);
        detail::Atomic<int> passed{0};
        detail::Atomic<bool> over{false};
        auto takes = [&](Duration patience) {
            return [&, patience] {
                while (!over.load(std::memory_order_relaxed)) {
                    if (!ready.wait_before(Deadline::after(patience))) continue;
                    passed.fetch_add(1, std::memory_order_relaxed);
                    taken.set();
                }
            };
        };
        auto first = stage.spawn(takes(1ms));
        auto second = stage.spawn(takes(2ms));
        auto thread = stage.thread(takes(1ms));
        for (int i = 0; i < rounds; ++i) {
            auto victim = stage.spawn([&] {
                ready.wait();
                passed.fetch_add(1, std::memory_order_relaxed);
                const CancellationMask mask;
                taken.set();
            });
            ready.set();
            victim.cancel();
            taken.wait();  // a lost set shows as a hang
            victim.join();
        }
        EXPECT_EQ(passed.load(std::memory_order_relaxed), rounds);
        over.store(true, std::memory_order_relaxed);
        first.join();
        second.join();
        thread.reset();
    });
}

// Property  Setting an event for very many holds up nobody: all run, and what comes meanwhile has
//           its turn between them.
TEST(EventCrowd, AHundredThousandWaitersAllRunAndOtherWorkGoesOnBetween) {
    Runtime runtime{{.workers = 2}};
    std::uint64_t count = 20'000;  // of stacks whose guards are mappings, of which there are 65,530
    if (runtime.stats().guard_tier == GuardTier::guard_install) count = 100'000;
    if (support::under_thread_sanitizer) count = 1'000;
    Event event;
    detail::Atomic<std::uint64_t> ran{0};
    std::vector<Task<void>> tasks;
    for (std::uint64_t i = 0; i < count; ++i) {
        tasks.push_back(spawn(runtime, [&] {
            event.wait();
            ran.fetch_add(1);
        }));
    }
    support::until([&] {
        std::uint64_t suspended = 0;
        for (const WorkerStats& worker : runtime.stats().workers) suspended += worker.suspends;
        return suspended >= count;
    });
    const std::uint64_t before_the_other = run(runtime, [&] {
        event.set();
        return spawn([&] { return ran.load(); }).get();
    });
    for (auto& task : tasks) task.join();
    EXPECT_EQ(ran.load(), count);
    EXPECT_LT(before_the_other, count / 2);
}

}  // namespace greenroom
