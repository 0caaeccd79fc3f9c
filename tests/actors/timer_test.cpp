// An actor's timers, and messages that are told later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class TimerTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(TimerTest);
class TellLaterTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(TellLaterTest);

struct Tick {
    int number;
};
struct Own {
    std::unique_ptr<int> number;
};
struct Idle {};
struct Start {
    Duration delay;
};
struct StartAnew {
    Duration first;
    Duration then;
};
struct StartPeriodic {
    Duration period;
    int ticks;  // then it cancels itself
    MissedTicks missed = MissedTicks::skip;
};
struct StartIdle {
    Duration timeout;
};
struct StartAndBeLate {};
struct Cancel {};
struct Busy {
    Duration time;
};
struct Ticks {};
struct IsPending {};

Duration since(TimePoint then) { return Deadline::after(0ns).at() - then; }

class Clockmaker : public Actor {
public:
    void on(Start start) {
        begun_ = Deadline::after(0ns).at();
        timer_ = start_timer(this, start.delay, Tick{1});
    }
    void on(StartAnew start) {
        on(Start{start.first});
        on(Start{start.then});
    }
    void on(StartPeriodic start) {
        begun_ = Deadline::after(0ns).at();
        ticks_max_ = start.ticks;
        timer_ = start_periodic_timer(this, start.period, Tick{1}, start.missed);
    }
    void on(StartIdle start) {
        begun_ = Deadline::after(0ns).at();
        timer_ = start_idle_timer(this, start.timeout, Idle{});
    }
    void on(Tick) {
        ticks_.push_back(since(begun_));
        if (static_cast<int>(ticks_.size()) == ticks_max_) timer_.cancel();
    }
    void on(Idle) { ticks_.push_back(since(begun_)); }
    void on(StartAndBeLate) {
        timer_ = start_timer(this, 1ms, Tick{1});
        self(this).tell(Cancel{});
        sleep_for(10ms);  // meanwhile it comes into the mailbox, behind the other
    }
    void on(Cancel) { timer_.cancel(); }
    void on(Busy busy) { sleep_for(busy.time); }
    std::vector<Duration> on(Ticks) { return ticks_; }
    bool on(IsPending) { return timer_.is_pending(); }
    void on(Number) {}
    void on(Stop) { stop(); }

private:
    ActorTimer timer_;
    TimePoint begun_{};
    int ticks_max_ = 0;
    std::vector<Duration> ticks_;
};

std::vector<Duration> until_ticks(const Ref<Clockmaker>& actor, std::size_t count) {
    support::until([&] { return actor.ask(Ticks{}).size() >= count; });
    return actor.ask(Ticks{});
}

// Handles a message that cannot be copied when its time has come.
class Owner : public Actor {
public:
    explicit Owner(Promise<int> done) : done_{std::move(done)} {}
    void on_start() override { timer_ = start_timer(this, 1ms, Own{std::make_unique<int>(7)}); }
    void on(Own&& own) { done_.set(*own.number); }

private:
    Promise<int> done_;
    ActorTimer timer_;
};

}  // namespace

TEST_P(TimerTest, ComesOnceWhenItsTimeHasPassed) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn<Clockmaker>();
        EXPECT_FALSE(actor.ask(IsPending{}));
        actor.ask(Start{20ms});
        EXPECT_TRUE(actor.ask(IsPending{}));
        const std::vector<Duration> ticks = until_ticks(actor, 1);
        EXPECT_GE(ticks[0], 20ms);
        EXPECT_FALSE(actor.ask(IsPending{}));
    });
}

TEST_P(TimerTest, CarriesAMessageThatCannotBeCopied) {
    play([](SystemStage& stage) {
        Promise<int> done;
        Future<int> number = done.future();
        auto actor = stage.system.spawn<Owner>(std::move(done));
        EXPECT_EQ(number.get(), 7);
    });
}

TEST_P(TimerTest, APeriodicOneComesUntilItIsCancelled) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn<Clockmaker>();
        actor.ask(StartPeriodic{5ms, 3});
        const std::vector<Duration> ticks = until_ticks(actor, 3);
        EXPECT_GE(ticks[0], 5ms);
        EXPECT_GE(ticks[2], 15ms);
        EXPECT_FALSE(actor.ask(IsPending{}));
        stage.run([] { sleep_for(20ms); });
        EXPECT_EQ(actor.ask(Ticks{}).size(), 3u);
    });
}

