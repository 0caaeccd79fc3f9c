// Stopping: who is stopped, killed or drained, and what the last words are.
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"
#include "system_core.hpp"
#include "waiter.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using support::with_grace;

class StopTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(StopTest);

constexpr Duration short_grace = 3ms;

}  // namespace

TEST_P(StopTest, WithinTheGraceTheHandlerFinishes) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        Event begun;
        Event go_on;
        Event left;
        auto asker = stage.spawn([&] { listener.ask(Hold{begun, go_on, &left}, 1h); });
        begun.wait();
        listener.stop();
        support::until([&] { return listener.has_ended(); });
        go_on.set();
        EXPECT_NO_THROW(asker.get());
    });
}

TEST_P(StopTest, ATellAfterItIsADeadLetter) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        listener.stop();
        support::until([&] { return listener.has_ended(); });
        listener.tell(Number{1});
        listener.tell(Number{2});
        EXPECT_EQ(stage.system.stats().dead_letters, 2U);
    });
}

TEST_P(StopTest, AnActorThatStopsItselfLeavesTheRestUnhandled) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        Event begun;
        Event go_on;
        listener.tell(Hold{begun, go_on});
        begun.wait();
        listener.tell(Number{1});
        listener.tell(Stop{});
        listener.tell(Number{2});
        listener.tell(Number{3});
        go_on.set();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(stage.system.stats().dead_letters, 2U);
    });
}

// Swallows the first cancellation.
class Stubborn : public Actor {
public:
    explicit Stubborn(Record& record) : record_{record} {}
    void on(Wait) {
        for (int i = 0; i < 3; ++i) {
            try {
                sleep_for(10h);
            } catch (const Cancelled&) {
                record_.cancelled.fetch_add(1);
            }
        }
    }

private:
    Record& record_;
};

TEST_P(StopTest, AKillIsHeardAtEachSuspensionPoint) {
    play([](SystemStage& stage) {
        Record record;
        auto stubborn = stage.system.spawn<Stubborn>(record);
        stubborn.tell(Wait{});
        stage.until_waiting("sleep", 1);
        stubborn.kill();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(record.cancelled.load(), 3);
    });
}

// Waits in its hook.
class SlowToGo : public Actor {
public:
    SlowToGo(Record& record, Duration needs) : record_{record}, needs_{needs} {}
    void on_stop(const ExitReason&) override {
        sleep_for(needs_);
        record_.stopped.fetch_add(1);
    }

private:
    Record& record_;
    const Duration needs_;
};

TEST_P(StopTest, TheHookMayWaitWithinTheGrace) {
    play([](SystemStage& stage) {
        Record record;
        stage.system.spawn<SlowToGo>(record, 2ms).stop();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(record.stopped.load(), 1);
    });
}

TEST_P(StopTest, TheHookIsCancelledPastTheGrace) {
    play(
        [](SystemStage& stage) {
            const support::LogLines log;
            Record record;
            stage.system.spawn<SlowToGo>(record, 10h).stop();
            support::until([&] { return stage.system.stats().actors == 0; });
            EXPECT_EQ(record.stopped.load(), 0);
            EXPECT_TRUE(log.contain("on_stop was cancelled"));
        },
        with_grace(short_grace));
}

TEST_P(StopTest, AKillLeavesTheHookNoGrace) {
    play(
        [](SystemStage& stage) {
            const support::LogLines log;
            Record record;
            const TimePoint before = Deadline::after(0s).at();
            stage.system.spawn<SlowToGo>(record, 1'000h).kill();
            support::until([&] { return stage.system.stats().actors == 0; });
            EXPECT_EQ(record.stopped.load(), 0);
            EXPECT_LT(Deadline::after(0s).at() - before, 1h);
        },
        with_grace(500h));
}

TEST_P(StopTest, DrainedItHandlesWhatIsQueuedFirst) {
    play([](SystemStage& stage) {
        Record record;
        class Drained : public Actor {
        public:
            explicit Drained(Record& its_record) : record_{its_record} {}
            void on(Number) {
                yield();
                record_.unwound.fetch_add(1);
            }

        private:
            Record& record_;
        };
        auto drained = stage.system.spawn<Drained>(record);
        for (int i = 0; i < 20; ++i) drained.tell(Number{i});
        drained.stop_when_drained();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(record.unwound.load(), 20);
        drained.tell(Number{1});
        EXPECT_EQ(stage.system.stats().dead_letters, 1U);
    });
}

TEST_P(StopTest, DrainedInTimeItIsForgottenAtOnce) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        listener.tell(Number{1});
        listener.stop_when_drained();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(listener.cell()->system().reaper.size(), 0U)
            << "its memory is kept for its grace";
    });
}

