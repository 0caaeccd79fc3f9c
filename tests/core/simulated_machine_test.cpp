// SimulatedMachine: its threads, futexes and time by hand, and that a seed is a whole run.
#include <greenroom/core/simulated_machine.hpp>

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace greenroom {

namespace {

using namespace std::chrono_literals;

constexpr std::memory_order relaxed = std::memory_order_relaxed;  // one OS thread plays all
constexpr std::uint64_t seeds = 50;

// Three threads that take turns at a word, with waits that may expire.
std::uint64_t hash_of_a_run(std::uint64_t seed) {
    SimulatedMachine machine{seed};
    FutexWord word{0};
    machine.run([&] {
        std::vector<std::unique_ptr<Threads::Handle>> handles;
        for (int i = 0; i < 3; ++i) {
            handles.push_back(machine.start("thread " + std::to_string(i), [&] {
                for (int round = 0; round < 10; ++round) {
                    const std::uint32_t seen = word.load(relaxed);
                    if (machine.choose(2) == 0) word.store(seen + 1, relaxed);
                    machine.wake(&word);
                    machine.wait(word, seen, Deadline{machine.now() + 1ms});
                }
            }));
        }
    });
    return machine.trace_hash();
}

}  // namespace

TEST(SimulatedMachine, TheSameSeedPlaysTheSameRun) {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        EXPECT_EQ(hash_of_a_run(seed), hash_of_a_run(seed));
    }
}

TEST(SimulatedMachine, OtherSeedsPlayOtherRuns) {
    std::set<std::uint64_t> hashes;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) hashes.insert(hash_of_a_run(seed));
    EXPECT_EQ(hashes.size(), seeds);
}

#if !defined(GREENROOM_MODEL)
TEST(SimulatedMachine, TheRunOfASeedIsTheSameWithEveryCompiler) {
    EXPECT_EQ(hash_of_a_run(1), 14186939757323625084u);
    EXPECT_EQ(hash_of_a_run(2), 2904620688057072300u);
}
#endif

TEST(SimulatedMachine, MainRunsAndThreadsAreJoinedByTheirHandles) {
    SimulatedMachine machine{1};
    std::vector<std::string> order;
    machine.run([&] {
        EXPECT_EQ(this_machine(), &machine);
        {
            auto handle = machine.start("other", [&] { order.push_back("other"); });
        }
        order.push_back("joined");
    });
    EXPECT_EQ(order, (std::vector<std::string>{"other", "joined"}));
    EXPECT_EQ(this_machine(), nullptr);
}

TEST(SimulatedMachine, ItRunsUntilAThreadThatNobodyJoinedHasEnded) {
    SimulatedMachine machine{1};
    std::unique_ptr<Threads::Handle> handle;
    bool ended = false;
    machine.run([&] {
        handle = machine.start("late", [&] {
            for (int i = 0; i < 100; ++i) machine.pause();
            ended = true;
        });
    });
    EXPECT_TRUE(ended);
}

TEST(SimulatedMachine, ThreadsInterleaveInMoreThanOneWay) {
    std::set<std::string> orders;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        SimulatedMachine machine{seed};
        std::string order;
        machine.run([&] {
            auto writes = [&](char letter) {
                return [&, letter] {
                    for (int i = 0; i < 2; ++i) {
                        order += letter;
                        machine.pause();
                    }
                };
            };
            auto a = machine.start("a", writes('a'));
            auto b = machine.start("b", writes('b'));
        });
        orders.insert(order);
    }
    EXPECT_GE(orders.size(), 4u);
}

TEST(SimulatedMachine, AWaitReturnsAtOnceIfTheWordHasChanged) {
    SimulatedMachine machine{1};
    machine.run([&] {
        FutexWord word{1};
        EXPECT_TRUE(machine.wait(word, 0, Deadline::never()));
    });
}

TEST(SimulatedMachine, AWakeEndsOneWaitOfThatWord) {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        SimulatedMachine machine{seed, {.spurious_one_in = 0}};
        FutexWord word{0};
        FutexWord other{0};
        int woken = 0;
        machine.run([&] {
            auto waits = [&](FutexWord& on) {
                return [&] {
                    if (machine.wait(on, 0, Deadline{machine.now() + 1h})) ++woken;
                };
            };
            auto a = machine.start("a", waits(word));
            auto b = machine.start("b", waits(word));
            auto c = machine.start("c", waits(other));
            machine.wait(word, 0, Deadline{machine.now() + 1s});  // until all of them wait
            machine.wake(&word);
        });
        EXPECT_EQ(woken, 1);
    }
}

TEST(SimulatedMachine, WhichOfTwoSleepersIsWokenIsDrawn) {
    std::set<char> woken;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        SimulatedMachine machine{seed, {.spurious_one_in = 0}};
        FutexWord word{0};
        FutexWord never{0};
        machine.run([&] {
            auto waits = [&](char name) {
                return [&, name] {
                    if (machine.wait(word, 0, Deadline{machine.now() + 1h})) woken.insert(name);
                };
            };
            auto a = machine.start("a", waits('a'));
            auto b = machine.start("b", waits('b'));
            machine.wait(never, 0, Deadline{machine.now() + 1s});
            machine.wake(&word);
        });
    }
    EXPECT_EQ(woken, (std::set<char>{'a', 'b'}));
}

