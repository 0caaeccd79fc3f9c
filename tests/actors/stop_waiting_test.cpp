// Stopping an actor whose handler waits: it is cancelled there, whatever it waits for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/blocking.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"
#include "waiter.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using support::with_grace;

class StopWaitingTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(StopWaitingTest);

constexpr Duration short_grace = 3ms;
constexpr const char* waits[] = {"ask", "sleep", "mutex", "semaphore", "event", "receive", "send"};

// A waiter whose handler is suspended in `what`, watched; and how it ended.
void end_while_waiting(SystemStage& stage, std::string_view what, bool kills) {
    Record record;
    Vain vain;
    Event begun;
    Event go_on;
    Event left;
    vain.full.send(1);
    vain.mutex.lock();
    auto mute = stage.system.spawn<Listener>();
    mute.tell(Hold{begun, go_on, &left});
    begun.wait();
    auto waiter = stage.system.spawn<Waiter>(record, vain, mute);
    auto watcher = stage.system.spawn<Watcher>(waiter);
    waiter.tell(Wait{what});
    support::until([&] { return stage.runtime.dump().find("Waiter waits") != std::string::npos; });
    waiter.tell(Number{1});
    kills ? waiter.kill() : waiter.stop();
    support::until([&] { return !watcher.ask(Downs{}).empty(); });
    const std::vector<Down> downs = watcher.ask(Downs{});
    ASSERT_EQ(downs.size(), 1U);
    EXPECT_EQ(downs[0].reason.kind, kills ? ExitKind::killed : ExitKind::stopped);
    EXPECT_EQ(record.cancelled.load(), 1);
    EXPECT_EQ(record.unwound.load(), 1);
    EXPECT_EQ(record.stopped.load(), 1);
    EXPECT_EQ(record.destroyed.load(), 1);
    EXPECT_EQ(stage.system.stats().dead_letters, 1U);
    vain.mutex.unlock();
    go_on.set();
    left.wait();
}

}  // namespace

TEST_P(StopWaitingTest, AKillEndsEachKindOfWait) {
    for (const char* what : waits) {
        play([what](SystemStage& stage) { end_while_waiting(stage, what, true); }, {}, 10);
    }
}

TEST_P(StopWaitingTest, AStopPastItsGraceEndsEachKindOfWait) {
    for (const char* what : waits) {
        play([what](SystemStage& stage) { end_while_waiting(stage, what, false); },
             with_grace(short_grace), 10);
    }
}

// Blocks for as long as nobody asks it to stop, in a function that refers to its own stack.
class Blocker : public Actor {
public:
    explicit Blocker(Record& record) : record_{record} {}
    ~Blocker() override { record_.destroyed.fetch_add(1); }

    void on(const Hold& hold) {
        try {
            blocking([&](const std::stop_token& stop) {
                hold.begun.set();
                support::until([&] { return stop.stop_requested(); });
                hold.go_on.wait();
                record_.unwound.fetch_add(1);
            });
        } catch (const Cancelled&) {
            record_.cancelled.fetch_add(1);
            throw;
        }
    }
    void on_stop(const ExitReason&) override { record_.stopped.fetch_add(1); }

private:
    Record& record_;
};

TEST_P(StopWaitingTest, AKillTellsABlockingCallThatRunsAndWaitsForIt) {
    play(
        [](SystemStage& stage) {
            Record record;
            Event begun;
            Event go_on;
            auto blocker = stage.system.spawn<Blocker>(record);
            auto watcher = stage.system.spawn<Watcher>(blocker);
            EXPECT_TRUE(watcher.ask(Downs{}).empty());  // it watches by now
            blocker.tell(Hold{begun, go_on});
            begun.wait();
            blocker.kill();
            stage.until_waiting("event", 1);  // it has heard of it
            EXPECT_EQ(record.cancelled.load(), 0);
            EXPECT_TRUE(watcher.ask(Downs{}).empty());
            go_on.set();
            support::until([&] { return !watcher.ask(Downs{}).empty(); });
            EXPECT_EQ(watcher.ask(Downs{})[0].reason.kind, ExitKind::killed);
            EXPECT_EQ(record.unwound.load(), 1);
            EXPECT_EQ(record.cancelled.load(), 1);
            EXPECT_EQ(record.stopped.load(), 1);
            EXPECT_EQ(record.destroyed.load(), 1);
        },
        {}, 10);
}

TEST_P(StopWaitingTest, AStopPastItsGraceTellsABlockingCallAndTheReportNamesIt) {
    play(
        [](SystemStage& stage) {
            Record record;
            Event begun;
            Event go_on;
            auto blocker = stage.system.spawn<Blocker>(record);
            blocker.tell(Hold{begun, go_on});
            begun.wait();
            const StopReport report = stage.system.stop(StopPolicy::now, Deadline::after(5ms));
            EXPECT_FALSE(report.clean);
            ASSERT_EQ(report.survivors.size(), 1U);
            EXPECT_THAT(report.survivors[0], testing::HasSubstr("Blocker"));
            EXPECT_THAT(report.survivors[0], testing::HasSubstr("waits for blocking"));
            EXPECT_THAT(report.survivors[0], testing::HasSubstr("stop_waiting_test.cpp:"));
            EXPECT_EQ(record.destroyed.load(), 0);
            go_on.set();
            EXPECT_TRUE(stage.system.stop(StopPolicy::now, Deadline::after(20s)).survivors.empty());
            EXPECT_EQ(record.unwound.load(), 1);
            EXPECT_EQ(record.cancelled.load(), 1);
            EXPECT_EQ(record.destroyed.load(), 1);
        },
        {}, 10);
}

}  // namespace greenroom
