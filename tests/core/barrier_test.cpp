// Barrier: all or nobody, round after round.
#include <greenroom/core/barrier.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class BarrierTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(BarrierTest);

auto arriver(Stage& stage, Barrier& barrier) {
    return stage.spawn([&barrier] { return barrier.arrive_and_wait(); });
}

template <class Call>
void expect_broken(Call call) {
    try {
        (void)call();
        ADD_FAILURE() << "it passed";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::broken) << error.what();
    }
}

}  // namespace

TEST_P(BarrierTest, AllPassTogetherEachWithItsPlaceInTheOrderOfArrival) {
    play([](Stage& stage) {
        Barrier barrier{3};
        for (int round = 0; round < 3; ++round) {
            auto first = arriver(stage, barrier);
            stage.until_waiting("barrier", 1);
            std::size_t place = 7;
            auto thread = stage.thread([&] { place = barrier.arrive_and_wait(); });
            stage.until_waiting("barrier", 2);
            EXPECT_EQ(barrier.arrived(), 2u);
            EXPECT_EQ(barrier.arrive_and_wait(), 2u);
            EXPECT_EQ(first.get(), 0u);
            thread.reset();
            EXPECT_EQ(place, 1u);
        }
    });
}

TEST_P(BarrierTest, OneThatIsCancelledDoesNotCountAndTheOthersPassWithDistinctPlaces) {
    play([](Stage& stage) {
        Barrier barrier{3};
        auto cancelled = arriver(stage, barrier);
        stage.until_waiting("barrier", 1);
        auto second = arriver(stage, barrier);
        stage.until_waiting("barrier", 2);
        cancelled.cancel();
        EXPECT_THROW(cancelled.get(), Error);
        EXPECT_EQ(barrier.arrived(), 1u);
        auto third = arriver(stage, barrier);
        stage.until_waiting("barrier", 2);
        EXPECT_EQ(barrier.arrive_before(Deadline::after(-1s)), 2u) << "the last need not wait";
        EXPECT_EQ(second.get(), 0u);
        EXPECT_EQ(third.get(), 1u);
    });
}

TEST_P(BarrierTest, OneWhoseDeadlineCameHasNotArrived) {
    play([](Stage& stage) {
        Barrier barrier{2};
        EXPECT_FALSE(stage.run([&] { return barrier.arrive_before(Deadline::after(1ms)); }));
        EXPECT_EQ(barrier.arrived(), 0u);
        auto other = arriver(stage, barrier);
        EXPECT_LT(barrier.arrive_and_wait(), 2u);
        other.join();
    });
}

TEST_P(BarrierTest, AResetBreaksTheRoundAndTheNextOneIsWhole) {
    play([](Stage& stage) {
        Barrier barrier{2};
        auto waiter = arriver(stage, barrier);
        stage.until_waiting("barrier", 1);
        barrier.reset();
        EXPECT_FALSE(barrier.broken());
        auto next = arriver(stage, barrier);  // perhaps before the broken one has run
        EXPECT_LT(barrier.arrive_and_wait(), 2u);
        next.join();
        expect_broken([&] { return waiter.get(); });
    });
}

TEST_P(BarrierTest, AnAbortedBarrierIsBrokenForAllUntilItIsReset) {
    play([](Stage& stage) {
        Barrier barrier{2};
        auto waiter = arriver(stage, barrier);
        stage.until_waiting("barrier", 1);
        barrier.abort();
        expect_broken([&] { return waiter.get(); });
        EXPECT_TRUE(barrier.broken());
        expect_broken([&] { return barrier.arrive_and_wait(); });
        barrier.reset();
        auto other = arriver(stage, barrier);
        EXPECT_LT(barrier.arrive_and_wait(), 2u);
        other.join();
    });
}

// Property  Each round passes with as many as there are parties, though others come and give up all
//           the while: what the barrier counted is what passed.
TEST_P(BarrierTest, WhoGivesUpWhileTheLastArrivesEitherPassesOrWasNeverThere) {
    play([](Stage& stage) {
        constexpr int parties = 3;
        Barrier barrier{parties};
        detail::Atomic<int> passed{0};
        const int rounds = stage.times(1'000);
        auto comes = [&] {
            for (int i = 0; i < rounds; ++i) {
                const CancellationMask mask;
                if (barrier.arrive_before(Deadline::after(i % 2 == 0 ? 0ms : 1ms))) {
                    passed.fetch_add(1);
                }
            }
        };
        std::vector<Task<void>> tasks;
        for (int i = 0; i < 5; ++i) tasks.push_back(stage.spawn(comes));
        auto thread = stage.thread(comes);
        for (int i = 0; i < rounds; ++i) {
            auto victim = stage.spawn([&] {
                barrier.arrive_and_wait();
                passed.fetch_add(1);
            });
            yield();
            victim.cancel();
            victim.join();
        }
        for (auto& task : tasks) task.join();
        thread.reset();
        EXPECT_EQ(passed.load() % parties, 0);
        EXPECT_EQ(barrier.arrived(), 0u);
    });
}

}  // namespace greenroom
