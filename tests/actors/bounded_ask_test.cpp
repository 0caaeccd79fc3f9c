// Asks of an actor whose bounded mailbox is full: they wait for room and answer in one.
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/cancellation.hpp>
#include <vector>

#include "cast.hpp"
#include "full.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class BoundedAskTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(BoundedAskTest);

using Values = std::vector<int>;

}  // namespace

TEST_P(BoundedAskTest, AnAskThatWaitsForRoomIsAnswered) {
    play([](SystemStage& stage) {
        const int rounds = stage.times(100);
        for (int round = 0; round < rounds; ++round) {
            Full full{stage, 1, WhenFull::suspend_sender};
            auto fiber = stage.spawn([&] { return full.listener.ask(Numbers{}, 1h); });
            std::vector<int> heard;
            auto thread = stage.thread([&] { heard = full.listener.ask(Numbers{}, 1h); });
            full.let_go();
            EXPECT_EQ(fiber.get(), Values{1});
            thread.reset();
            EXPECT_EQ(heard, Values{1});
        }
    });
}

TEST_P(BoundedAskTest, AnAskWaitsForRoomWithinItsDeadline) {
    play([](SystemStage& stage) {
        Full full{stage, 1, WhenFull::suspend_sender};
        EXPECT_THROW(full.listener.ask(Number{2}, 2ms), Timeout);
        EXPECT_THROW(stage.run([&] { full.listener.ask(Number{3}, 2ms); }), Timeout);
        EXPECT_EQ(full.numbers(), Values{1}) << "they never got in";
    });
}

TEST_P(BoundedAskTest, AnAskThatWaitsForRoomFailsWhenTheActorStops) {
    play([](SystemStage& stage) {
        Full full{stage, 1, WhenFull::suspend_sender};
        auto asker = stage.spawn([&] { full.listener.ask(Numbers{}, 1h); });
        stage.until_waiting("ask", 1);
        full.listener.stop();
        EXPECT_THROW(asker.get(), ActorStopped);
    });
}

TEST_P(BoundedAskTest, AnAskOfAFullMailboxThatFailsOrDropsItsNewestSaysSoAtOnce) {
    play([](SystemStage& stage) {
        for (const WhenFull when_full : {WhenFull::fail, WhenFull::drop_newest}) {
            const std::uint64_t dropped = stage.system.stats().dropped;
            Full full{stage, 1, when_full};
            EXPECT_THROW(full.listener.ask(Number{2}, 1h), MailboxFull);
            EXPECT_THROW(stage.run([&] { full.listener.ask(Number{3}, 1h); }), MailboxFull);
            EXPECT_EQ(stage.system.stats().dropped - dropped,
                      when_full == WhenFull::fail ? 0U : 2U);
            EXPECT_EQ(full.numbers(), Values{1});
        }
    });
}

// Property  An ask in line ends once, whatever meets: room, answer, deadline, cancellation.
TEST_P(BoundedAskTest, RoomAnswerDeadlineAndCancellationOfAsksMeet) {
    play([](SystemStage& stage) {
        const ActorOptions tight{.mailbox = {1, WhenFull::suspend_sender}};
        auto listener = stage.system.spawn_with<Listener>(tight);
        std::atomic<int> begun{0};
        std::atomic<int> ended{0};
        const int count = stage.times(300);
        std::vector<Task<void>> askers;
        for (int asker = 0; asker < 6; ++asker) {
            askers.push_back(stage.spawn([&, listener] {
                begun.fetch_add(1);
                for (int i = 0; i < count; ++i) {
                    try {
                        listener.ask(Number{i}, i % 3 == 0 ? Duration{0us} : Duration{1h});
                    } catch (const Timeout&) {
                    } catch (const Cancelled&) {
                    }
                    ended.fetch_add(1);
                }
            }));
        }
        support::until([&] { return begun.load() == 6; });  // or it never would
        while (ended.load() < 6 * count) {
            for (Task<void>& asker : askers) {
                if (!asker.done()) asker.cancel();
            }
            yield();
        }
        for (Task<void>& asker : askers) asker.join();
        EXPECT_EQ(ended.load(), 6 * count);
    });
}

TEST_P(BoundedAskTest, AnAskThatIsDroppedAsTheOldestFails) {
    play([](SystemStage& stage) {
        Full full{stage, 1, WhenFull::drop_oldest};
        auto asker = stage.spawn([&] { full.listener.ask(Numbers{}, 1h); });
        stage.until_waiting("ask", 1);
        full.listener.tell(Number{7});
        EXPECT_THROW(asker.get(), MailboxFull);
        EXPECT_EQ(stage.system.stats().dropped, 2U);
    });
}

}  // namespace greenroom
