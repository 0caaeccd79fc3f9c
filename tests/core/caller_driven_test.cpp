// A runtime that a caller's loop drives: run_for() and its descriptor.
#include <greenroom/core/runtime.hpp>

#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/hand_clock.hpp"
#include "support/log_lines.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;

bool is_readable(int fd, std::chrono::milliseconds patience) {
    pollfd waits{fd, POLLIN, 0};
    return ::poll(&waits, 1, static_cast<int>(patience.count())) == 1;
}

class CallerDrivenTest : public testing::Test {
protected:
    CallerDrivenTest() {
        RuntimeOptions options;
        options.driven_by = DrivenBy::caller;
        runtime.emplace(options);
    }

    // Until it has nothing to do.
    RunResult run_dry() {
        RunResult result;
        do result = runtime->run_for(2ms);
        while (result.more);
        return result;
    }

    // A slice that is over at once, on a busy machine, leaves the descriptor for the next.
    bool falls_silent() {
        for (int slice = 0; slice < 1'000; ++slice) {
            run_dry();
            if (!is_readable(runtime->fd(), 0ms)) return true;
        }
        return false;
    }

    support::HandClock clock;  // of who asks for it
    std::optional<Runtime> runtime;
};

}  // namespace

TEST_F(CallerDrivenTest, ItRunsOnTheCallersThreadOnlyWhileItIsCalled) {
    int ran = 0;
    const int* const here = &errno;
    auto task = spawn(*runtime, [&] {
        EXPECT_EQ(&errno, here);
        ++ran;
        yield();
        ++ran;
    });
    EXPECT_EQ(ran, 0);
    EXPECT_FALSE(run_dry().more);
    EXPECT_EQ(ran, 2);
    EXPECT_TRUE(task.done());
}

TEST_F(CallerDrivenTest, EndlessWorkEndsWithTheBudget) {
    auto task = spawn(*runtime, [] {
        for (;;) yield();
    });
    EXPECT_TRUE(runtime->run_for(2ms).more);
    EXPECT_TRUE(runtime->run_for(0ms).more);
    task.cancel();
    run_dry();
    EXPECT_TRUE(task.done());
}

TEST_F(CallerDrivenTest, EndlessWorkOverrunsTheBudgetByOneTurnAtMost) {
    RuntimeOptions options;
    options.driven_by = DrivenBy::caller;
    options.clock = &clock;
    runtime.emplace(options);
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 3; ++i) {
        tasks.push_back(spawn(*runtime, [&] {
            for (;;) {
                clock.move(1ms);
                yield();
            }
        }));
    }
    for (int slice = 0; slice < 100; ++slice) {
        const TimePoint begun = clock.now();
        EXPECT_TRUE(runtime->run_for(2ms).more);
        EXPECT_GE(clock.now(), begun + 2ms);
        EXPECT_LE(clock.now(), begun + 3ms);
    }
    for (Task<void>& task : tasks) task.cancel();
    run_dry();
}

TEST_F(CallerDrivenTest, WithoutWorkItReturnsAtOnceAndSaysWhenToCallAgain) {
    RuntimeOptions options;
    options.driven_by = DrivenBy::caller;
    options.clock = &clock;
    runtime.emplace(options);
    EXPECT_TRUE(run_dry().call_again.is_never());
    auto task = spawn(*runtime, [] { sleep_for(1h); });
    const TimePoint begun = clock.now();
    RunResult result = run_dry();
    int calls = 0;
    while (!task.done()) {
        ASSERT_LE(++calls, 10) << "a far time is neared in a few steps";
        ASSERT_GT(result.call_again.at(), clock.now());
        clock.move(result.call_again.at() - clock.now());
        result = run_dry();
    }
    EXPECT_GE(clock.now(), begun + 1h);
    EXPECT_LT(clock.now(), begun + 1h + 5ms);
    EXPECT_TRUE(result.call_again.is_never());
}

TEST_F(CallerDrivenTest, ItsDescriptorBecomesReadableForWorkFromOutside) {
    ASSERT_GE(runtime->fd(), 0);
    EXPECT_TRUE(falls_silent());
    Semaphore semaphore{0};
    std::optional<Task<void>> task;
    {
        auto thread = kernel_threads().start(
            "other", [&] { task.emplace(spawn(*runtime, [&] { semaphore.acquire(); })); });
    }
    EXPECT_TRUE(is_readable(runtime->fd(), 10s)) << "for a spawn";
    EXPECT_TRUE(falls_silent());
    EXPECT_FALSE(task->done());
    {
        auto thread = kernel_threads().start("other", [&] { semaphore.release(); });
    }
    EXPECT_TRUE(is_readable(runtime->fd(), 10s)) << "for a wake";
    EXPECT_TRUE(falls_silent());
    EXPECT_TRUE(task->done());
}

