// The rounds of sends of one worker's EpollDriver: who is due, in which order, how many at once.
#include "epoll_driver.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <greenroom/net/socket_api.hpp>
#include <vector>

#include "support/hand_clock.hpp"

namespace greenroom::detail {

namespace {

using namespace std::chrono_literals;

// Notes when it is flushed, which takes its time, and asks to be again as often as it is told.
class NotedSource final : public SocketSource {
public:
    NotedSource(EpollDriver& driver, support::HandClock& clock, std::vector<int>& flushed,
                int number, int again = 0)
        : driver_{driver}, clock_{clock}, flushed_{flushed}, number_{number}, again_{again} {}

    void on_ready(std::uint32_t) noexcept override {}
    void flush() noexcept override {
        flushed_.push_back(number_);
        clock_.move(takes);
        if (again_-- > 0) driver_.flush_later(*this);
    }
    void release() noexcept override { ++released; }

    static constexpr Duration takes = 100us;
    int released = 0;

private:
    EpollDriver& driver_;
    support::HandClock& clock_;
    std::vector<int>& flushed_;
    int number_;
    int again_;
};

constexpr int round_max = EpollDriver::flush_round / NotedSource::takes;

class EpollDriverTest : public testing::Test {
protected:
    void mark(int count) {
        for (int i = 0; i < count; ++i) {
            driver.flush_later(sources.emplace_back(driver, clock, flushed, static_cast<int>(i)));
        }
    }

    std::vector<int> flushed;
    std::deque<NotedSource> sources;
    support::HandClock clock;
    EpollDriver driver{net::kernel_sockets(), clock};
};

}  // namespace

TEST_F(EpollDriverTest, ARoundTakesThoseThatHaveWaitedLongestAndNoMoreThanItsLimit) {
    mark(2 * round_max + 10);
    EXPECT_TRUE(driver.flush());
    EXPECT_EQ(flushed.size(), static_cast<std::size_t>(round_max));
    EXPECT_TRUE(driver.flush());
    EXPECT_FALSE(driver.flush());
    EXPECT_FALSE(driver.flush());
    ASSERT_EQ(flushed.size(), static_cast<std::size_t>(2 * round_max + 10));
    for (int i = 0; i < 2 * round_max + 10; ++i) EXPECT_EQ(flushed[static_cast<std::size_t>(i)], i);
    for (const NotedSource& source : sources) EXPECT_EQ(source.released, 1);
}

TEST_F(EpollDriverTest, WhoIsMarkedAgainWhileItIsFlushedHasItsTurnInTheNextRound) {
    driver.flush_later(sources.emplace_back(driver, clock, flushed, 1, 2));
    driver.flush_later(sources.emplace_back(driver, clock, flushed, 2));
    EXPECT_TRUE(driver.flush());
    EXPECT_EQ(flushed, (std::vector{1, 2}));
    EXPECT_TRUE(driver.flush());
    EXPECT_FALSE(driver.flush());
    EXPECT_EQ(flushed, (std::vector{1, 2, 1, 1}));
    EXPECT_EQ(sources.front().released, 3);
}

TEST_F(EpollDriverTest, ItDoesNotSleepWhileThereIsSomethingToSend) {
    mark(round_max + 1);
    EXPECT_TRUE(driver.flush());
    driver.wait(Deadline::never());  // returns
    EXPECT_FALSE(driver.flush());
    EXPECT_EQ(flushed.size(), static_cast<std::size_t>(round_max + 1));
}

TEST_F(EpollDriverTest, ItsEndFlushesAll) {
    std::vector<int> seen;
    std::deque<NotedSource> late;
    {
        EpollDriver ending{net::kernel_sockets(), clock};
        for (int i = 0; i < 3 * round_max; ++i) {
            ending.flush_later(late.emplace_back(ending, clock, seen, i, i % 2));
        }
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(3 * round_max + 3 * round_max / 2));
}

}  // namespace greenroom::detail
