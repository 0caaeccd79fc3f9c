// Runtime: its beginning, its end, and what it tells of itself.
#include <greenroom/core/runtime.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class RuntimeTest : public support::OnRuntimes {
protected:
    // Of another runtime on the same machine.
    static RuntimeOptions options_beside(const Stage& stage) {
        RuntimeOptions options;
        options.workers = 2;
        options.threads = &stage.threads;
        options.clock = this_machine();
        options.chance = this_machine();
        return options;
    }
};
GREENROOM_ON_ALL_RUNTIMES(RuntimeTest);

struct Counts {
    detail::Atomic<int>& count;
    ~Counts() { count.fetch_add(1, std::memory_order_relaxed); }
};

}  // namespace

TEST_P(RuntimeTest, SeveralLiveBesideEachOtherAndWaitForEachOther) {
    play([](Stage& stage) {
        Runtime other{options_beside(stage)};
        Semaphore here{0};
        Semaphore there{0};
        auto first = stage.spawn([&] {
            for (int i = 0; i < 50; ++i) {
                there.release();
                here.acquire();
            }
            return spawn(other, [] { return 1; }).get();
        });
        auto second = spawn(other, [&] {
            for (int i = 0; i < 50; ++i) {
                there.acquire();
                here.release();
            }
        });
        second.join();
        EXPECT_EQ(first.get(), 1);
    });
}

TEST_P(RuntimeTest, ItsEndCancelsSuspendedFibersAndWaitsUntilTheyHaveUnwound) {
    play([](Stage& stage) {
        Event never;
        Semaphore begun{0};
        detail::Atomic<int> unwound{0};
        {
            Runtime runtime{options_beside(stage)};
            for (int i = 0; i < 20; ++i) {
                auto task = spawn(runtime, [&] {
                    const Counts counts{unwound};
                    begun.release();
                    never.wait();
                });
                task.detach();
            }
            begun.acquire(20);
        }
        EXPECT_EQ(unwound.load(std::memory_order_relaxed), 20);
    });
}

TEST_P(RuntimeTest, ItsEndStopsFibersThatOnlyYieldOrCatchEveryCancellation) {
    play([](Stage& stage) {
        Runtime runtime{options_beside(stage)};
        Semaphore begun{0};
        for (int i = 0; i < 4; ++i) {
            auto task = spawn(runtime, [&begun, i] {
                begun.release();
                for (int caught = 0; caught < 3;) {
                    try {
                        i % 2 == 0 ? yield() : sleep_for(1h);
                    } catch (const Cancelled&) {
                        ++caught;  // a kill throws again
                    }
                }
            });
            task.detach();
        }
        begun.acquire(4);
    });
}

TEST_P(RuntimeTest, ASpawnDuringItsEndIsRefusedAndNotLost) {
    play([](Stage& stage) {
        Event never;
        bool refused = false;
        bool began = false;
        {
            Runtime runtime{options_beside(stage)};
            Event waits;
            auto task = spawn(runtime, [&] {
                struct Spawns {
                    bool& refused;
                    ~Spawns() {
                        try {
                            auto late = spawn([] { ADD_FAILURE() << "it should not run"; });
                            late.detach();
                        } catch (const Error& error) {
                            refused = error.code() == make_error_code(Errc::stopping);
                        }
                    }
                };
                const Spawns spawns{refused};
                began = true;
                waits.set();
                never.wait();
            });
            waits.wait();
            task.detach();
        }
        EXPECT_TRUE(began);
        EXPECT_TRUE(refused);
    });
}

// Property  What a thread spawns while the runtime ends either has ended by then or was refused.
TEST_P(RuntimeTest, ASpawnThatRacesWithItsEndIsRunOrRefused) {
    play([](Stage& stage) {
        for (int round = 0; round < stage.times(100); ++round) {
            std::optional<Runtime> runtime{options_beside(stage)};
            detail::RuntimeCore& core = detail::core_of(*runtime);
            detail::Atomic<int> accepted{0};
            detail::Atomic<int> destroyed{0};
            auto thread = stage.thread([&] {
                for (;;) {
                    try {
                        auto counted = std::shared_ptr<void>(nullptr, [&](void*) {
                            destroyed.fetch_add(1, std::memory_order_relaxed);
                        });
                        auto task = spawn_on(
                            core, [counted = std::move(counted)] {}, {}, Where::here());
                        accepted.fetch_add(1, std::memory_order_relaxed);
                        task.detach();
                        yield();
                    } catch (const Error& error) {
                        EXPECT_EQ(error.code(), make_error_code(Errc::stopping)) << error.what();
                        return;
                    }
                }
            });
            support::until([&] { return accepted.load(std::memory_order_relaxed) > round % 7; });
            runtime.reset();
            thread.reset();
            // The refused one was destroyed too.
            EXPECT_EQ(destroyed.load(std::memory_order_relaxed),
                      accepted.load(std::memory_order_relaxed) + 1);
        }
    });
}