TEST_P(StopTest, DrainedItIsCancelledWhereItWaitsPastTheGrace) {
    play(
        [](SystemStage& stage) {
            Record record;
            Vain vain;
            auto waiter = stage.system.spawn<Waiter>(record, vain, Ref<Listener>{});
            waiter.tell(Wait{"sleep"});
            stage.until_waiting("sleep", 1);
            waiter.stop_when_drained();
            support::until([&] { return stage.system.stats().actors == 0; });
            EXPECT_EQ(record.cancelled.load(), 1);
        },
        with_grace(short_grace));
}

// Always has one more message for itself, and never waits.
class Endless : public Actor {
public:
    void on(Number number) {
        // Time goes on under simulation where threads are switched.
        if (SimulatedMachine* const machine = this_machine()) machine->point();
        self(this).tell(Number{number.value + 1});
    }
};

TEST_P(StopTest, DrainedItStopsPastTheGraceThoughItIsNeverEmpty) {
    play(
        [](SystemStage& stage) {
            auto endless = stage.system.spawn<Endless>();
            endless.tell(Number{0});
            endless.stop_when_drained();
            support::until([&] { return stage.system.stats().actors == 0; });
        },
        with_grace(short_grace), 5);
}

// A message whose end waits, as one that holds a task does.
struct SlowToEnd {
    ~SlowToEnd() {
        if (record == nullptr) return;
        yield();
        record->destroyed.fetch_add(1);
    }
    SlowToEnd(Record& its_record) : record{&its_record} {}  // NOLINT: a message
    SlowToEnd(SlowToEnd&& other) noexcept : record{std::exchange(other.record, nullptr)} {}
    Record* record;
};

class Heap : public Listener {
public:
    using Listener::on;
    void on(const SlowToEnd&) {}
};

TEST_P(StopTest, DestructorsOfQueuedMessagesMayWait) {
    play([](SystemStage& stage) {
        Record record;
        for (bool kills : {false, true}) {
            Event begun;
            Event go_on;
            Event left;
            auto heap = stage.system.spawn<Heap>();
            heap.tell(Hold{begun, go_on, &left});
            begun.wait();
            heap.tell(SlowToEnd{record});
            auto asker = stage.spawn([&] { heap.ask(SlowToEnd{record}, 1h); });
            stage.until_waiting("ask", 1);
            kills ? heap.kill() : heap.stop();
            EXPECT_THROW(asker.get(), ActorStopped) << "at once, with the handler still suspended";
            go_on.set();
            left.wait();
        }
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(record.destroyed.load(), 4);
    });
}

TEST_P(StopTest, AnExceptionFromTheHookIsLoggedAndTheEndGoesOn) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        class Loud : public Actor {
        public:
            void on_stop(const ExitReason&) override { throw std::runtime_error("last words"); }
        };
        auto loud = stage.system.spawn<Loud>();
        auto watcher = stage.system.spawn<Watcher>(loud);
        loud.stop();
        support::until([&] { return !watcher.ask(Downs{}).empty(); });
        EXPECT_TRUE(log.contain("last words"));
        EXPECT_EQ(watcher.ask(Downs{})[0].reason.kind, ExitKind::stopped);
    });
}

TEST_P(StopTest, AnExceptionFromTheStartIsAFailureAndNoMessageIsHandled) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        class Stillborn : public Listener {
        public:
            void on_start() override { throw std::runtime_error("no start"); }
        };
        auto stillborn = stage.system.spawn<Stillborn>();
        stillborn.tell(Number{1});
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_TRUE(log.contain("no start"));
        EXPECT_EQ(stage.system.stats().failures, 1U);
        EXPECT_EQ(stage.system.stats().dead_letters, 1U);
    });
}

// Property  However many stop, kill and drain at once, it ends once.
TEST_P(StopTest, ManyEndsAtOnceAreOneEnd) {
    play([](SystemStage& stage) {
        Record record;
        Vain vain;
        const int rounds = stage.times(200);
        for (int round = 0; round < rounds; ++round) {
            auto waiter = stage.system.spawn<Waiter>(record, vain, Ref<Listener>{});
            waiter.tell(Wait{"event"});
            std::vector<Task<void>> enders;
            for (int i = 0; i < 3; ++i) {
                enders.push_back(stage.spawn([waiter, i] {
                    if (i == 0) waiter.stop();
                    if (i == 1) waiter.kill();
                    if (i == 2) waiter.stop_when_drained();
                }));
            }
            for (Task<void>& ender : enders) ender.get();
        }
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(record.stopped.load(), rounds);
        EXPECT_EQ(record.destroyed.load(), rounds);
    });
}

}  // namespace greenroom
