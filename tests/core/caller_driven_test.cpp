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

TEST_F(CallerDrivenTest, WithoutWorkItReturnsAtOnceAndSaysWhenToCallAgain) {
    EXPECT_TRUE(run_dry().call_again.is_never());
    auto task = spawn(*runtime, [] { sleep_for(1h); });
    const Deadline before = Deadline::after(0s);
    const RunResult result = runtime->run_for(1h);
    EXPECT_FALSE(result.more);
    EXPECT_FALSE(result.call_again.is_never());
    EXPECT_GE(result.call_again.at(), before.at() + 50min);
    EXPECT_LE(result.call_again.at(), before.at() + 70min);
    task.cancel();
    run_dry();
    EXPECT_TRUE(task.done());
}

TEST_F(CallerDrivenTest, ItsDescriptorBecomesReadableForWorkFromOutside) {
    ASSERT_GE(runtime->fd(), 0);
    // A slice that is over at once, on a busy machine, leaves the descriptor for the next.
    const auto falls_silent = [&] {
        for (int slice = 0; slice < 1'000; ++slice) {
            run_dry();
            if (!is_readable(runtime->fd(), 0ms)) return true;
        }
        return false;
    };
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
