// TimerWheel: by hand at the edges, then against a multimap over seeds.
#include "timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "support/seed.hpp"

namespace greenroom::detail {

namespace {

using namespace std::chrono_literals;

TimePoint at(Duration since_start) { return TimePoint{since_start}; }

// A timer that tells a list of its expiry, and then does what the test wants.
struct Timer : TimerNode {
    Timer(int its_name, std::vector<int>& its_list) : name{its_name}, rung{&its_list} {}

    void ring() noexcept {
        rung->push_back(name);
        if (then) then();
    }

    int name;
    std::vector<int>* rung;
    std::function<void()> then;
};

std::size_t advance(TimerWheel& wheel, TimePoint now) {
    return wheel.advance(now, [](TimerNode& node) { static_cast<Timer&>(node).ring(); });
}

class TimerWheelTest : public testing::Test {
protected:
    std::size_t advance(TimePoint now) { return detail::advance(wheel_, now); }

    Timer& timer(int name) {
        timers_.push_back(std::make_unique<Timer>(name, rung_));
        return *timers_.back();
    }

    Timer& armed(int name, Duration due) {
        Timer& made = timer(name);
        wheel_.add(made, at(due));
        return made;
    }

    std::vector<std::unique_ptr<Timer>> timers_;
    std::vector<int> rung_;
    TimerWheel wheel_;
};

}  // namespace

TEST_F(TimerWheelTest, AnEmptyOneIsNeverDue) {
    EXPECT_EQ(wheel_.next_due(), TimePoint::max());
    EXPECT_EQ(advance(at(1h)), 0u);
    EXPECT_EQ(wheel_.size(), 0u);
}

TEST_F(TimerWheelTest, ATimerIsNeverEarlyAndLessThanATickLate) {
    armed(1, 5ms);
    armed(2, 5ms + 1ns);
    EXPECT_EQ(advance(at(5ms - 1ns)), 0u);
    EXPECT_EQ(advance(at(5ms)), 1u);
    EXPECT_EQ(advance(at(6ms - 1ns)), 0u);
    EXPECT_EQ(wheel_.next_due(), at(6ms));
    EXPECT_EQ(advance(at(6ms)), 1u);
    EXPECT_EQ(rung_, (std::vector{1, 2}));
}

TEST_F(TimerWheelTest, ADueTimeInThePastExpiresAtTheNextAdvance) {
    advance(at(1s));
    armed(1, 1s);
    armed(2, 10ms);
    armed(3, -5h);
    EXPECT_LE(wheel_.next_due(), at(1s));
    EXPECT_EQ(advance(at(1s)), 3u);
    EXPECT_EQ(rung_, (std::vector{3, 2, 1}));
}

TEST_F(TimerWheelTest, EqualDueTimesExpireInOrderOfAdding) {
    advance(at(70ms));
    for (int name : {1, 2, 3}) armed(name, 5s);
    advance(at(4990ms));
    for (int name : {4, 5}) armed(name, 5s);
    EXPECT_EQ(advance(at(5s)), 5u);
    EXPECT_EQ(rung_, (std::vector{1, 2, 3, 4, 5}));
}

TEST_F(TimerWheelTest, WithinATickTheDueTimeDecides) {
    armed(1, 10ms);
    armed(2, 10ms - 1us);
    armed(3, 10ms - 2us);
    armed(4, 9ms);
    advance(at(10ms));
    EXPECT_EQ(rung_, (std::vector{4, 3, 2, 1}));
}

TEST_F(TimerWheelTest, ACancelledTimerIsOutAtOnce) {
    Timer& first = armed(1, 3ms);
    armed(2, 90s);
    EXPECT_TRUE(wheel_.cancel(first));
    EXPECT_FALSE(wheel_.cancel(first));
    EXPECT_EQ(wheel_.size(), 1u);
    EXPECT_GT(wheel_.next_due(), at(3ms));
    advance(at(90s));
    EXPECT_EQ(rung_, std::vector{2});
    EXPECT_FALSE(wheel_.cancel(*timers_[1])) << "it has expired";
}

TEST_F(TimerWheelTest, AnExpiringTimerMayCancelAnotherOfItsBatch) {
    Timer& first = armed(1, 3ms);
    Timer& second = armed(2, 3ms);
    armed(3, 3ms);
    first.then = [&] { EXPECT_TRUE(wheel_.cancel(second)); };
    EXPECT_EQ(advance(at(3ms)), 2u);
    EXPECT_EQ(rung_, (std::vector{1, 3}));
}

TEST_F(TimerWheelTest, ATimerThatAddsItselfForThePastWaitsForTheNextAdvance) {
    Timer& first = armed(1, 3ms);
    first.then = [&] { wheel_.add(first, at(1ms)); };
    EXPECT_EQ(advance(at(1h)), 1u);
    EXPECT_EQ(advance(at(1h)), 1u);
    wheel_.cancel(first);
}

TEST_F(TimerWheelTest, ATimerAddedByAnExpiringOneIsNotLostInTheSameJump) {
    Timer& later = timer(2);
    armed(1, 3ms).then = [&] { wheel_.add(later, at(1h)); };
    armed(3, 2h);
    advance(at(3h));
    EXPECT_EQ(rung_, (std::vector{1, 2, 3}));
}

TEST_F(TimerWheelTest, YearsAreAsGoodAsMilliseconds) {
    armed(1, 24h * 365 * 200);
    wheel_.add(timer(2), TimePoint::max());
    EXPECT_EQ(advance(at(24h * 365 * 200 - 1ms)), 0u);
    EXPECT_EQ(advance(at(24h * 365 * 200)), 1u);
    EXPECT_LE(wheel_.next_due(), TimePoint::max());
    EXPECT_TRUE(wheel_.cancel(*timers_[1]));
    EXPECT_EQ(wheel_.next_due(), TimePoint::max());
}

TEST_F(TimerWheelTest, SleepingUntilNextDueReachesAFarTimerInAFewSteps) {
    armed(1, 24h * 365 + 123'457us);
    int steps = 0;
    while (rung_.empty() && steps <= 8) {
        advance(wheel_.next_due());
        ++steps;
    }
    EXPECT_EQ(rung_, std::vector{1});
    EXPECT_LE(steps, 8) << "one for each level";
}

TEST(TimerWheelDeathTest, DestroyingAnArmedTimerAborts) {
    EXPECT_DEATH(
        {
            TimerWheel wheel;
            TimerNode node;
            wheel.add(node, TimePoint{});
        },
        "is_armed");
}

// Property  Over random adds, cancels and jumps, with expiring timers that add and cancel others:
//           what expires, and in which order, is what a multimap sorted by (due, adding) says.
namespace {

class Model {
public:
    explicit Model(std::uint32_t seed) : random_{seed} {
        for (std::size_t i = 0; i < 60; ++i) {
            timers_.push_back(std::make_unique<Timer>(0, rung_));
            keys_.push_back(expected_.end());
            timers_.back()->then = [this, i] { expired(i); };
        }
    }

    ~Model() {
        for (auto& timer : timers_) wheel_.cancel(*timer);
    }

    void step() {
        switch (random_() % 4) {
            case 0: return jump();
            case 1: return cancel(any());
            default: return add(any());
        }
    }

    int count = 0;  // of timers that expired

private:
    using Key = std::pair<TimePoint, std::uint64_t>;
    using Expected = std::multimap<Key, std::size_t>;

    std::size_t any() { return random_() % timers_.size(); }

    // Near, far, the same tick again, the past: each scale with the same chance.
    Duration any_distance() {
        const auto scale = random_() % 44;
        const auto below = std::uniform_int_distribution<std::int64_t>{0, std::int64_t{1} << scale};
        return Duration{std::uniform_int_distribution<std::int64_t>{below}(random_)-2'000'000};
    }

    // Often that of another timer, so that the order of adding decides.
    TimePoint any_due() {
        const auto same = keys_[any()];
        return same != expected_.end() && random_() % 2 == 0 ? same->first.first
                                                             : now_ + any_distance();
    }

    void add(std::size_t i) {
        if (timers_[i]->is_armed()) return;
        const TimePoint due = any_due();
        wheel_.add(*timers_[i], due);
        keys_[i] = expected_.emplace(Key{due, added_++}, i);
        if (advancing_) fresh_.push_back(i);
    }

    void cancel(std::size_t i) {
        const bool armed = keys_[i] != expected_.end();
        ASSERT_EQ(wheel_.cancel(*timers_[i]), armed);
        if (!armed) return;
        expected_.erase(keys_[i]);
        keys_[i] = expected_.end();
    }

    bool is_fresh(std::size_t i) const {
        return std::find(fresh_.begin(), fresh_.end(), i) != fresh_.end();
    }

    static TimePoint rounded_up(TimePoint due) {
        return TimePoint{std::chrono::ceil<std::chrono::milliseconds>(due.time_since_epoch())};
    }

    // Timer i may expire if it is due, and nobody who was in before the advance is due earlier.
    void expired(std::size_t i) {
        ++count;
        ASSERT_NE(keys_[i], expected_.end());
        ASSERT_LE(rounded_up(keys_[i]->first.first), now_);
        ASSERT_LE(last_, keys_[i]->first) << "out of order";
        for (auto other = expected_.begin(); other != keys_[i]; ++other) {
            ASSERT_TRUE(is_fresh(other->second)) << "overtaken";
        }
        last_ = keys_[i]->first;
        expected_.erase(keys_[i]);
        keys_[i] = expected_.end();
        if (random_() % 4 == 0) cancel(any());
        if (random_() % 4 == 0) add(any());
    }

    void jump() {
        const TimePoint parked = wheel_.next_due();
        if (!expected_.empty()) {
            ASSERT_LE(parked, std::max(rounded_up(expected_.begin()->first.first), now_));
        } else {
            ASSERT_EQ(parked, TimePoint::max());
        }
        now_ = std::max(now_, random_() % 3 == 0 && parked != TimePoint::max()
                                  ? parked
                                  : now_ + any_distance());
        advancing_ = true;
        fresh_.clear();
        last_ = Key{TimePoint::min(), 0};
        advance(wheel_, now_);
        advancing_ = false;
        for (const auto& [key, i] : expected_) {
            if (rounded_up(key.first) > now_) break;
            ASSERT_TRUE(is_fresh(i)) << "left behind";
        }
        ASSERT_EQ(wheel_.size(), expected_.size());
    }

    std::mt19937 random_;
    std::vector<int> rung_;
    TimerWheel wheel_;
    std::vector<std::unique_ptr<Timer>> timers_;
    Expected expected_;
    std::vector<Expected::iterator> keys_;  // of each timer, or end()
    std::vector<std::size_t> fresh_;        // added during this advance
    TimePoint now_{};
    Key last_{};
    std::uint64_t added_ = 0;
    bool advancing_ = false;
};

}  // namespace

TEST(TimerWheelProperty, ItAgreesWithASortedMapOverSeeds) {
    std::mt19937 random = support::printed_seed();
    int expired = 0;
    for (int round = 0; round < 60 && !testing::Test::HasFatalFailure(); ++round) {
        Model model{static_cast<std::uint32_t>(random())};
        for (int step = 0; step < 2'000 && !testing::Test::HasFatalFailure(); ++step) model.step();
        expired += model.count;
    }
    EXPECT_GT(expired, 10'000) << "a test in which nothing expires shows nothing";
}

}  // namespace greenroom::detail
