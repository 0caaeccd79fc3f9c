// Where and when an actor runs: on another runtime than its system's, and not before it must.
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/core/cpu_group.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/runtime.hpp>
#include <set>
#include <stdexcept>
#include <thread>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

struct WhichThread {};
struct Tick {};
struct StartTimer {
    Event& came;
};
struct AskOther {
    Ref<Protocol<std::thread::id(WhichThread)>> other;
};

class Placed : public Actor {
public:
    std::thread::id on(WhichThread) { return std::this_thread::get_id(); }
    std::thread::id on(const AskOther& ask) { return ask.other.ask(WhichThread{}); }
    void on(const StartTimer& start) {
        came_ = &start.came;
        timer_ = start_timer(this, 1ms, Tick{});
    }
    void on(Tick) { came_->set(); }
    void on(Fail) { throw std::runtime_error("no luck"); }
    void on(Stop) { stop(); }

private:
    Event* came_ = nullptr;
    ActorTimer timer_;
};

ActorOptions on(Runtime& runtime) {
    ActorOptions options;
    options.runtime = &runtime;
    return options;
}

SystemOptions two_workers() {
    SystemOptions options;
    options.runtime.workers = 2;
    return options;
}

}  // namespace

TEST(PlacementTest, OnARuntimeOfOneWorkerAnActorHasAThreadOfItsOwn) {
    Runtime own{{.workers = 1}};
    System system{two_workers()};
    auto detached = system.spawn_with<Placed>(on(own));
    auto other = system.spawn<Placed>();
    const std::thread::id its_own = detached.ask(WhichThread{});
    std::set<std::thread::id> seen;
    for (int i = 0; i < 100; ++i) seen.insert(detached.ask(WhichThread{}));
    EXPECT_EQ(seen, std::set{its_own});
    EXPECT_NE(other.ask(WhichThread{}), its_own);
    EXPECT_EQ(other.ask(AskOther{detached}), its_own);
    EXPECT_NE(detached.ask(AskOther{other}), its_own);
}

TEST(PlacementTest, TimersRestartsWatchersAndStopsWorkThereAsEverywhere) {
    CpuGroup group{1};
    System system{two_workers()};
    auto detached = system.supervise([] { return Placed{}; },
                                     {.restart = Restart::transient, .actor = on(group.runtime())});
    auto watcher = system.spawn<Watcher>(Ref<Actor>{detached});
    Event came;
    detached.ask(StartTimer{came});
    came.wait();
    const std::thread::id before = detached.ask(WhichThread{});
    detached.tell(Fail{});
    EXPECT_EQ(detached.ask(WhichThread{}), before);
    EXPECT_TRUE(watcher.ask(Downs{}).empty());
    detached.tell(Stop{});
    support::until([&] { return watcher.ask(Downs{}).size() == 1; });
    EXPECT_TRUE(system.stop(StopPolicy::drain, Deadline::after(1min)).clean);
}

class LazyStartTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(LazyStartTest);

TEST_P(LazyStartTest, TheHookWaitsForTheFirstMessage) {
    class Lazy : public Actor {
    public:
        Lazy(std::atomic<int>& starts, std::atomic<int>& stops) : starts_{starts}, stops_{stops} {}
        void on_start() override { ++starts_; }
        void on_stop(const ExitReason&) override { ++stops_; }
        int on(Numbers) { return starts_; }

    private:
        std::atomic<int>& starts_;
        std::atomic<int>& stops_;
    };
    play([](SystemStage& stage) {
        ActorOptions lazily;
        lazily.lazy_start = true;
        std::atomic<int> starts{0};
        std::atomic<int> stops{0};
        auto lazy = stage.system.spawn_with<Lazy>(lazily, starts, stops);
        auto never = stage.system.spawn_with<Lazy>(lazily, starts, stops);
        auto eager = stage.system.spawn<Lazy>(starts, stops);
        eager.ask(Numbers{});
        EXPECT_EQ(starts, 1);
        EXPECT_EQ(lazy.ask(Numbers{}), 2);
        EXPECT_EQ(lazy.ask(Numbers{}), 2);
        (void)stage.system.stop(StopPolicy::drain, Deadline::after(1min));
        EXPECT_EQ(starts, 2);
        EXPECT_EQ(stops, 2);
    });
}

}  // namespace greenroom
