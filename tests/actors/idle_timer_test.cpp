// Timers that come when an actor has been idle for a while: what timer_test.cpp does not show.
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>

#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::SystemStage;

class IdleTimerTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(IdleTimerTest);

struct Idle {};
struct Start {
    Duration timeout;
};
struct HoldThread {};
struct Last {};
struct Waited {};

}  // namespace

// A worker's clock may stand still while it runs: what that takes must not come off the timeout.
TEST_P(IdleTimerTest, DoesNotComeEarlyAfterALongHandler) {
    class Busy : public Actor {
    public:
        Busy(Threads& threads, Event& came) : threads_{threads}, came_{came} {}
        void on(Start start) {
            idle_ = start_idle_timer(this, start.timeout, Idle{});
            self(this).tell(HoldThread{});
            self(this).tell(Last{});
        }
        void on(HoldThread) {
            FutexWord never{0};
            const Deadline busy = Deadline::after(900us);
            while (!busy.has_passed()) threads_.wait(never, 0, busy);
        }
        void on(Last) { last_ = Deadline::after(0ns).at(); }
        void on(Idle) {
            waited_ = Deadline::after(0ns).at() - last_;
            idle_.cancel();
            came_.set();
        }
        Duration on(Waited) { return waited_; }

    private:
        Threads& threads_;
        Event& came_;
        TimePoint last_{};
        Duration waited_{};
        ActorTimer idle_;
    };
    play([](SystemStage& stage) {
        if (!stage.simulated) return;  // a busy machine may hold up who refreshes the clock
        Event came;
        auto actor = stage.system.spawn<Busy>(stage.threads, came);
        actor.tell(Start{5ms});
        came.wait();
        EXPECT_GE(actor.ask(Waited{}), 5ms);
    });
}

TEST_P(IdleTimerTest, KeepsNobodyAlive) {
    class Lonely : public Actor {
    public:
        explicit Lonely(Event& left) : left_{left} {}
        void on_start() override { idle_ = start_idle_timer(this, 1ms, Idle{}); }
        void on(Idle) {}
        void on_stop(const ExitReason&) override { left_.set(); }

    private:
        Event& left_;
        ActorTimer idle_;
    };
    play([](SystemStage& stage) {
        Event left;
        stage.system.spawn_with<Lonely>({.stop_when_unreferenced = true}, left);
        left.wait();
        support::until([&] { return stage.system.stats().actors == 0; });
        stage.run([] { sleep_for(5ms); });
        EXPECT_EQ(stage.system.stats().dead_letters, 0u);
    });
}

}  // namespace greenroom
