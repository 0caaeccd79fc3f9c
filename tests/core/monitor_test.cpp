// What the monitor does for a worker that is stuck in a long handler, and what it says of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/timers.hpp>
#include <greenroom/core/wait_group.hpp>
#include <memory>
#include <vector>

#include "futex_driver.hpp"
#include "runtime_core.hpp"
#include "support/log_lines.hpp"
#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using detail::Atomic;
using support::LogLines;
using support::Stage;

class MonitorTest : public support::OnRuntimes {
protected:
    static std::uint64_t long_handlers(Stage& stage) {
        std::uint64_t sum = 0;
        for (const WorkerStats& worker : stage.runtime.stats().workers) sum += worker.long_handlers;
        return sum;
    }
    // A busy machine may hold up somebody else as well.
    static void expect_long_handlers(Stage& stage, std::uint64_t count) {
        EXPECT_GE(long_handlers(stage), count);
        if (stage.simulated) {
            EXPECT_EQ(long_handlers(stage), count);
        }
    }
};
GREENROOM_ON_ALL_RUNTIMES(MonitorTest);

// Keeps the thread itself for so long: a handler that calls what it should not.
void hold_the_thread(Stage& stage, Duration time) {
    FutexWord never{0};
    const Deadline until = Deadline::after(time);
    while (!until.has_passed()) stage.threads.wait(never, 0, until);
}

// A driver that counts who serves it while its worker is away.
struct Served {
    class Driver final : public greenroom::Driver {
    public:
        Driver(Threads& threads, Served& served) : futex_{threads}, served_{served} {}
        void wait(Deadline deadline) override { futex_.wait(deadline); }
        void poll() override {}
        void wake() noexcept override { futex_.wake(); }
        void serve() noexcept override { served_.event.set(); }

    private:
        detail::FutexDriver futex_;
        Served& served_;
    };

    Event event;
};

}  // namespace

TEST_P(MonitorTest, ItServesTheDriverOfAWorkerThatIsStuck) {
    Threads* threads = nullptr;
    std::unique_ptr<Served> served;
    RuntimeOptions options;
    options.driver = [&](int) { return std::make_unique<Served::Driver>(*threads, *served); };
    const auto body = [&](const RuntimeOptions& chosen, Threads& of_setting) {
        threads = &of_setting;
        served = std::make_unique<Served>();
        Runtime runtime{chosen};
        Stage stage{runtime, of_setting, simulated()};
        stage.run([&] {
            while (!served->event.is_set()) hold_the_thread(stage, 1ms);
        });
    };
    play_options(body, options, 20);
}

TEST_P(MonitorTest, AHandlerThatHoldsItsWorkerIsNamedOnceAndCounted) {
    RuntimeOptions options;
    options.long_handler = 50ms;
    play(
        [](Stage& stage) {
            const LogLines log;
            auto task = stage.spawn([&] { hold_the_thread(stage, 120ms); }, {.name = "the hog"});
            task.join();
            expect_long_handlers(stage, 1);
            const std::string text = log.text();
            const auto said = text.find("the hog has held worker ");
            ASSERT_NE(said, text.npos) << text;
            EXPECT_EQ(text.find("the hog", said + 1), text.npos) << "it is said once: " << text;
        },
        options, 10);
}

TEST_P(MonitorTest, AfterAWaitItsTimeBeginsAnewAndItsNameIsStillKnown) {
    if (!simulated()) return;  // a busy machine holds up anybody
    RuntimeOptions options;
    options.long_handler = 50ms;
    play(
        [](Stage& stage) {
            const LogLines log;
            auto task = stage.spawn(
                [&] {
                    hold_the_thread(stage, 30ms);
                    sleep_for(10ms);
                    hold_the_thread(stage, 30ms);
                    sleep_for(10ms);
                    hold_the_thread(stage, 120ms);
                },
                {.name = "the second"});
            task.join();
            expect_long_handlers(stage, 1);
            EXPECT_TRUE(log.contain("the second has held worker ")) << log.text();
        },
        options, 10);
}

TEST_P(MonitorTest, NobodyIsNamedWhoWaitsOrLetsOthersRun) {
    if (!simulated()) return;  // a busy machine holds up anybody
    RuntimeOptions options;
    options.long_handler = 50ms;
    play(
        [](Stage& stage) {
            const LogLines log;
            stage.run([&] {
                for (int i = 0; i < 10; ++i) {
                    hold_the_thread(stage, 30ms);
                    i % 2 == 0 ? yield() : sleep_for(500ms);
                }
            });
            EXPECT_EQ(long_handlers(stage), 0u);
            EXPECT_EQ(log.text(), "");
        },
        options, 10);
}

TEST_P(MonitorTest, ALimitOfZeroNamesNobody) {
    RuntimeOptions options;
    options.long_handler = 0s;
    play(
        [](Stage& stage) {
            const LogLines log;
            stage.run(
                [&] { hold_the_thread(stage, stage.simulated ? Duration{10s} : Duration{20ms}); });
            EXPECT_EQ(long_handlers(stage), 0u);
            EXPECT_EQ(log.text(), "");
        },
        options, 5);
}

TEST_P(MonitorTest, WhatCanMoveRunsElsewhereWhileAWorkerIsStuck) {
    if (workers() == 1) return;  // there is no elsewhere
    play([](Stage& stage) {
        Atomic<int> ran{0};
        auto hog = stage.spawn([&] {
            std::vector<Task<void>> tasks;
            for (int i = 0; i < 100; ++i) {
                tasks.push_back(spawn([&] { ran.fetch_add(1, std::memory_order_release); }));
            }
            while (ran.load(std::memory_order_acquire) < 100) hold_the_thread(stage, 1ms);
            for (auto& task : tasks) task.join();
        });
        hog.join();
        EXPECT_EQ(ran.load(std::memory_order_relaxed), 100);
    });
}

// Property  A delay that is counted from the coarse clock, since the monitor keeps time, ends no
//           earlier than one that is counted from the clock itself.
TEST(Monitor, WhileItKeepsTimeALongDelayIsNoLessThanThat) {
    Runtime runtime{{.workers = 1}};
    int kept = 0;
    run(runtime, [&] {
        const detail::RuntimeCore& core = detail::core_of(runtime);
        const Deadline patience = Deadline::after(20s);
        std::vector<TimerHandle> timers;
        int early = 0;
        WaitGroup begun;
        // A thread that computes keeps the coarse clock to the monitor.
        while (kept < 100 && !patience.has_passed()) {
            const Deadline next = Deadline::after(700us);
            while (!next.has_passed()) continue;
            if (!core.monitor.keeps_time()) continue;
            ++kept;
            begun.add();
            const TimePoint now = steady_clock().now();
            // It may have been held up just now, and not know it yet.
            const Duration behind = now - core.coarse_now() - detail::Monitor::coarse_lag_max;
            const TimePoint earliest = now + 1s - std::max(behind, Duration::zero());
            timers.push_back(call_later(1s, [&early, &begun, earliest] {
                if (steady_clock().now() < earliest) ++early;
                begun.done();
            }));
        }
        begun.wait();
        EXPECT_EQ(early, 0);
    });
    EXPECT_GT(kept, 0);
}

}  // namespace greenroom