TEST(SimulatedMachine, AWaitMayEndForNoReason) {
    bool spurious = false;
    for (std::uint64_t seed = 0; seed < 1'000 && !spurious; ++seed) {
        SimulatedMachine machine{seed, {.spurious_one_in = 4}};
        FutexWord word{0};
        machine.run([&] { spurious = machine.wait(word, 0, Deadline{machine.now() + 1s}); });
    }
    EXPECT_TRUE(spurious);
}

TEST(SimulatedMachine, TimeJumpsToTheEarliestDeadlineWhenNobodyCanGoOn) {
    SimulatedMachine machine{1, {.spurious_one_in = 0}};
    FutexWord word{0};
    const TimePoint start = machine.now();
    machine.run([&] {
        auto late = machine.start("late", [&] {
            EXPECT_FALSE(machine.wait(word, 0, Deadline{start + 24h * 365}));
            EXPECT_EQ(machine.now(), start + 24h * 365);
        });
        EXPECT_FALSE(machine.wait(word, 0, Deadline{start + 2s}));
        EXPECT_EQ(machine.now(), start + 2s);
        EXPECT_FALSE(machine.wait(word, 0, Deadline{start})) << "it has passed";
        EXPECT_EQ(machine.now(), start + 2s);
    });
}

TEST(SimulatedMachine, ADeadlineMayComeThoughOthersCanGoOn) {
    bool raced = false;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        SimulatedMachine machine{seed, {.hurry_one_in = 8}};
        FutexWord word{0};
        bool expired = false;
        machine.run([&] {
            auto waiter = machine.start(
                "waiter", [&] { expired = !machine.wait(word, 0, Deadline{machine.now() + 1ms}); });
            for (int i = 0; i < 50 && !expired; ++i) machine.pause();
            raced = raced || expired;
        });
    }
    EXPECT_TRUE(raced);
}

TEST(SimulatedMachine, WithoutHurryADeadlineIsNeverAheadOfWork) {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        SimulatedMachine machine{seed, {.hurry_one_in = 0}};
        FutexWord word{0};
        bool expired = false;
        machine.run([&] {
            auto waiter = machine.start("waiter", [&] {
                while (machine.wait(word, 0, Deadline{machine.now() + 1ms})) {
                }
                expired = true;
            });
            for (int i = 0; i < 500; ++i) machine.pause();
            EXPECT_FALSE(expired);
        });
    }
}

TEST(SimulatedMachine, ADeadlockIsReportedWithItsThreadsAndItsSeed) {
    SimulatedMachine machine{77};
    FutexWord word{0};
    std::unique_ptr<Threads::Handle> waiter;
    static Threads::Handle* leaked;  // with the stack that is abandoned while it joins
    try {
        machine.run([&] {
            waiter = machine.start("sleepy", [&] {
                while (machine.wait(word, 0, Deadline::never())) {
                }
            });
            leaked = waiter.get();
            waiter.reset();
        });
        FAIL() << "nobody wakes the waiter";
    } catch (const SimulationStuck& stuck) {
        EXPECT_EQ(stuck.reason(), SimulationStuck::Reason::deadlock);
        const std::string story = stuck.what();
        EXPECT_NE(story.find("seed 77"), std::string::npos) << story;
        EXPECT_NE(story.find("sleepy sleeps"), std::string::npos) << story;
        EXPECT_NE(story.find("main joins sleepy"), std::string::npos) << story;
        EXPECT_NE(leaked, nullptr);
    }
}

TEST(SimulatedMachine, ARunWithoutEndIsStoppedAtItsLimitOfSteps) {
    SimulatedMachine machine{5, {.steps_max = 1'000}};
    try {
        machine.run([&] {
            for (;;) machine.pause();
        });
        FAIL() << "it has no end";
    } catch (const SimulationStuck& stuck) {
        EXPECT_EQ(stuck.reason(), SimulationStuck::Reason::steps);
    }
}

TEST(SimulatedMachine, AStuckRunHarmsNoLaterOne) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        SimulatedMachine machine{seed, {.spurious_one_in = 0}};
        FutexWord word{0};
        EXPECT_THROW(machine.run([&] { machine.wait(word, 0, Deadline::never()); }),
                     SimulationStuck);
        EXPECT_EQ(hash_of_a_run(seed), hash_of_a_run(seed));
    }
}

TEST(SimulatedMachine, AnExceptionComesOutOfRunWhenAllHaveEnded) {
    SimulatedMachine machine{1};
    bool ended = false;
    EXPECT_THROW(machine.run([&] {
        auto other = machine.start("other", [&] {
            for (int i = 0; i < 10; ++i) machine.pause();
            ended = true;
        });
        throw std::runtime_error{"out"};
    }),
                 std::runtime_error);
    EXPECT_TRUE(ended);
    machine.run([] {});  // and it can run again
}

}  // namespace greenroom