TEST_F(CallerDrivenTest, ItsDescriptorBecomesReadableForATimerThatIsDue) {
    auto task = spawn(*runtime, [] { sleep_for(30ms); });
    const TimePoint due = Deadline::after(30ms).at();
    while (!task.done()) {
        ASSERT_TRUE(is_readable(runtime->fd(), 10s));
        run_dry();
    }
    EXPECT_GE(Deadline::after(0s).at(), due);
    EXPECT_TRUE(falls_silent());
    // A later timer, and one that is taken back.
    auto later = spawn(*runtime, [] { sleep_for(1h); });
    EXPECT_TRUE(falls_silent());
    auto sooner = spawn(*runtime, [] { sleep_for(20ms); });
    EXPECT_TRUE(falls_silent());
    // On a slow machine it may have ended in that already.
    EXPECT_TRUE(sooner.done() || is_readable(runtime->fd(), 10s));
    later.cancel();
    while (!sooner.done()) run_dry();
    EXPECT_TRUE(falls_silent());
}

TEST_F(CallerDrivenTest, ItsDescriptorIsReadableWhileThereIsMoreToDo) {
    auto task = spawn(*runtime, [] {
        for (;;) yield();
    });
    EXPECT_TRUE(runtime->run_for(1ms).more);
    EXPECT_TRUE(is_readable(runtime->fd(), 0ms));
    task.cancel();
    run_dry();
    EXPECT_TRUE(falls_silent());
}

