// map: order, limit, errors, ranges that wait.
#include <greenroom/core/map.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <ranges>
#include <stdexcept>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class MapTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(MapTest);

}  // namespace

TEST_P(MapTest, ItKeepsTheOrderAndTheLimit) {
    play([](Stage& stage) {
        stage.run([] {
            std::vector<int> numbers(50);
            for (int i = 0; i < 50; ++i) numbers[static_cast<std::size_t>(i)] = i;
            int inside = 0;
            int most = 0;
            const std::vector<int> squares = map(numbers, 4, [&](int number) {
                most = std::max(most, ++inside);
                if (number % 7 == 0) sleep_for(1ms);
                yield();
                --inside;
                return number * number;
            });
            EXPECT_EQ(most, 4);
            for (int i = 0; i < 50; ++i) EXPECT_EQ(squares[static_cast<std::size_t>(i)], i * i);
            map(numbers, 100, [&](int& number) { number = 1; });
            EXPECT_EQ(numbers[49], 1);
            EXPECT_EQ(map(parallel, numbers, 8, [](int number) { return number; }).size(), 50U);
        });
    });
}

TEST_P(MapTest, ItStopsAtTheFirstError) {
    play([](Stage& stage) {
        stage.run([] {
            const std::vector<int> numbers(1'000, 0);
            int calls = 0;
            EXPECT_THROW((void)map(numbers, 2,
                                   [&](int) {
                                       if (++calls == 10) throw std::runtime_error{"out"};
                                       yield();
                                       return 0;
                                   }),
                         std::runtime_error);
            EXPECT_LT(calls, 20);
        });
    });
}

// Property: the next element may be waited for: the other tasks wait for it as well, and no thread.
TEST_P(MapTest, TheFunctionsOfAViewMayWait) {
    play([](Stage& stage) {
        stage.run([] {
            const auto is_even = [](int number) {
                number % 3 == 0 ? sleep_for(1ms) : yield();
                return number % 2 == 0;
            };
            auto evens = std::views::iota(0, 40) | std::views::filter(is_even);
            const auto halve = [](int number) {
                yield();
                return number / 2;
            };
            for (const GroupOptions& options : {GroupOptions{}, parallel}) {
                const std::vector<int> halves = map(options, evens, 4, halve);
                ASSERT_EQ(halves.size(), 20u);
                for (int i = 0; i < 20; ++i) EXPECT_EQ(halves[static_cast<std::size_t>(i)], i);
            }
        });
    });
}

TEST_P(MapTest, WhoWaitsForTheNextElementIsCancelledWithTheRest) {
    play([](Stage& stage) {
        Event never;
        auto task = stage.spawn([&never] {
            int asked = 0;
            const auto waits = [&](int) {
                if (++asked > 14) never.wait();  // 10 times for the size of the range
                return true;
            };
            auto numbers = std::views::iota(0, 10) | std::views::filter(waits);
            map(numbers, 3, [](int) {});
        });
        stage.until_waiting("mutex", 2);
        EXPECT_EQ(stage.waiting("event"), 1);
        task.cancel();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
    });
}

}  // namespace greenroom
