// Generator: goes on where it was, waits where it wants, and leaves nothing behind.
#include <greenroom/core/generator.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/timeout.hpp>
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

class GeneratorTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(GeneratorTest);

// Counts how many of it there are.
struct Guest {
    explicit Guest(int& its_count) : count{its_count} { ++count; }
    ~Guest() { --count; }
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;
    int& count;
};

Generator<int> up_to(int last) {
    return Generator<int>{[last](auto& yield) {
        for (int i = 1; i <= last; ++i) yield(i);
    }};
}

struct Node {
    explicit Node(int its_value) : value{its_value} {}

    int value;
    std::unique_ptr<Node> left{};
    std::unique_ptr<Node> right{};
};

}  // namespace

TEST_P(GeneratorTest, ARangeForTakesItsValuesInOrderUntilItEnds) {
    play([](Stage& stage) {
        stage.run([] {
            std::vector<int> taken;
            Generator<int> numbers = up_to(4);
            for (int number : numbers) taken.push_back(number);
            EXPECT_EQ(taken, (std::vector<int>{1, 2, 3, 4}));
            EXPECT_TRUE(numbers.ended());
            EXPECT_FALSE(numbers.next());
        });
    });
}

TEST_P(GeneratorTest, WhatIsSentIsTheAnswerOfTheYieldThatWaits) {
    play([](Stage& stage) {
        stage.run([] {
            Generator<int, int> sums{[](auto& yield, int number) {
                for (int sum = 0; number != 0;) number = yield(sum += number);
            }};
            EXPECT_EQ(sums.resume(3), 3);
            EXPECT_EQ(sums.resume(4), 7);
            EXPECT_EQ(sums.resume(-7), 0);
            EXPECT_FALSE(sums.resume(0));
            EXPECT_TRUE(sums.ended());
        });
    });
}

TEST_P(GeneratorTest, ItYieldsFromAnyDepth) {
    play([](Stage& stage) {
        stage.run([] {
            Node root{2};
            root.left = std::make_unique<Node>(1);
            root.right = std::make_unique<Node>(3);
            Generator<int> in_order{[&](auto& yield) {
                auto walk = [&](auto& self, const Node* node) -> void {
                    if (node == nullptr) return;
                    self(self, node->left.get());
                    yield(node->value);
                    self(self, node->right.get());
                };
                walk(walk, &root);
            }};
            std::string text;
            for (int value : in_order) text += std::to_string(value);
            EXPECT_EQ(text, "123");
        });
    });
}

TEST_P(GeneratorTest, OneThatIsAbandonedHalfWayDestroysItsLocals) {
    play([](Stage& stage) {
        stage.run([] {
            int guests = 0;
            {
                Generator<int> endless{[&](auto& yield) {
                    const Guest outer{guests};
                    for (int i = 0;; ++i) {
                        const Guest inner{guests};
                        yield(i);
                    }
                }};
                EXPECT_EQ(guests, 0) << "it begins when it is resumed first";
                EXPECT_EQ(endless.next(), 0);
                EXPECT_EQ(endless.next(), 1);
                EXPECT_EQ(guests, 2);
            }
            EXPECT_EQ(guests, 0);
            const Generator<int> never_begun = up_to(3);
        });
    });
}

TEST_P(GeneratorTest, OneThatIsAbandonedByAnExceptionMayWaitWhileItUnwinds) {
    play([](Stage& stage) {
        Event go_on;
        bool unwound = false;
        struct Waits {
            Event& event;
            bool& done;
            ~Waits() {
                event.wait();
                done = true;
            }
        };
        auto task = stage.spawn([&] {
            Generator<int> numbers{[&](auto& yield) {
                const Waits waits{go_on, unwound};
                yield(1);
            }};
            numbers.next();
            throw std::runtime_error{"out"};
        });
        stage.until_waiting("event", 1);
        go_on.set();
        EXPECT_THROW(task.get(), std::runtime_error);
        EXPECT_TRUE(unwound);
    });
}

TEST_P(GeneratorTest, ItsExceptionReachesWhoResumedItAndEndsIt) {
    play([](Stage& stage) {
        stage.run([] {
            int guests = 0;
            Generator<int> throws{[&](auto& yield) {
                const Guest guest{guests};
                yield(1);
                throw std::runtime_error{"from inside"};
            }};
            EXPECT_EQ(throws.next(), 1);
            EXPECT_THROW((void)throws.next(), std::runtime_error);
            EXPECT_EQ(guests, 0);
            EXPECT_TRUE(throws.ended());
            EXPECT_FALSE(throws.next());
        });
    });
}

TEST_P(GeneratorTest, ItKeepsItsOwnExceptionInFlightWhileOthersThrow) {
    play([](Stage& stage) {
        stage.run([] {
            std::string caught;
            Generator<int> catches{[&](auto& yield) {
                try {
                    throw std::runtime_error{"its own"};
                } catch (...) {
                    yield(1);
                    try {
                        throw;
                    } catch (const std::exception& again) {
                        caught = again.what();
                    }
                }
            }};
            catches.next();
            try {
                throw std::runtime_error{"another"};
            } catch (...) {
                EXPECT_FALSE(catches.next());
            }
            EXPECT_EQ(caught, "its own");
        });
    });
}