TEST_F(CallerDrivenTest, RunUntilIdleRunsAllThatIsRunnable) {
    int ran = 0;
    auto task = spawn(*runtime, [&] {
        for (; ran < 100'000; ++ran) yield();
    });
    EXPECT_FALSE(runtime->run_until_idle().more);
    EXPECT_TRUE(task.done());
    EXPECT_EQ(ran, 100'000);
}

TEST_F(CallerDrivenTest, EachTickIsWaitedForOnce) {
    int ticks = 0;
    auto task = spawn(*runtime, [&] {
        for (;;) {
            next_tick();
            ++ticks;
            yield();
        }
    });
    runtime->run_for(1h);
    EXPECT_EQ(ticks, 0) << "it began to wait in that tick";
    for (int i = 1; i <= 5; ++i) {
        runtime->run_for(1h);
        EXPECT_EQ(ticks, i);
        runtime->run_until_idle();
        EXPECT_EQ(ticks, i) << "that is none";
    }
    task.cancel();
    run_dry();
    Runtime other;
    EXPECT_THROW(run(other, [] { next_tick(); }), Error) << "nobody calls run_for there";
    EXPECT_THROW(next_tick(), Error);
}

TEST_F(CallerDrivenTest, ADumpFromAnotherThreadIsAnsweredByTheNextSlice) {
    Event event;
    auto task = spawn(*runtime, [&] { event.wait(); }, {.name = "the patient one"});
    run_dry();
    detail::Atomic<bool> done{false};
    std::string theirs;
    auto thread = kernel_threads().start("other", [&] {
        theirs = runtime->dump();
        done.store(true, std::memory_order_release);
    });
    while (!done.load(std::memory_order_acquire)) runtime->run_for(1ms);
    EXPECT_NE(theirs.find("the patient one waits for event"), theirs.npos) << theirs;
    thread.reset();
    // Without anybody who drives it, it says so.
    thread = kernel_threads().start("other", [&] { theirs = runtime->dump(); });
    thread.reset();
    EXPECT_NE(theirs.find("nobody called run_for"), theirs.npos) << theirs;
    EXPECT_NE(runtime->dump().find("the patient one"), std::string::npos);
    event.set();
    run_dry();
}

// Property  Dumps of other threads and slices do not touch the same fiber at once.
TEST_F(CallerDrivenTest, ManyDumpsRaceWithSlices) {
    run_dry();
    detail::Atomic<int> dumps{0};
    auto thread = kernel_threads().start("other", [&] {
        for (int i = 0; i < 100; ++i) {
            (void)runtime->dump();
            dumps.fetch_add(1, std::memory_order_release);
        }
    });
    Semaphore semaphore{0};
    while (dumps.load(std::memory_order_acquire) < 100) {
        auto waits = spawn(*runtime, [&] { semaphore.acquire(); });
        auto wakes = spawn(*runtime, [&] { semaphore.release(); });
        run_dry();
        EXPECT_TRUE(waits.done());
        wakes.join();
        waits.join();
    }
}

TEST_F(CallerDrivenTest, ItsThreadCannotWaitForIt) {
    run_dry();
    auto task = spawn(*runtime, [] { return 1; });
    EXPECT_THROW((void)task.get(), Error) << "nobody would run it";
    run_dry();
    EXPECT_EQ(task.get(), 1);
    // A handle that is dropped cannot fail: the task is driven to its end.
    bool unwound = false;
    Event never;
    {
        auto dropped = spawn(*runtime, [&] {
            struct Notes {
                bool& unwound;
                ~Notes() { unwound = true; }
            };
            const Notes notes{unwound};
            never.wait();
        });
        run_dry();
    }
    EXPECT_TRUE(unwound);
}

TEST_F(CallerDrivenTest, ALongHandlerIsNamedWhenItIsOver) {
    runtime.reset();
    RuntimeOptions options;
    options.driven_by = DrivenBy::caller;
    options.long_handler = 20ms;
    runtime.emplace(options);
    const support::LogLines log;
    auto task = spawn(*runtime,
                      [] {
                          FutexWord never{0};
                          kernel_threads().wait(never, 0, Deadline::after(30ms));
                      },
                      {.name = "the long one"});
    run_dry();
    EXPECT_TRUE(log.contain("the long one has held worker 0")) << log.text();
    EXPECT_GE(runtime->stats().workers.front().long_handlers, 1u);
}

// What a turn left to be sent, more than one round takes.
TEST_F(CallerDrivenTest, WhatItsDriverHasLeftToFlushIsWork) {
    static constexpr int rounds = 5;
    struct Full final : Driver {
        explicit Full(int& its_flushes) : flushes{its_flushes} {}
        void wait(Deadline) override { ADD_FAILURE() << "it waits with something to flush"; }
        void poll() override {}
        bool flush() noexcept override { return ++flushes < rounds; }
        void wake() noexcept override {}
        int& flushes;
    };
    runtime.reset();
    int flushes = 0;
    RuntimeOptions options;
    options.driven_by = DrivenBy::caller;
    options.driver = [&](int) { return std::make_unique<Full>(flushes); };
    runtime.emplace(options);
    flushes = 0;
    for (int slice = 1; slice < rounds; ++slice) {
        const RunResult result = runtime->run_for(Duration{0});
        ASSERT_EQ(flushes, slice) << "a slice that is over at once has one round";
        EXPECT_TRUE(result.more);
        EXPECT_TRUE(is_readable(runtime->fd(), 0ms)) << "the caller's loop is to come back";
    }
    EXPECT_FALSE(run_dry().more);
    EXPECT_GE(flushes, rounds);
    flushes = 0;
    EXPECT_FALSE(runtime->run_until_idle().more);
    EXPECT_GE(flushes, rounds) << "it is not idle before";
}

TEST_F(CallerDrivenTest, AnotherThreadAndTheInsideMayNotDriveIt) {
    run_dry();
    {
        auto thread = kernel_threads().start(
            "other", [&] { EXPECT_THROW((void)runtime->run_for(1ms), Error); });
    }
    auto task = spawn(*runtime, [&] { EXPECT_THROW((void)runtime->run_for(1ms), Error); });
    run_dry();
    EXPECT_TRUE(task.done());
    Runtime other{};
    EXPECT_THROW((void)other.run_for(1ms), Error) << "it has threads of its own";
}

TEST_F(CallerDrivenTest, ItsEndUnwindsWhatIsSuspended) {
    Event never;
    Event unwound;
    auto task = spawn(*runtime, [&] {
        struct Sets {
            Event& event;
            ~Sets() { event.set(); }
        };
        const Sets at_end{unwound};
        never.wait();
    });
    run_dry();
    task.detach();
    runtime.reset();
    EXPECT_TRUE(unwound.is_set());
}

}  // namespace greenroom