TEST_P(TimerTest, TicksThatAnActorWasTooLateForAreSkippedOrComeInABurst) {
    for (const MissedTicks missed : {MissedTicks::skip, MissedTicks::burst, MissedTicks::delay}) {
        play([missed](SystemStage& stage) {
            auto actor = stage.system.spawn<Clockmaker>();
            actor.tell(StartPeriodic{10ms, 4, missed});
            actor.tell(Busy{35ms});
            const std::vector<Duration> ticks = until_ticks(actor, 4);
            ASSERT_EQ(ticks.size(), 4u);
            EXPECT_GE(ticks[0], 35ms);
            if (missed == MissedTicks::skip) {
                EXPECT_GE(ticks[1], 40ms);
            }
            if (missed == MissedTicks::skip) {
                EXPECT_GE(ticks[3], 60ms);
            }
            if (missed == MissedTicks::delay) {
                EXPECT_GE(ticks[1], 45ms);
            }
            if (missed == MissedTicks::burst && stage.simulated) {
                EXPECT_LE(ticks[2], 45ms);
            }
        });
    }
}

TEST_P(TimerTest, OneThatIsCancelledNeverComesNotEvenFromTheMailbox) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn<Clockmaker>();
        actor.ask(StartAndBeLate{});
        EXPECT_TRUE(actor.ask(Ticks{}).empty());
        stage.run([] { sleep_for(10ms); });
        EXPECT_TRUE(actor.ask(Ticks{}).empty());
    });
}

TEST_P(TimerTest, StartedAnewItReplacesTheOldOne) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn<Clockmaker>();
        actor.tell(StartAnew{1ms, 30ms});
        const std::vector<Duration> ticks = until_ticks(actor, 1);
        EXPECT_GE(ticks[0], 30ms);
    });
}

TEST_P(TimerTest, AnIdleOneComesOnlyWithoutMessagesAndAgain) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;  // a machine may be held up for longer than the timeout
        auto actor = stage.system.spawn<Clockmaker>();
        actor.ask(StartIdle{50ms});
        stage.run([&] {
            for (int i = 0; i < 5; ++i) {
                sleep_for(30ms);
                actor.tell(Number{i});
            }
        });
        EXPECT_TRUE(actor.ask(Ticks{}).empty());
        stage.run([] { sleep_for(120ms); });
        const std::vector<Duration> ticks = actor.ask(Ticks{});
        ASSERT_EQ(ticks.size(), 2u);
        EXPECT_GE(ticks[0], 200ms);
        EXPECT_GE(ticks[1] - ticks[0], 50ms);
    });
}

TEST_P(TimerTest, GoesWithItsActor) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn<Clockmaker>();
        actor.tell(StartPeriodic{1ms, 1'000'000});
        (void)until_ticks(actor, 1);
        actor.tell(Stop{});
        support::until([&] { return stage.system.stats().actors == 0; });
        stage.run([] { sleep_for(5ms); });
        EXPECT_EQ(stage.system.stats().dead_letters, 0u);
    });
}

TEST_P(TimerTest, PassesTheBoundOfTheMailbox) {
    play([](SystemStage& stage) {
        ActorOptions narrow;
        narrow.mailbox = {.bound = 1, .when_full = WhenFull::fail};
        auto actor = stage.system.spawn_with<Clockmaker>(narrow);
        actor.ask(Start{1ms});
        support::until([&] { return actor.try_tell(Busy{20ms}) == Sent::sent; });
        support::until([&] { return actor.try_tell(Busy{0ms}) == Sent::sent; });
        stage.run([] { sleep_for(10ms); });  // full, it comes due
        support::until([&] {
            try {
                return actor.ask(Ticks{}).size() == 1;
            } catch (const MailboxFull&) {
                return false;
            }
        });
    });
}

