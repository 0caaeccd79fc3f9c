// blocking: it hands over what the function returns or throws, and never leaves it behind.
#include <greenroom/core/blocking.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/log_lines.hpp"
#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class BlockingTest : public support::OnRuntimes {
protected:
    static RuntimeOptions one_thread(std::size_t queue_max = 100) {
        RuntimeOptions options;
        options.blocking.threads_max = 1;
        options.blocking.queue_max = queue_max;
        return options;
    }
};
GREENROOM_ON_ALL_RUNTIMES(BlockingTest);

// Counts the threads that run.
class CountedThreads final : public Threads {
public:
    explicit CountedThreads(Threads& real) noexcept : real_{real} {}

    std::unique_ptr<Handle> start(std::string name, std::function<void()> body) override {
        return real_.start(std::move(name), [this, body = std::move(body)] {
            running.fetch_add(1, std::memory_order_relaxed);
            body();
            running.fetch_sub(1, std::memory_order_relaxed);
        });
    }
    bool wait(FutexWord& word, std::uint32_t expected, Deadline deadline) noexcept override {
        return real_.wait(word, expected, deadline);
    }
    void wake(FutexWord* word) noexcept override { real_.wake(word); }
    void pause() noexcept override { real_.pause(); }
    void point() noexcept override { real_.point(); }

    detail::Atomic<int> running{0};

private:
    Threads& real_;
};

}  // namespace

TEST_P(BlockingTest, ItReturnsWhatTheFunctionReturnsAndThrowsWhatItThrows) {
    play([](Stage& stage) {
        stage.run([] {
            EXPECT_EQ(blocking([] { return 42; }), 42);
            EXPECT_EQ(*blocking([] { return std::make_unique<int>(7); }), 7);
            int written = 0;
            blocking([&] { written = 1; });
            EXPECT_EQ(written, 1);
            EXPECT_EQ(blocking([](const std::stop_token& stop) { return stop.stop_requested(); }),
                      false);
            EXPECT_THROW(blocking([] { throw std::runtime_error{"out"}; }), std::runtime_error);
        });
    });
}

TEST_P(BlockingTest, OtherFibersRunMeanwhile) {
    play([](Stage& stage) {
        Event event;
        auto blocked = stage.spawn([&] { blocking([&] { event.wait(); }); });
        stage.until_waiting("blocking", 1);
        stage.run([&] { event.set(); });
        blocked.join();
    });
}

TEST_P(BlockingTest, APlainThreadSimplyRunsTheFunction) {
    play([](Stage&) {
        const int* const here = &errno;
        EXPECT_EQ(blocking([] { return &errno; }), here);
    });
}

TEST_P(BlockingTest, AFunctionOnThePoolMaySpawnAndBlockAgain) {
    play([](Stage& stage) {
        const int result = stage.run([&] {
            return blocking([&] {
                EXPECT_THROW((void)greenroom::spawn([] {}), Error) << "it names no runtime";
                auto task = stage.spawn([] { return 20; });
                return task.get() + blocking([] { return 22; });
            });
        });
        EXPECT_EQ(result, 42);
    });
}

TEST_P(BlockingTest, WhatHasNotStartedIsWithdrawnWhenItsCallerIsCancelled) {
    play(
        [](Stage& stage) {
            Event event;
            bool ran = false;
            auto first = stage.spawn([&] { blocking([&] { event.wait(); }); });
            stage.until_waiting("event", 1);
            auto second = stage.spawn([&] { blocking([&] { ran = true; }); });
            stage.until_waiting("blocking", 2);
            second.cancel();
            EXPECT_THROW(second.get(), Error);
            event.set();
            first.join();
            EXPECT_FALSE(ran);
        },
        one_thread());
}

TEST_P(BlockingTest, WhatRunsSeesItsStopTokenAndIsWaitedFor) {
    play([](Stage& stage) {
        Event event;
        bool ended = false;
        auto caller = stage.spawn([&] {
            blocking([&](const std::stop_token& stop) {
                const std::stop_callback stops{stop, [&] { event.set(); }};
                event.wait();
                ended = true;
            });
            ADD_FAILURE() << "its result is dropped";
        });
        stage.until_waiting("event", 1);
        caller.cancel();
        EXPECT_THROW(caller.get(), Error);
        EXPECT_TRUE(ended);
    });
}

TEST_P(BlockingTest, WhatTakesNoStopTokenIsWaitedForAsWell) {
    play([](Stage& stage) {
        Event event;
        bool ended = false;
        auto caller = stage.spawn([&] {
            blocking([&] {
                event.wait();
                ended = true;
            });
        });
        stage.until_waiting("event", 1);
        caller.cancel();
        stage.until_waiting("blocking, to end", 1);
        event.set();
        EXPECT_THROW(caller.get(), Error);
        EXPECT_TRUE(ended);
    });
}

TEST_P(BlockingTest, TheCallBeyondTheQueuesLimitThrowsAndNamesIt) {
    play(
        [](Stage& stage) {
            Event event;
            auto first = stage.spawn([&] { blocking([&] { event.wait(); }); });
            stage.until_waiting("event", 1);
            auto second = stage.spawn([&] { blocking([] {}); });
            stage.until_waiting("blocking", 2);
            stage.run([] {
                try {
                    blocking([] { ADD_FAILURE() << "there is no room for it"; });
                    ADD_FAILURE() << "it should have thrown";
                } catch (const Error& error) {
                    EXPECT_EQ(error.code(), make_error_code(Errc::limit_reached));
                    EXPECT_NE(std::string{error.what()}.find("queue_max"), std::string::npos);
                }
            });
            event.set();
            first.join();
            second.join();
        },
        one_thread(1));
}