TEST_P(GeneratorTest, WhatWaitsInItSuspendsTheFiberThatResumedIt) {
    play([](Stage& stage) {
        Mutex mutex;
        mutex.lock();
        auto task = stage.spawn([&] {
            Generator<int> locks{[&](auto& yield) {
                const Lock held{mutex};
                EXPECT_TRUE(mutex.held_by_caller());
                sleep_for(1ms);
                yield(1);
                yield(2);
            }};
            int sum = 0;
            while (const std::optional<int> number = locks.next()) {
                EXPECT_TRUE(mutex.held_by_caller()) << "what it locks, the fiber has";
                sum += *number;
                greenroom::yield();
            }
            return sum;
        });
        stage.until_waiting("mutex", 1);
        mutex.unlock();
        EXPECT_EQ(task.get(), 3);
        EXPECT_TRUE(mutex.try_lock());
        mutex.unlock();
    });
}

TEST_P(GeneratorTest, CancellingTheFiberUnwindsTheGeneratorThatWaits) {
    play([](Stage& stage) {
        Event never;
        int guests = 0;
        auto task = stage.spawn([&] {
            Generator<int> waits{[&](auto& yield) {
                const Guest guest{guests};
                never.wait();
                yield(1);
            }};
            waits.next();
        });
        stage.until_waiting("event", 1);
        EXPECT_EQ(guests, 1);
        task.cancel();
        EXPECT_THROW(task.get(), Error);
        EXPECT_EQ(guests, 0);
    });
}

TEST_P(GeneratorTest, OneMayResumeAnotherButNotItself) {
    play([](Stage& stage) {
        stage.run([] {
            Generator<int> inner = up_to(3);
            Generator<int> outer{[&](auto& yield) {
                for (int number : inner) {
                    greenroom::yield();
                    yield(10 * number);
                }
            }};
            int sum = 0;
            for (int number : outer) sum += number;
            EXPECT_EQ(sum, 60);
            std::optional<Generator<int>> self;
            self.emplace([&](auto& yield) { yield(*self->next()); });
            EXPECT_THROW((void)self->next(), Error);
        });
    });
}

TEST_P(GeneratorTest, OutsideOfAFiberItIsRefused) {
    play([](Stage&) {
        Generator<int> numbers = up_to(3);
        EXPECT_THROW((void)numbers.next(), Error);
    });
}

// Else the consumer would go on inside of it, and could end as timed out by another's deadline.
TEST_P(GeneratorTest, InsideOfAScopeOfItsOwnItMayNotYield) {
    play([](Stage& stage) {
        stage.run([] {
            Generator<int> scoped{[](auto& yield) { with_timeout(1h, [&] { yield(1); }); }};
            EXPECT_THROW((void)scoped.next(), Error);
            Generator<int> masked{[](auto& yield) {
                const CancellationMask mask;
                yield(1);
            }};
            EXPECT_THROW((void)masked.next(), Error);
            Generator<int> ends{[](auto& yield) {
                const CancellationMask mask;
                EXPECT_THROW(yield(1), Error);
            }};
            EXPECT_EQ(ends.next(), std::nullopt);
            Generator<int> right{[](auto& yield) {
                with_timeout(1h, [] { greenroom::yield(); });
                yield(1);
            }};
            EXPECT_EQ(with_timeout(1h, [&] { return right.next(); }), 1);
        });
    });
}

// A destructor that runs while its fiber is cancelled may wait, also for what a generator gives.
TEST_P(GeneratorTest, ADestructorMayResumeOneThatWaitsWhileItsFiberUnwinds) {
    play([](Stage& stage) {
        Event never;
        std::optional<int> taken;
        auto task = stage.spawn([&] {
            Generator<int> source{[](auto& yield) {
                for (int i = 7;; ++i) {
                    sleep_for(1ms);
                    yield(i);
                }
            }};
            struct Last {
                ~Last() { taken = source.next(); }
                Generator<int>& source;
                std::optional<int>& taken;
            };
            const Last last{source, taken};
            never.wait();
        });
        stage.until_waiting("event", 1);
        task.cancel();
        task.join();
        EXPECT_EQ(taken, 7);
    });
}

// Property  Many of them, each paused, in fibers that change on one stack after another.
TEST_P(GeneratorTest, ManyThatArePausedEachGoOnWhereTheyWere) {
    play([](Stage& stage) {
        std::vector<Task<int>> tasks;
        const int count = 20;
        for (int i = 0; i < count; ++i) {
            tasks.push_back(stage.spawn([i] {
                Generator<int> left = up_to(i);
                Generator<int> right = up_to(2 * i);
                int sum = 0;
                while (const auto number = left.next()) {
                    sum += *number + *right.next();
                    greenroom::yield();
                }
                return sum;
            }));
        }
        for (int i = 0; i < count; ++i) {
            EXPECT_EQ(tasks[static_cast<std::size_t>(i)].get(), i * (i + 1));
        }
    });
}

}  // namespace greenroom