// It comes into the mailbox before or behind the message that cancels it, or is cancelled while it
// waits, or as it comes due. Once it is cancelled, its message does not come.
TEST_P(TimerTest, ACancellationThatRacesWithItHasOneOutcome) {
    struct Outcomes {
        int came = 0;
        int never = 0;
    } outcomes;
    class Racer : public Actor {
    public:
        explicit Racer(Outcomes& outcomes) : outcomes_{outcomes} {}
        void on(Number number) {
            EXPECT_FALSE(is_running_);
            is_running_ = true;
            has_come_ = false;
            timer_ = start_timer(this, (number.value % 3) * 1ms, Tick{0});
            if (number.value % 2 == 0) self(this).tell(Cancel{});
            sleep_for((number.value % 4) * 1ms);
            if (number.value % 2 != 0) self(this).tell(Cancel{});
        }
        void on(Tick) {
            EXPECT_TRUE(is_running_);
            has_come_ = true;
        }
        void on(Cancel) {
            timer_.cancel();
            is_running_ = false;
            ++(has_come_ ? outcomes_.came : outcomes_.never);
        }
        void on(Ticks) {}

    private:
        Outcomes& outcomes_;
        ActorTimer timer_;
        bool is_running_ = false;
        bool has_come_ = false;
    };
    play([&](SystemStage& stage) {
        auto actor = stage.system.spawn<Racer>(outcomes);
        for (int i = 0; i < stage.times(200); ++i) {
            actor.ask(Number{i});
            actor.ask(Ticks{});
        }
    });
    EXPECT_GT(outcomes.came, 0);
    EXPECT_GT(outcomes.never, 0);
}

TEST_P(TellLaterTest, TellsWhenTheTimeHasPassed) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        const Ref<Protocol<void(Number)>> numbers = listener;
        stage.run([&] {
            const TimePoint now = Deadline::after(0ns).at();
            (void)listener.tell_later(20ms, Number{3});
            (void)numbers.tell_later(10ms, Number{2});
            (void)listener.tell_at(now, Number{1});
            while (listener.ask(Numbers{}).size() < 3) sleep_for(1ms);
            EXPECT_GE(since(now), 20ms);
        });
        const std::vector<int> came = listener.ask(Numbers{});
        EXPECT_THAT(came, UnorderedElementsAre(1, 2, 3));
        // Of two that fall due in one look the other worker may begin the later one.
        if (stage.simulated || stage.system.runtime().stats().workers.size() == 1) {
            EXPECT_THAT(came, ElementsAre(1, 2, 3));
        }
    });
}

TEST_P(TellLaterTest, OneThatIsCancelledDoesNotCome) {
    play([](SystemStage& stage) {
        bool is_cancelled = false;
        for (Duration delay = 10ms; !is_cancelled && delay < 10s; delay *= 4) {
            auto listener = stage.system.spawn<Listener>();
            stage.run([&] {
                TimerHandle handle = listener.tell_later(delay, Number{1});
                is_cancelled = handle.cancel();  // not if the machine held us up for so long
                if (is_cancelled) sleep_for(2 * delay);
            });
            EXPECT_TRUE(!is_cancelled || listener.ask(Numbers{}).empty());
            EXPECT_TRUE(is_cancelled || !stage.simulated);
        }
        EXPECT_TRUE(is_cancelled);
    });
}

TEST_P(TellLaterTest, PassesTheBoundAndIsADeadLetterForOneThatHasEnded) {
    play([](SystemStage& stage) {
        Event begun;
        Event go_on;
        ActorOptions options;
        options.mailbox = {.bound = 1, .when_full = WhenFull::fail};
        auto listener = stage.system.spawn_with<Listener>(options);
        listener.tell(Hold{begun, go_on});
        begun.wait();
        listener.tell(Number{1});
        stage.run([&] {
            (void)listener.tell_later(1ms, Number{2});
            sleep_for(5ms);
        });
        go_on.set();
        support::until(
            [&] { return stage.run([&] { return listener.try_tell(Stop{}); }) == Sent::sent; });
        support::until([&] { return listener.has_ended(); });
        const std::uint64_t before = stage.system.stats().dead_letters;
        stage.run([&] { (void)listener.tell_later(1ms, Number{3}); });
        support::until([&] { return stage.system.stats().dead_letters == before + 1; });
    });
}

TEST_P(TellLaterTest, APlainThreadUsesTheRuntimeOfTheReceiver) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        (void)listener.tell_later(1ms, Number{1});
        TimerHandle never = listener.tell_later(1h, Number{2});
        support::until([&] { return listener.ask(Numbers{}).size() == 1; });
        EXPECT_TRUE(never.cancel());
    });
}

}  // namespace greenroom
