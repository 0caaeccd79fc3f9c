// Accounting: what becomes of messages, added up.
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/errors.hpp>
#include <greenroom/actors/system.hpp>
#include <memory>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace cast;
using support::SystemStage;

class AccountingTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(AccountingTest);

// Counts into a place that outlives it.
class Counting : public Actor {
public:
    explicit Counting(std::atomic<int>& handled) : handled_{handled} {}
    void on(Number) {
        handled_.fetch_add(1);
        if (handled_.load() % 3 == 0) yield();
    }

private:
    std::atomic<int>& handled_;
};

struct Sums {
    std::atomic<int> handled{0};
    std::atomic<int> refused{0};  // their senders know
};

// Sends `count` numbers, and stops the actor half-way if told to.
void send(SystemStage& stage, const Ref<Counting>& actor, Sums& sums, int count, bool stops) {
    for (int i = 0; i < count; ++i) {
        if (stops && i == count / 2) actor.stop();
        try {
            actor.tell(Number{i});
        } catch (const MailboxFull&) {
            sums.refused.fetch_add(1);
        }
        if (stage.simulated) yield();
    }
}

}  // namespace

// Property  What many threads and fibers have sent = what was handled + dead letters + what the
//           policy dropped + what it refused, whenever the actor stops.
TEST_P(AccountingTest, WhatWasSentIsHandledDroppedRefusedOrADeadLetter) {
    std::atomic<int> dropped{0};
    std::atomic<int> dead{0};
    for (const WhenFull policy :
         {WhenFull::suspend_sender, WhenFull::fail, WhenFull::drop_newest, WhenFull::drop_oldest}) {
        play([&, policy](SystemStage& stage) {
            Sums sums;
            auto actor = stage.system.spawn_with<Counting>(
                {.mailbox = {.bound = 2, .when_full = policy}}, sums.handled);
            const int count = stage.times(1'000);
            {
                std::vector<std::unique_ptr<Threads::Handle>> threads;
                std::vector<Task<void>> fibers;
                for (int i = 0; i < 2; ++i) {
                    threads.push_back(
                        stage.thread([&, actor, i] { send(stage, actor, sums, count, i == 0); }));
                    fibers.push_back(
                        stage.spawn([&, actor] { send(stage, actor, sums, count, false); }));
                }
                for (auto& fiber : fibers) fiber.get();
            }
            support::until([&] { return stage.system.stats().actors == 0; });
            const SystemStats stats = stage.system.stats();
            EXPECT_EQ(static_cast<std::uint64_t>(sums.handled.load() + sums.refused.load()) +
                          stats.dead_letters + stats.dropped,
                      static_cast<std::uint64_t>(4 * count));
            dropped += static_cast<int>(stats.dropped);
            dead += static_cast<int>(stats.dead_letters);
        });
    }
    EXPECT_GT(dropped, 0);
    EXPECT_GT(dead, 0);
}

}  // namespace greenroom
