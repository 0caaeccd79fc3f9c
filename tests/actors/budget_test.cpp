// A handler that only meets what is ready: it lets others run, and its actor takes nothing else.
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/semaphore.hpp>

#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using support::SystemStage;

class HandlerBudgetTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(HandlerBudgetTest);

struct Spin {
    Event& begun;
    detail::Atomic<bool>& done;
};
struct Touch {};
struct Touches {};

class Spinner : public Actor {
public:
    void on(const Spin& spin) {
        Semaphore ready{1};
        spin.begun.set();
        while (!spin.done.load(std::memory_order_acquire)) {
            ready.acquire();
            ready.release();
            ++calls_;
            EXPECT_EQ(touches_, 0) << "a message was handled inside of a handler";
        }
    }
    void on(const Touch&) { ++touches_; }
    int on(const Touches&) { return touches_; }

private:
    int calls_ = 0;
    int touches_ = 0;
};

struct Release {
    detail::Atomic<bool>& done;
};

class Other : public Actor {
public:
    void on(const Release& release) { release.done.store(true, std::memory_order_release); }
};

}  // namespace

TEST_P(HandlerBudgetTest, OtherActorsRunAndItsOwnMessagesWait) {
    play([](SystemStage& stage) {
        Event begun;
        detail::Atomic<bool> done{false};
        auto spinner = stage.system.spawn<Spinner>();
        auto other = stage.system.spawn<Other>();
        spinner.tell(Spin{begun, done});
        for (int i = 0; i < 3; ++i) spinner.tell(Touch{});
        begun.wait();
        other.tell(Release{done});
        EXPECT_EQ(spinner.ask(Touches{}), 3);
    });
}

TEST_P(HandlerBudgetTest, AKillEndsIt) {
    play([](SystemStage& stage) {
        Event begun;
        detail::Atomic<bool> never{false};
        auto spinner = stage.system.spawn<Spinner>();
        spinner.tell(Spin{begun, never});
        begun.wait();
        spinner.kill();
        EXPECT_THROW((void)spinner.ask(Touches{}), ActorStopped);
    });
}

}  // namespace greenroom
