// select: fibers and plain threads that send, receive, give up and are cancelled, all at once.
//
// Property  What was sent = what was received + what is still inside, each item once; and nobody
//           waits for ever, in whatever order the selects name their channels.
#include <greenroom/core/select.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <greenroom/core/cancellation.hpp>
#include <optional>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class SelectRaceTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(SelectRaceTest);

constexpr int numbers_each = 1'000'000;  // apart, so that every item has a number of its own

struct Books {
    std::vector<int> sent;
    std::vector<int> received;
};

void expect_balance(const std::vector<Books>& books) {
    Books all;
    for (const Books& each : books) {
        all.sent.insert(all.sent.end(), each.sent.begin(), each.sent.end());
        all.received.insert(all.received.end(), each.received.begin(), each.received.end());
    }
    std::sort(all.sent.begin(), all.sent.end());
    std::sort(all.received.begin(), all.received.end());
    EXPECT_EQ(all.sent, all.received);
    EXPECT_EQ(std::adjacent_find(all.received.begin(), all.received.end()), all.received.end());
}

// Receives from both until both have ended.
auto receives(Channel<int>& left, Channel<int>& right, Books& books, Duration patience) {
    return [&left, &right, &books, patience] {
        bool left_open = true;
        bool right_open = true;
        const auto keeps = [&books](bool& open) {
            return [&books, &open](std::optional<int> item) {
                open = item.has_value();
                if (open) books.received.push_back(*item);
            };
        };
        while (left_open || right_open) {
            select(when(left_open, on_receive(left, keeps(left_open))),
                   when(right_open, on_receive(right, keeps(right_open))), after(patience));
        }
    };
}

// Sends `count` items, each into the one that takes it first, if one does in time.
auto sends(Channel<int>& left, Channel<int>& right, Books& books, int sender, int count,
           Duration patience) {
    return [&left, &right, &books, sender, count, patience] {
        for (int i = 0; i < count; ++i) {
            const int item = sender * numbers_each + i;
            const auto notes = [&books, item] { books.sent.push_back(item); };
            select(on_send(left, item, notes), on_send(right, item, notes), after(patience));
        }
    };
}

}  // namespace

TEST_P(SelectRaceTest, EachItemIsReceivedOnceThoughBothSidesSelectAndSomeGiveUp) {
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{2}}) {
        play(
            [capacity](Stage& stage) {
                Channel<int> left{capacity};
                Channel<int> right{0};
                const int items = stage.times(2'000);
                std::vector<Books> books(8);
                auto plain_receiver = stage.thread(receives(left, right, books[0], 1ms));
                auto receiver = stage.spawn(receives(right, left, books[1], 1h));
                auto hasty_receiver = stage.spawn(receives(left, right, books[2], 1ms));
                auto plain_sender = stage.thread(sends(right, left, books[3], 3, items, 1h));
                auto sender = stage.spawn(sends(left, right, books[4], 4, items, 1h));
                auto hasty_sender = stage.spawn(sends(right, left, books[5], 5, items, 1ms));
                for (int i = 0; i < items; ++i) left.send(6 * numbers_each + i);
                for (int i = 0; i < items; ++i) books[6].sent.push_back(6 * numbers_each + i);
                plain_sender.reset();
                sender.join();
                hasty_sender.join();
                left.close();
                right.close();
                plain_receiver.reset();
                receiver.join();
                hasty_receiver.join();
                expect_balance(books);
            },
            {}, 10);
    }
}

TEST_P(SelectRaceTest, NothingIsLostWhenACancellationMeetsACase) {
    int chosen = 0;
    int cancelled = 0;
    play(
        [&](Stage& stage) {
            Channel<int> left{0};
            Channel<int> right{0};
            const int rounds = stage.times(1'000);
            std::vector<Books> books(3);
            auto receiver = stage.spawn(receives(left, right, books[0], 1h));
            auto sender = stage.spawn([&] {
                for (int i = 0; i < rounds; ++i) {
                    if (!right.send_before(Deadline::after(1h), i)) continue;
                    books[1].sent.push_back(i);
                }
            });
            for (int i = 0; i < rounds; ++i) {
                const int item = numbers_each + i;
                auto both = stage.spawn([&, item] {
                    select(on_send(left, item, [&] { books[2].sent.push_back(item); }),
                           on_receive(right, [&](int got) { books[2].received.push_back(got); }));
                });
                // It has not begun, or has, and those that it meets are on their way or have come.
                for (int yields = i % 3 == 2 ? 40 : i % 3; yields > 0; --yields) yield();
                both.cancel();
                both.join();
            }
            sender.join();
            left.close();
            right.close();
            receiver.join();
            const auto got = static_cast<int>(books[2].sent.size() + books[2].received.size());
            chosen += got;
            cancelled += rounds - got;
            expect_balance(books);
        },
        {}, 20);
    EXPECT_GT(chosen, 10) << "of selects that were cancelled at that moment";
    EXPECT_GT(cancelled, 10) << "the same";
}

}  // namespace greenroom
