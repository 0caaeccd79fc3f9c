// map: order, limit, errors, ranges that wait.
#include <greenroom/core/map.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <iterator>
#include <list>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

// 0 to `count` - 1, by iterators that call `step` with a number before they stand on it: as those
// of a view call its function.
class Steps {
public:
    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = int;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        Iterator(const Steps& steps, int number) : steps_{&steps}, number_{number} {}
        int operator*() const { return number_; }
        Iterator& operator++() {
            if (number_ + 1 < steps_->count_) steps_->step_(number_ + 1);
            ++number_;
            return *this;
        }
        Iterator operator++(int) {
            Iterator before = *this;
            ++*this;
            return before;
        }
        bool operator==(const Iterator& other) const { return number_ == other.number_; }

    private:
        const Steps* steps_ = nullptr;
        int number_ = 0;
    };

    Steps(int count, std::function<void(int)> step) : count_{count}, step_{std::move(step)} {}
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, count_}; }

private:
    int count_;
    std::function<void(int)> step_;
};

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

// Property: whoever waits for an element holds up no thread.
TEST_P(MapTest, TheFunctionsOfAViewMayWait) {
    play([](Stage& stage) {
        stage.run([] {
            const Steps numbers{40, [](int number) { number % 3 == 0 ? sleep_for(1ms) : yield(); }};
            const auto twice = [](int number) {
                yield();
                return 2 * number;
            };
            for (const GroupOptions& options : {GroupOptions{}, parallel}) {
                const std::vector<int> doubled = map(options, numbers, 4, twice);
                ASSERT_EQ(doubled.size(), 40u);
                for (int i = 0; i < 40; ++i) EXPECT_EQ(doubled[static_cast<std::size_t>(i)], 2 * i);
            }
        });
    });
}

TEST_P(MapTest, ACallerThatWaitsForAnElementIsCancelled) {
    play([](Stage& stage) {
        Event never;
        int mapped = 0;
        auto task = stage.spawn([&] {
            const Steps numbers{10, [&](int number) {
                                    if (number > 5) never.wait();
                                }};
            map(numbers, 3, [&](int) { ++mapped; });
        });
        stage.until_waiting("event", 1);
        task.cancel();
        EXPECT_EQ(task.result().code(), make_error_code(Errc::cancelled));
        EXPECT_EQ(mapped, 0);
    });
}

TEST_P(MapTest, OneThatFailsToBeFoundFailsAllBeforeTheFirst) {
    play([](Stage& stage) {
        stage.run([] {
            int mapped = 0;
            const Steps numbers{10, [](int number) {
                                    if (number == 3) throw std::runtime_error{"not there"};
                                }};
            EXPECT_THROW(map(numbers, 3, [&](int) { ++mapped; }), std::runtime_error);
            EXPECT_EQ(mapped, 0);
        });
    });
}

TEST_P(MapTest, EachElementIsGivenOnceWhateverKindTheRangeHas) {
    play([](Stage& stage) {
        stage.run([] {
            std::list<int> numbers;
            for (int i = 0; i < 500; ++i) numbers.push_back(i);
            const auto twice = [](int& number) {
                number += 1'000;  // the range's own
                return 2 * number;
            };
            const std::vector<int> doubled = map(parallel, numbers, 8, twice);
            const std::deque<int> in_parts(numbers.begin(), numbers.end());
            const std::vector<int> again =
                map(parallel, in_parts, 8, [](int number) { return number - 1'000; });
            int expected = 1'000;
            for (const int number : numbers) EXPECT_EQ(number, expected++);
            for (int i = 0; i < 500; ++i) {
                EXPECT_EQ(doubled[static_cast<std::size_t>(i)], 2 * (1'000 + i));
                EXPECT_EQ(again[static_cast<std::size_t>(i)], i);
            }
            EXPECT_TRUE(map(std::vector<int>{}, 8, [](int number) { return number; }).empty());
        });
    });
}

}  // namespace greenroom
