// System: how often it may be stopped, and what does not keep it from that.
#include <greenroom/actors/system.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/event.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class SystemTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(SystemTest);

}  // namespace

// Does not hear of its cancellation while it is held.
class Deaf : public Actor {
public:
    void on(const Hold& hold) {
        const CancellationMask mask;
        hold.wait();
    }
};

TEST_P(SystemTest, AStopReturnsByItsDeadlineAndASecondOneFinishes) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Event begun;
        Event go_on;
        Event left;
        stage.system.spawn<Deaf>().tell(Hold{begun, go_on, &left});
        begun.wait();
        const TimePoint before = Deadline::after(0s).at();
        EXPECT_FALSE(stage.system.stop(StopPolicy::now, Deadline::after(5ms)).clean);
        EXPECT_TRUE(!stage.simulated || Deadline::after(0s).at() - before <= 110ms);
        go_on.set();
        EXPECT_TRUE(stage.system.stop(StopPolicy::drain, Deadline::after(20s)).clean);
        left.wait();
        EXPECT_THROW(stage.system.spawn<Listener>(), Error);
    });
}

// Knows another, which knows it.
class Friend : public Actor {
public:
    explicit Friend(std::atomic<int>& destroyed) : destroyed_{destroyed} {}
    ~Friend() override { destroyed_.fetch_add(1); }
    void on(const Ref<Friend>& other) { friend_ = other; }

private:
    std::atomic<int>& destroyed_;
    Ref<Friend> friend_;
};

TEST_P(SystemTest, ARingOfReferencesKeepsNobodyAliveAtTheStop) {
    play([](SystemStage& stage) {
        std::atomic<int> destroyed{0};
        {
            const auto one = stage.system.spawn<Friend>(destroyed);
            const auto two = stage.system.spawn<Friend>(destroyed);
            const auto alone = stage.system.spawn<Friend>(destroyed);
            one.tell(Ref<Friend>{two});
            two.tell(Ref<Friend>{one});
            alone.tell(Ref<Friend>{alone});
        }
        EXPECT_EQ(destroyed.load(), 0) << "an actor lives on without references";
        EXPECT_TRUE(stage.system.stop(StopPolicy::drain, Deadline::after(20s)).clean);
        EXPECT_EQ(destroyed.load(), 3);
    });
}

// Property  Whoever stops the system hears that all have ended, however many do at once.
TEST_P(SystemTest, StopsThatMeetAllSeeTheEnd) {
    play([](SystemStage& stage) {
        for (int i = 0; i < 5; ++i) stage.system.spawn<Listener>();
        std::atomic<int> clean{0};
        {
            std::vector<std::unique_ptr<Threads::Handle>> stoppers;
            for (int i = 0; i < 3; ++i) {
                stoppers.push_back(stage.thread([&] {
                    const StopReport report =
                        stage.system.stop(StopPolicy::now, Deadline::after(20s));
                    clean.fetch_add(report.clean ? 1 : 0);
                }));
            }
        }
        EXPECT_EQ(clean.load(), 3);
    });
}

}  // namespace greenroom