TEST_P(RuntimeTest, TheDumpNamesWhoWaitsForWhatAndWhere) {
    play([](Stage& stage) {
        Event event;
        auto task = stage.spawn([&] { event.wait(); }, {.name = "the patient one"});
        const int line = __LINE__ - 1;
        auto thread = stage.thread([&] { event.wait(); });
        stage.until_waiting("event", 2);
        const std::string dump = stage.runtime.dump();
        EXPECT_NE(dump.find("the patient one waits for event at"), std::string::npos) << dump;
        EXPECT_NE(dump.find("runtime_test.cpp:" + std::to_string(line)), std::string::npos) << dump;
        EXPECT_NE(dump.find("blocks in event at"), std::string::npos) << dump;
        event.set();
    });
}

TEST_P(RuntimeTest, ADumpMayBeAskedForInAFiberAndByManyAtOnce) {
    play([](Stage& stage) {
        std::vector<Task<std::string>> dumps;
        for (int i = 0; i < 5; ++i) {
            dumps.push_back(stage.spawn([&] { return stage.runtime.dump(); }));
        }
        for (auto& dump : dumps) dump.join();
        // A cancelled fiber still gets its answer, or never asks.
        auto task = stage.spawn([&] { return stage.runtime.dump(); });
        task.cancel();
        task.join();
    });
}

TEST_P(RuntimeTest, StatsCountWhatItsWorkersDid) {
    play([](Stage& stage) {
        EXPECT_EQ(stage.runtime.worker_count(),
                  static_cast<int>(stage.runtime.stats().workers.size()));
        stage.run([] {
            auto task = spawn([] { sleep_for(1ms); });
            task.join();
        });
        std::uint64_t turns = 0;
        std::uint64_t suspends = 0;
        for (const WorkerStats& worker : stage.runtime.stats().workers) {
            turns += worker.turns;
            suspends += worker.suspends;
            EXPECT_GE(worker.fibers, 1u);
        }
        EXPECT_GE(turns, 2u);
        EXPECT_GE(suspends, 2u);
        support::until([&] { return stage.runtime.stats().tasks_alive == 0; });
    });
}

TEST_P(RuntimeTest, AHundredThousandFibersWaitForOneEventAndOtherWorkGoesOn) {
    if (simulated() && workers() == 8) return;
    const auto body = [](Stage& stage) {
        const int count = stage.simulated ? 300 : support::under_thread_sanitizer ? 1'000 : 100'000;
        Event event;
        detail::Atomic<int> waiting{0};
        detail::Atomic<int> passed{0};
        std::vector<Task<void>> tasks;
        tasks.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
            tasks.push_back(stage.spawn([&] {
                waiting.fetch_add(1, std::memory_order_relaxed);
                event.wait();
                passed.fetch_add(1, std::memory_order_relaxed);
            }));
        }
        support::until([&] { return waiting.load(std::memory_order_relaxed) == count; });
        event.set();
        stage.run([] {});  // among them
        for (auto& task : tasks) task.join();
        EXPECT_EQ(passed.load(std::memory_order_relaxed), count);
    };
    if (simulated()) {
        play(body, {}, 3);
        return;
    }
    RuntimeOptions options;
    options.workers = workers();
    Runtime runtime{options};
    Stage stage{runtime, kernel_threads(), false};
    body(stage);
}

TEST(Runtime, AnOptionOutOfItsRangeIsRefusedInWords) {
    RuntimeOptions options;
    options.workers = 1'000;
    EXPECT_THROW(Runtime{options}, std::invalid_argument);
    options.workers = 1;
    options.blocking.threads_max = 0;
    EXPECT_THROW(Runtime{options}, std::invalid_argument);
}

TEST(RuntimeDeathTest, AFiberThatRefusesToEndIsNamedAndEndsTheProcess) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto refuses = [] {
        RuntimeOptions options;
        options.workers = 1;
        options.stop_grace = 20ms;
        Event never;
        Event begun;
        Runtime runtime{options};
        auto task = spawn(runtime,
                          [&] {
                              const CancellationMask mask;
                              begun.set();
                              never.wait();
                          },
                          {.name = "the stubborn one"});
        begun.wait();
        task.detach();
    };
    EXPECT_DEATH(refuses(), "1 tasks.*refuse to end:(.|\n)*the stubborn one waits for event");
}

}  // namespace greenroom
