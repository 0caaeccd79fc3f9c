// Bounded mailboxes, of which a turn tells those who wait for room a portion at a time: they hear
// of all there is before the turn ends or its handler waits, and never stand beside free room while
// somebody waits for them.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/task_group.hpp>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class BoundedPortionsTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(BoundedPortionsTest);

constexpr std::size_t bound = 64;  // much more than a test makes room for
// Not told of: that comes as a signal, and with one a turn serves who waits with each message.
constexpr ActorOptions bounded{.mailbox = {.bound = bound, .overload_at = 0}};

// What a handler does.
struct Do {
    std::function<void()> what;
};
class Doer : public Actor {
public:
    void on(Number) {}
    int on(const Do& message) {
        message.what();
        return 0;
    }
};

// A doer with a full mailbox, held in its handler. Let go, it takes the rest as one batch: two
// messages, then the one that does `what`, and more. With the first it serves those in line anyway:
// what matters is whether the second of them gets in.
class Crowded {
public:
    Crowded(System& system, Ref<Doer> its_doer, std::function<void()> what)
        : system_{system}, doer{std::move(its_doer)} {
        doer.tell(Do{[this] {
            begun_.set();
            go_on_.wait();
        }});
        begun_.wait();
        doer.tell(Number{1});
        doer.tell(Number{2});
        doer.tell(Do{std::move(what)});
        for (std::size_t i = 3; i < bound; ++i) doer.tell(Number{1});
        first_ = spawn(system.runtime(), [this] { doer.tell(Number{1}); });
        until_in_line(1);
    }
    Crowded(System& system, std::function<void()> what)
        : Crowded{system, system.spawn_with<Doer>(bounded), std::move(what)} {}
    Crowded(const Crowded&) = delete;
    Crowded& operator=(const Crowded&) = delete;

    // On a plain thread.
    void until_in_line(std::uint64_t senders) {
        support::until([&] { return system_.stats().room_waits == senders; });
    }
    void let_go() { go_on_.set(); }
    // While another waits as the second in line; until that one is in.
    void let_go_beside_a_second() {
        auto second = spawn(system_.runtime(), [this] { doer.tell(Number{1}); });
        until_in_line(2);
        let_go();
        second.get();
    }
    // Until it has handled all.
    void await() {
        EXPECT_EQ(doer.ask(Do{[] {}}), 0);
    }

private:
    System& system_;
    Event begun_;
    Event go_on_;

public:
    const Ref<Doer> doer;

private:
    Task<void> first_;  // in line
};

}  // namespace

TEST_P(BoundedPortionsTest, WhoWaitsGetsInBeforeAHandlerOfTheTurnIsSuspended) {
    play([](SystemStage& stage) {
        Event done;
        Crowded crowd{stage.system, [&] { done.wait(); }};
        crowd.let_go_beside_a_second();
        EXPECT_LE(crowd.doer.queued(), bound);
        done.set();
        crowd.await();
    });
}

TEST_P(BoundedPortionsTest, WhoWaitsGetsInBeforeAHandlerOfTheTurnYields) {
    play([](SystemStage& stage) {
        std::atomic<bool> is_in{false};
        Crowded crowd{stage.system, [&] {
                          while (!is_in.load()) yield();
                      }};
        auto sender = stage.spawn([&] {
            crowd.doer.tell(Number{1});
            is_in.store(true);
        });
        crowd.until_in_line(2);
        crowd.let_go();
        sender.get();
        crowd.await();
    });
}

TEST_P(BoundedPortionsTest, WhoWaitsGetsInThoughTheReceiverHasFailedAndIsToBeMadeAnewLater) {
    SystemOptions options;
    options.supervision.backoff = {.first = 1h, .max = 1h};
    play(
        [](SystemStage& stage) {
            const support::LogLines log;
            const auto doer = stage.system.supervise([] { return Doer{}; }, {.actor = bounded});
            Crowded crowd{stage.system, doer, [] { throw std::runtime_error("no luck"); }};
            crowd.let_go_beside_a_second();
            support::until(
                [&] { return stage.system.inspect(doer).state == ActorState::restarting; });
            (void)stage.system.stop(StopPolicy::now, Deadline::after(10s));
        },
        options);
}

