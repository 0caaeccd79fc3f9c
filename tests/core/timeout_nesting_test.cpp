// Timeout scopes in each other, in clean-up, behind masks and around structured tasks.
#include <gtest/gtest.h>

#include <greenroom/core/event.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/timeout.hpp>
#include <stdexcept>
#include <string>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class TimeoutNestingTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(TimeoutNestingTest);

}  // namespace

TEST_P(TimeoutNestingTest, OfNestedDeadlinesTheOuterReportsIfItIsTheFirst) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            bool inner_told = false;
            TimeoutScope outer{1ms};
            const int line = __LINE__ - 1;
            try {
                outer.run([&] {
                    try {
                        with_timeout(1h, [&] { never.wait(); });
                    } catch (const Timeout&) {
                        inner_told = true;
                    }
                });
                ADD_FAILURE();
            } catch (const Timeout& timeout) {
                const std::string place = "timeout_nesting_test.cpp:" + std::to_string(line) + " ";
                EXPECT_NE(std::string{timeout.what()}.find(place), std::string::npos);
            }
            EXPECT_FALSE(inner_told);
        });
    });
}

TEST_P(TimeoutNestingTest, OfTwoThatEndTogetherTheOuterReports) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            const Deadline both = Deadline::after(2ms);
            bool inner_told = false;
            EXPECT_THROW(with_deadline(both,
                                       [&] {
                                           try {
                                               with_deadline(both, [&] { never.wait(); });
                                           } catch (const Timeout&) {
                                               inner_told = true;
                                               throw std::logic_error{"it swallowed the outer"};
                                           }
                                       }),
                         Timeout);
            EXPECT_FALSE(inner_told);
        });
    });
}

TEST_P(TimeoutNestingTest, TheInnerReportsIfItIsTheFirstAndTheOuterGoesOn) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            const int result = with_timeout(1h, [&] {
                EXPECT_THROW(with_timeout(1ms, [&] { never.wait(); }), Timeout);
                yield();
                return 5;
            });
            EXPECT_EQ(result, 5);
        });
    });
}

TEST_P(TimeoutNestingTest, ADestructorMayWaitAndHasALimitOfItsOwn) {
    play([](Stage& stage) {
        struct Waits {
            Event& never;
            int& ended;
            ~Waits() {
                sleep_for(1ms);  // while Cancelled unwinds: it does not throw again
                try {
                    with_timeout(1ms, [&] { never.wait(); });
                } catch (const Timeout&) {
                    ++ended;
                }
            }
        };
        stage.run([] {
            Event never;
            int ended = 0;
            EXPECT_THROW(with_timeout(1ms,
                                      [&] {
                                          const Waits waits{never, ended};
                                          never.wait();
                                      }),
                         Timeout);
            EXPECT_EQ(ended, 1);
        });
    });
}

TEST_P(TimeoutNestingTest, AMaskHoldsBackWhatIsAroundItAndNotWhatIsInside) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            bool through = false;
            EXPECT_THROW(with_timeout(1ms,
                                      [&] {
                                          shield([&] {
                                              sleep_for(3ms);
                                              EXPECT_THROW(with_timeout(1ms, [&] { never.wait(); }),
                                                           Timeout);
                                              through = true;
                                          });
                                          yield();
                                          ADD_FAILURE() << "the request waits behind the mask";
                                      }),
                         Timeout);
            EXPECT_TRUE(through);
        });
    });
}

TEST_P(TimeoutNestingTest, StructuredTasksInheritIt) {
    play([](Stage& stage) {
        stage.run([] {
            Event never;
            int unwound = 0;
            const auto waits = [&] {
                struct Counts {
                    int& count;
                    ~Counts() { ++count; }
                } const counts{unwound};
                EXPECT_FALSE(current_deadline().is_never());
                gather([&] { never.wait(); }, [] { sleep_for(10h); });
            };
            EXPECT_THROW(with_timeout(2ms, [&] { gather(waits, waits); }), Timeout);
            EXPECT_EQ(unwound, 2);
            EXPECT_TRUE(current_deadline().is_never());
        });
    });
}

TEST_P(TimeoutNestingTest, AFreeTaskDoesNotInheritIt) {
    play([](Stage& stage) {
        stage.run([] {
            Task<bool> task = with_timeout(
                1h, [] { return spawn([] { return current_deadline().is_never(); }); });
            EXPECT_TRUE(task.get());
        });
    });
}

}  // namespace greenroom
