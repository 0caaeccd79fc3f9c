// Channel: senders, receivers, deadlines, cancellations and the end, all at once.
//
// Property  What was sent = what was received + what is still inside, each item once; items of one
//           sender arrive at one receiver in the order sent; and nobody waits for ever.
#include <greenroom/core/channel.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class ChannelRaceTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(ChannelRaceTest);

// Senders note what they got rid of, receivers what they got.
struct Books {
    std::vector<int> sent;
    std::vector<int> received;

    void add(Books& other) {
        sent.insert(sent.end(), other.sent.begin(), other.sent.end());
        received.insert(received.end(), other.received.begin(), other.received.end());
    }
    void expect_balance() {
        std::sort(sent.begin(), sent.end());
        std::sort(received.begin(), received.end());
        EXPECT_EQ(sent, received);
        EXPECT_EQ(std::adjacent_find(received.begin(), received.end()), received.end());
    }
};

constexpr int numbers_each = 1'000'000;  // apart, so that every item has a number of its own

// Receives until the end, again and again if it runs out of patience.
auto receives(Channel<int>& channel, Books& books, Duration patience) {
    return [&channel, &books, patience] {
        while (!channel.at_end()) {
            if (auto item = channel.receive_before(Deadline::after(patience))) {
                books.received.push_back(*item);
            }
        }
    };
}

// Sends `count` items, and drops those for which it runs out of patience.
auto sends(Channel<int>& channel, Books& books, int sender, int count, Duration patience) {
    return [&channel, &books, sender, count, patience] {
        for (int i = 0; i < count; ++i) {
            const int item = sender * numbers_each + i;
            if (!channel.send_before(Deadline::after(patience), item)) continue;
            books.sent.push_back(item);
        }
    };
}

}  // namespace

TEST_P(ChannelRaceTest, EachItemIsReceivedOnceAndInOrderOfItsSender) {
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}, std::size_t{7}}) {
        play(
            [capacity](Stage& stage) {
                constexpr int senders = 3;
                constexpr int receivers = 3;
                Channel<int> channel{capacity};
                const int items = stage.times(2'000);
                const auto sends = [&channel, items](int sender) {
                    return [&channel, items, sender] {
                        for (int i = 0; i < items; ++i) channel.send(sender * numbers_each + i);
                    };
                };
                std::vector<std::vector<int>> got(receivers);
                const auto receives = [&channel, &got](int receiver) {
                    return [&channel, &mine = got[static_cast<std::size_t>(receiver)]] {
                        for (int& item : channel) mine.push_back(item);
                    };
                };
                auto plain_sender = stage.thread(sends(0));
                auto plain_receiver = stage.thread(receives(0));
                std::vector<Task<void>> tasks;
                for (int i = 1; i < receivers; ++i) tasks.push_back(stage.spawn(receives(i)));
                {
                    std::vector<Task<void>> sending;
                    for (int i = 1; i < senders; ++i) sending.push_back(stage.spawn(sends(i)));
                    for (auto& task : sending) task.join();
                }
                plain_sender.reset();
                channel.close();
                for (auto& task : tasks) task.join();
                plain_receiver.reset();
                std::vector<int> all;
                for (const std::vector<int>& mine : got) {
                    std::map<int, int> last;
                    for (const int item : mine) {
                        const auto [entry, fresh] = last.try_emplace(item / numbers_each, item);
                        EXPECT_TRUE(fresh || entry->second < item) << "out of order";
                        entry->second = item;
                    }
                    all.insert(all.end(), mine.begin(), mine.end());
                }
                std::sort(all.begin(), all.end());
                ASSERT_EQ(all.size(), static_cast<std::size_t>(senders * items));
                EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
            },
            {}, 5);
    }
}