// Property  Who may not wait finds no full mailbox where there is room, and overtakes nobody.
TEST_P(BoundedPortionsTest, AnActorMayTellItselfWhereItHasMadeRoomForTwo) {
    play([](SystemStage& stage) {
        std::optional<Ref<Doer>> self;
        Crowded crowd{stage.system, [&] { self->tell(Number{1}); }};
        self = crowd.doer;
        crowd.let_go_beside_a_second();
        crowd.await();
        EXPECT_EQ(stage.system.stats().refused, 0U);
        EXPECT_EQ(stage.system.stats().failures, 0U);
    });
}

TEST_P(BoundedPortionsTest, WhoTriesFindsNoFullMailboxWhereRoomIsHeldBack) {
    play([](SystemStage& stage) {
        Sent sent = Sent::stopped;
        std::optional<Ref<Doer>> self;
        Crowded crowd{stage.system, [&] { sent = self->try_tell(Number{1}); }};
        self = crowd.doer;
        crowd.let_go_beside_a_second();
        crowd.await();
        EXPECT_EQ(sent, Sent::sent);
    });
}

// Property  Nobody stands in a circle for want of room that there is.
TEST_P(BoundedPortionsTest, AHandlerThatAsksWhoWaitsForRoomClosesNoCircle) {
    play([](SystemStage& stage) {
        const auto other = stage.system.spawn<Doer>();
        std::atomic<int> answered{0};
        Crowded crowd{stage.system, [&] { other.ask(Do{[&] { ++answered; }}); }};
        other.tell(Do{[&] { crowd.doer.tell(Number{1}); }});
        crowd.until_in_line(2);
        crowd.let_go();
        crowd.await();
        EXPECT_EQ(answered.load(), 1);
        EXPECT_EQ(stage.system.stats().failures, 0U);
    });
}

// Property  The same of tasks that it waits for: they ask on another worker before it is suspended.
TEST(BoundedPortionsOnThreadsTest, AHandlerThatJoinsTasksWhichAskWhoWaitsForRoomClosesNoCircle) {
    int early = 0;
    for (int round = 0; round < 100; ++round) {
        SystemOptions options;
        options.runtime.workers = 2;
        System system{options};
        const auto other = system.spawn<Doer>();
        std::atomic<int> asking{0};
        Crowded crowd{system, [&] {
                          TaskGroup<void> tasks{parallel};
                          for (int i = 0; i < 8; ++i) {
                              tasks.spawn([&] {
                                  ++asking;
                                  other.ask(Do{[] {}});
                              });
                          }
                          for (int i = 0; i < 100'000 && asking == 0; ++i)
                              std::this_thread::yield();
                          if (asking > 0) ++early;
                          tasks.join();
                      }};
        other.tell(Do{[&] { crowd.doer.tell(Number{1}); }});
        crowd.until_in_line(2);
        crowd.let_go();
        crowd.await();
        EXPECT_EQ(system.stats().failures, 0U);
    }
    EXPECT_GT(early, 10);
}

// By the monitor, and where there is none, nothing is held back.
TEST(BoundedPortionsOnThreadsTest, WhoWaitsGetsInThoughAHandlerBlocksTheThreadOfItsCaller) {
    SystemOptions options;
    options.runtime.driven_by = DrivenBy::caller;
    System system{options};
    std::atomic<bool> is_in{false};
    const auto doer = system.spawn_with<Doer>(bounded);
    doer.tell(Number{1});
    doer.tell(Number{2});
    doer.tell(Do{[&] {
        while (!is_in.load()) std::this_thread::yield();
    }});
    for (std::size_t i = 3; i < bound; ++i) doer.tell(Number{1});
    std::thread first{[&] { doer.tell(Number{1}); }};
    std::thread second{[&] { doer.tell(Number{1}); }};
    while (system.stats().room_waits < 2) std::this_thread::yield();
    std::thread third{[&] {
        first.join();
        second.join();
        is_in.store(true);
    }};
    system.runtime().run_until_idle();
    third.join();
    EXPECT_EQ(system.stats().dead_letters, 0U);
}

// By the monitor. The sender is no fiber: its worker might be the one that is blocked.
TEST(BoundedPortionsOnThreadsTest, WhoWaitsGetsInThoughAHandlerOfTheTurnBlocksItsThread) {
    SystemOptions options;
    options.runtime.workers = 2;
    System system{options};
    std::atomic<bool> is_in{false};
    Crowded crowd{system, [&] {
                      while (!is_in.load()) std::this_thread::yield();
                  }};
    std::thread sender{[&] {
        crowd.doer.tell(Number{1});
        is_in.store(true);
    }};
    crowd.until_in_line(2);
    crowd.let_go();
    sender.join();
    crowd.await();
}

}  // namespace greenroom
