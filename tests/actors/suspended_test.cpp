// An actor whose handler is suspended in an ask: what it does not handle meanwhile, and what
// reaches it all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::Each;
using testing::ElementsAre;

class SuspendedTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(SuspendedTest);

struct Ask {
    Event& begun;
};
struct Tick {};

// Notes what it handles, and asks another, with a timer and a watch that come meanwhile.
class Asking : public Actor {
public:
    Asking(Ref<Listener> slow, Ref<Listener> watched)
        : slow_{std::move(slow)}, watched_{std::move(watched)} {}

    void on(const Ask& ask) {
        watch(this, watched_);
        once_ = start_timer(this, 1ms, Tick{});
        notes_.emplace_back("asks");
        ask.begun.set();
        slow_.ask(Numbers{}, 1h);
        notes_.emplace_back("answered");
    }
    void on(Tick) { notes_.emplace_back("other"); }
    void on(const Down&) { notes_.emplace_back("other"); }
    void on(Number) { notes_.emplace_back("other"); }
    std::vector<std::string> on(Numbers) { return notes_; }

private:
    const Ref<Listener> slow_;
    const Ref<Listener> watched_;
    ActorTimer once_;
    std::vector<std::string> notes_;
};

// Its Listener is held, so that who asks it waits.
struct Slow {
    explicit Slow(SystemStage& stage) : listener{stage.system.spawn<Listener>()} {
        listener.tell(Hold{begun_, go_on_, &left_});
        begun_.wait();
    }
    ~Slow() {
        let_go();
        left_.wait();
    }
    Slow(const Slow&) = delete;
    Slow& operator=(const Slow&) = delete;
    void let_go() { go_on_.set(); }

    const Ref<Listener> listener;

private:
    Event begun_;
    Event go_on_;
    Event left_;
};

}  // namespace

TEST_P(SuspendedTest, InAnAskItHandlesNoMessageNoTimerAndNoDown) {
    play([](SystemStage& stage) {
        Event begun;
        Slow slow{stage};
        auto watched = stage.system.spawn<Listener>();
        auto asking = stage.system.spawn<Asking>(slow.listener, watched);
        asking.tell(Ask{begun});
        begun.wait();
        asking.tell(Number{1});
        watched.kill();
        support::until([&] { return stage.system.stats().actors == 2; });
        stage.run([] { sleep_for(10ms); });  // the timer has come as well
        slow.let_go();
        support::until([&] { return asking.ask(Numbers{}).size() == 5; });
        auto notes = asking.ask(Numbers{});
        const std::vector<std::string> first{notes.begin(), notes.begin() + 2};
        EXPECT_THAT(first, ElementsAre("asks", "answered"));
        notes.erase(notes.begin(), notes.begin() + 2);
        EXPECT_THAT(notes, Each("other"));
    });
}

TEST_P(SuspendedTest, InAnAskAStopLetsItFinishAndAKillEndsIt) {
    for (const bool kills : {false, true}) {
        play([kills](SystemStage& stage) {
            Event begun;
            Slow slow{stage};
            auto watched = stage.system.spawn<Listener>();
            auto asking = stage.system.spawn<Asking>(slow.listener, watched);
            auto asker = stage.spawn([&] { asking.ask(Ask{begun}, 1h); });
            begun.wait();
            kills ? asking.kill() : asking.stop();
            support::until([&] { return asking.has_ended(); });
            asking.tell(Number{1});
            EXPECT_EQ(stage.system.stats().dead_letters, 1u);
            if (kills) {
                EXPECT_THROW(asker.get(), ActorStopped);
            } else {
                slow.let_go();
                EXPECT_NO_THROW(asker.get());
            }
            support::until([&] { return stage.system.stats().actors == 2; });
        });
    }
}

}  // namespace greenroom