TEST_P(ChannelRaceTest, NoItemIsLostWhenHandOversDeadlinesAndCancellationsRace) {
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{2}}) {
        int handed_over = 0;
        int given_up = 0;
        play([&, capacity](Stage& stage) {
            Channel<int> channel{capacity};
            const int rounds = stage.times(1'000);
            std::vector<Books> books(8);
            auto plain_receiver = stage.thread(receives(channel, books[0], 1ms));
            auto plain_sender = stage.thread(sends(channel, books[1], 1, rounds, 1ms));
            auto receiver = stage.spawn(receives(channel, books[2], 1h));
            auto hasty_receiver = stage.spawn(receives(channel, books[3], 1ms));
            auto sender = stage.spawn(sends(channel, books[4], 4, rounds, 1h));
            auto hasty_sender = stage.spawn(sends(channel, books[5], 5, rounds, 1ms));
            for (int i = 0; i < rounds; ++i) {
                // The one may get an item, the other get rid of one, or hear first.
                auto takes = stage.spawn([&] {
                    if (auto item = channel.receive()) books[6].received.push_back(*item);
                });
                auto gives = stage.spawn([&, i] {
                    channel.send(7 * numbers_each + i);
                    books[7].sent.push_back(7 * numbers_each + i);
                });
                // Some are cancelled at once, some when they may have been served.
                for (int pause = 1 + i % 64; pause > 0 && !takes.done(); --pause) yield();
                takes.cancel();
                gives.cancel();
                takes.join();
                gives.join();
            }
            const auto got = static_cast<int>(books[6].received.size() + books[7].sent.size());
            handed_over += got;
            given_up += 2 * rounds - got;
            sender.join();
            hasty_sender.join();
            plain_sender.reset();
            channel.close();
            receiver.join();
            hasty_receiver.join();
            plain_receiver.reset();
            EXPECT_EQ(channel.size(), 0u);
            Books all;
            for (Books& each : books) all.add(each);
            all.expect_balance();
        });
        EXPECT_GT(handed_over, 10) << "of waits that were cancelled at that moment";
        EXPECT_GT(given_up, 10) << "the same";
    }
}

TEST_P(ChannelRaceTest, ManyReceiversThatGiveUpLeaveTheOthersTheirItems) {
    play([](Stage& stage) {
        constexpr int receivers = 10;
        Channel<int> channel{1};
        std::vector<Task<std::optional<int>>> tasks;
        for (int i = 0; i < receivers; ++i) {
            tasks.push_back(stage.spawn([&channel] { return channel.receive(); }));
        }
        stage.until_waiting("channel receive", receivers);
        std::vector<int> sent;
        std::vector<int> received;
        for (std::size_t i = 0; i < receivers; i += 2) {
            tasks[i].cancel();
            if (!channel.try_send(static_cast<int>(i))) continue;
            sent.push_back(static_cast<int>(i));
        }
        std::size_t discarded = 0;
        for (auto& task : tasks) {
            if (!task.done()) discarded += channel.close_and_discard();
        }
        for (auto& task : tasks) {
            try {
                if (auto item = task.get()) received.push_back(*item);
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), make_error_code(Errc::cancelled));
            }
        }
        std::sort(received.begin(), received.end());
        EXPECT_EQ(std::adjacent_find(received.begin(), received.end()), received.end());
        discarded += channel.close_and_discard();
        EXPECT_EQ(received.size() + discarded, sent.size());
        EXPECT_TRUE(std::includes(sent.begin(), sent.end(), received.begin(), received.end()));
    });
}

TEST_P(ChannelRaceTest, TheEndMeetsSendersAndReceiversAndNothingIsLost) {
    play([](Stage& stage) {
        for (int round = 0; round < stage.times(300); ++round) {
            Channel<int> channel{1};
            std::atomic<int> sent{0};
            std::atomic<int> received{0};
            const auto sends = [&] {
                try {
                    for (int i = 0; i < 1'000; ++i) {
                        channel.send(1);
                        sent.fetch_add(1, std::memory_order_relaxed);
                    }
                } catch (const Error&) {
                }
            };
            const auto receives = [&] {
                while (channel.receive()) received.fetch_add(1, std::memory_order_relaxed);
            };
            auto sender = stage.spawn(sends);
            auto receiver = stage.spawn(receives);
            auto thread = stage.thread(receives);
            for (int i = 0; i < round % 7; ++i) yield();
            channel.close();
            sender.join();
            receiver.join();
            thread.reset();
            ASSERT_EQ(sent, received);
        }
    });
}

TEST_P(ChannelRaceTest, WhoReceivedMayDestroyIt) {
    play([](Stage& stage) {
        for (int i = 0; i < stage.times(1'000); ++i) {
            std::optional<Channel<int>> channel{std::in_place, static_cast<std::size_t>(i % 2)};
            auto sender = stage.spawn([&channel] { channel->send(1); });
            EXPECT_EQ(channel->receive(), 1);
            channel.reset();
            sender.join();
        }
    });
}

}  // namespace greenroom