TEST_P(BlockingTest, ADetachedCallIsNotWaitedForByItsCaller) {
    play([](Stage& stage) {
        auto gate = std::make_shared<Event>();
        Event done;
        stage.run([&done, gate] {
            blocking_detached([&done, gate] {
                gate->wait();
                done.set();
            });
        });
        gate->set();
        done.wait();
        blocking_detached(stage.runtime, [&done] { done.clear(); });
        support::until([&] { return !done.is_set(); });
        EXPECT_THROW(blocking_detached([] {}), Error) << "a plain thread has no runtime";
    });
}

TEST_P(BlockingTest, TheRuntimesEndTellsDetachedCallsAndWaitsForThem) {
    play([](Stage& stage) {
        bool ended = false;
        {
            RuntimeOptions options;
            options.clock = stage.simulated ? this_machine() : nullptr;
            options.threads = &stage.threads;
            options.chance = stage.simulated ? this_machine() : nullptr;
            Runtime runtime{options};
            Event begun;
            blocking_detached(runtime, [&](const std::stop_token& stop) {
                Event told;
                const std::stop_callback stops{stop, [&] { told.set(); }};
                begun.set();
                told.wait();
                ended = true;
            });
            begun.wait();
        }
        EXPECT_TRUE(ended);
    });
}

TEST_P(BlockingTest, ADetachedCallThatNeverBeganIsLogged) {
    play([](Stage& stage) {
        const support::LogLines lines;
        bool ran = false;
        {
            RuntimeOptions options = one_thread();
            options.clock = stage.simulated ? this_machine() : nullptr;
            options.threads = &stage.threads;
            options.chance = stage.simulated ? this_machine() : nullptr;
            Runtime runtime{options};
            Event begun;
            blocking_detached(runtime, [&](const std::stop_token& stop) {
                begun.set();
                while (!stop.stop_requested()) yield();
            });
            begun.wait();
            blocking_detached(runtime, [&] { ran = true; });
        }
        EXPECT_FALSE(ran);
        EXPECT_TRUE(lines.contain("never ran")) << lines.text();
    });
}

TEST_P(BlockingTest, TheFailureOfADetachedCallIsLoggedWithItsPlace) {
    play([](Stage& stage) {
        const support::LogLines lines;
        blocking_detached(stage.runtime, [] { throw std::runtime_error{"lost its file"}; });
        support::until([&] { return lines.contain("lost its file"); });
        EXPECT_TRUE(lines.contain("blocking_test.cpp")) << lines.text();
    });
}

TEST_P(BlockingTest, IdleThreadsEndAfterAWhileAndNewOnesComeWhenNeeded) {
    play([](Stage& stage) {
        CountedThreads threads{stage.threads};
        RuntimeOptions options;
        options.workers = 1;
        options.clock = stage.simulated ? this_machine() : nullptr;
        options.threads = &threads;
        options.chance = stage.simulated ? this_machine() : nullptr;
        options.blocking.idle_max = 5ms;
        Runtime runtime{options};
        support::until([&] {
            return threads.running.load(std::memory_order_relaxed) == 2;
        });  // and the monitor
        for (int round = 0; round < 2; ++round) {
            Semaphore inside{0};
            Event leave;
            auto two = [&] {
                blocking([&] {
                    inside.release();
                    leave.wait();
                });
            };
            auto first = greenroom::spawn(runtime, two);
            auto second = greenroom::spawn(runtime, two);
            inside.acquire(2);
            EXPECT_GE(threads.running.load(std::memory_order_relaxed), 4);
            leave.set();
            first.join();
            second.join();
            support::until([&] { return threads.running.load(std::memory_order_relaxed) == 2; });
        }
    });
}

// Property  Each call either ran to its end or never began, and its caller knows which.
TEST_P(BlockingTest, NoCallIsLostWhenCallersAreCancelled) {
    RuntimeOptions options;
    options.blocking.threads_max = 3;
    play(
        [](Stage& stage) {
            const int rounds = stage.times(500);
            detail::Atomic<int> begun{0};
            detail::Atomic<int> ended{0};
            int returned = 0;
            int cancelled = 0;
            for (int i = 0; i < rounds; ++i) {
                std::vector<Task<int>> tasks;
                for (int n = 0; n < 5; ++n) {
                    tasks.push_back(stage.spawn([&] {
                        return blocking([&] {
                            begun.fetch_add(1, std::memory_order_relaxed);
                            yield();
                            ended.fetch_add(1, std::memory_order_relaxed);
                            return 1;
                        });
                    }));
                }
                if (i % 2 == 0) yield();
                for (std::size_t n = 0; n < 5; n += 2) tasks[n].cancel();
                for (auto& task : tasks) {
                    try {
                        returned += task.get();
                    } catch (const Error&) {
                        ++cancelled;
                    }
                }
            }
            EXPECT_EQ(returned + cancelled, 5 * rounds);
            EXPECT_EQ(begun.load(std::memory_order_relaxed), ended.load(std::memory_order_relaxed));
            EXPECT_GE(ended.load(std::memory_order_relaxed), returned);
        },
        options);
}

TEST(BlockingDeathTest, ACallThatRefusesToEndIsNamedAndEndsTheProcess) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto never_ends = [] {
        RuntimeOptions options;
        options.workers = 1;
        options.stop_grace = 20ms;
        Event never;
        Event begun;
        Runtime runtime{options};
        blocking_detached(runtime, [&] {
            begun.set();
            never.wait();
        });
        begun.wait();
    };
    EXPECT_DEATH(never_ends(), "1 blocking calls refuse to end");
}

}  // namespace greenroom
