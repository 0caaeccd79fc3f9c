// Bounded mailboxes, of which a turn takes all at once: each message makes room when it is handled.
#include <gtest/gtest.h>

#include <algorithm>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/fields.hpp>
#include <greenroom/core/semaphore.hpp>
#include <numeric>
#include <vector>

#include "cast.hpp"
#include "full.hpp"
#include "held.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class BoundedBatchTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(BoundedBatchTest);

using Values = std::vector<int>;
constexpr const char* room = "room in a mailbox";

Values one_to(int last) {
    Values values(static_cast<std::size_t>(last));
    std::iota(values.begin(), values.end(), 1);
    return values;
}

Ref<Listener> listener_of(SystemStage& stage, std::size_t bound) {
    return stage.system.spawn_with<Listener>({.mailbox = {bound, WhenFull::suspend_sender}});
}

}  // namespace

TEST_P(BoundedBatchTest, WhatIsHandledMakesRoomThoughTheRestOfItsBatchIsNot) {
    play([](SystemStage& stage) {
        const Ref<Listener> listener = listener_of(stage, 4);
        Held first{listener};
        first.await();
        listener.tell(Number{1});
        Held second{listener};
        listener.tell(Number{2});
        listener.tell(Number{3});
        EXPECT_EQ(listener.try_tell(Number{9}), Sent::full);
        first.let_go();
        second.await();
        EXPECT_EQ(listener.queued(), 2U);
        EXPECT_EQ(listener.try_tell(Number{4}), Sent::sent);
        EXPECT_EQ(listener.try_tell(Number{5}), Sent::sent);
        EXPECT_EQ(listener.try_tell(Number{9}), Sent::full);
        auto sender = stage.spawn([&] { listener.tell(Number{6}); });
        stage.until_waiting(room, 1);
        second.let_go();
        sender.get();
        EXPECT_EQ(listener.ask(Numbers{}), one_to(6));
    });
}

TEST_P(BoundedBatchTest, WhoWaitsGetsInThoughTheHandlerOfWhatMadeTheRoomIsSuspended) {
    play([](SystemStage& stage) {
        const Ref<Listener> listener = listener_of(stage, 3);
        Held first{listener};
        first.await();
        Held second{listener};
        Held third{listener};
        listener.tell(Number{1});
        auto sender = stage.spawn([&] { listener.tell(Number{2}); });
        stage.until_waiting(room, 1);
        first.let_go();
        second.await();
        sender.get();
        EXPECT_EQ(listener.queued(), 3U);
        auto later = stage.spawn([&] { listener.tell(Number{3}); });
        stage.until_waiting(room, 1);
        second.let_go();
        third.await();
        later.get();
        EXPECT_EQ(listener.queued(), 3U);
        third.let_go();
        EXPECT_EQ(listener.ask(Numbers{}), one_to(3));
    });
}

namespace {

struct Told {
    int number;
};

// Goes on with a message only when the mailbox is full again behind it.
class Slow : public Actor {
public:
    Slow(int bound, int count, Semaphore& told) : bound_{bound}, count_{count}, told_{told} {}
    int on(Told told) {
        if (told.number != ++last_) ++disorder_;
        const int wanted = std::min(told.number + bound_, count_);
        for (; seen_ < wanted; ++seen_) told_.acquire();
        return disorder_;
    }

private:
    const int bound_;
    const int count_;
    Semaphore& told_;
    int last_ = 0;
    int seen_ = 0;
    int disorder_ = 0;
};

struct Outcomes {
    int at_once = 0;
    int full = 0;
};

void fill_slow(SystemStage& stage, int bound, Outcomes& outcomes) {
    const int count = 3 * bound + 2;
    Semaphore told{0};
    const ActorOptions options{
        .mailbox = {static_cast<std::size_t>(bound), WhenFull::suspend_sender}};
    const auto slow = stage.system.spawn_with<Slow>(options, bound, count + 1, told);
    for (int i = 1; i <= count; ++i) {
        if (slow.try_tell(Told{i}) == Sent::sent) {
            ++outcomes.at_once;
        } else {
            ++outcomes.full;
            slow.tell(Told{i});
        }
        told.release();
    }
    told.release();
    EXPECT_EQ(slow.ask(Told{count + 1}), 0);
}

}  // namespace

// Property  A sender goes on as soon as there is room, at whatever moment it found none: else the
//           handler, which waits for that, is never done.
// A mailbox that is always full is served with the lock from then on: hence a new one each time.
TEST_P(BoundedBatchTest, ASenderThatFindsNoRoomAndATurnThatMakesSomeMeet) {
    play([](SystemStage& stage) {
        Outcomes outcomes;
        const int rounds = stage.times(200);
        const auto send = [&] {
            for (int i = 0; i < rounds; ++i) {
                for (const int bound : {1, 2, 5, 20}) fill_slow(stage, bound, outcomes);
            }
        };
        stage.spawn(send).get();
        stage.thread(send).reset();
        EXPECT_GT(outcomes.at_once, rounds);
        EXPECT_GT(outcomes.full, rounds);
    });
}

TEST_P(BoundedBatchTest, AnActorThatStopsInTheMiddleOfABatchLeavesTheRestAsDeadLetters) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        const Ref<Listener> listener = listener_of(stage, 4);
        Held first{listener};
        first.await();
        Held second{listener};
        for (int i = 1; i <= 3; ++i) listener.tell(Number{i});
        first.let_go();
        second.await();
        listener.tell(Number{4});
        auto sender = stage.spawn([&] { listener.tell(Number{5}); });
        auto asker = stage.spawn([&] { return listener.ask(Numbers{}, 1h); });
        stage.until_waiting(room, 1);
        stage.until_waiting("ask", 1);
        listener.stop();
        sender.get();
        EXPECT_THROW(asker.get(), ActorStopped);
        second.let_go();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(stage.system.stats().dead_letters, 6U);
    });
}

// More than what has its place in an array: see MessageSlots.
TEST_P(BoundedBatchTest, ALongQueueKeepsItsOrder) {
    play([](SystemStage& stage) {
        for (const std::size_t bound : {8U, 9U, 256U, 257U, 1'000U}) {
            Full full{stage, bound, WhenFull::suspend_sender};
            const int last = static_cast<int>(bound);
            EXPECT_EQ(full.listener.try_tell(Number{9}), Sent::full);
            EXPECT_EQ(full.numbers(), one_to(last));
            Held held{full.listener};
            held.await();
            for (int i = 1; i <= last; ++i) full.listener.tell(Number{last + i});
            EXPECT_EQ(full.listener.try_tell(Number{9}), Sent::full);
            held.let_go();
            EXPECT_EQ(full.listener.ask(Numbers{}), one_to(2 * last));
        }
    });
}

TEST_P(BoundedBatchTest, AnActorThatStopsInTheMiddleOfALongQueueLosesNoneUncounted) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        for (const int at : {1, 100, 400}) {
            const Ref<Listener> listener = listener_of(stage, 600);
            const std::uint64_t before = stage.system.stats().dead_letters;
            Held first{listener};
            first.await();
            for (int i = 1; i < at; ++i) listener.tell(Number{i});
            Held second{listener};
            for (int i = at; i < 600; ++i) listener.tell(Number{i});
            first.let_go();
            second.await();
            for (int i = 1; i <= at; ++i) listener.tell(Number{i});
            listener.stop();
            second.let_go();
            support::until([&] { return stage.system.stats().actors == 0; });
            EXPECT_EQ(stage.system.stats().dead_letters - before, 600U);
        }
    });
}

// Property  Whose handler stops it or fails handles nothing more of the batch, and counts the rest.
TEST_P(BoundedBatchTest, WhatIsLeftIsDeadLettersWhenAHandlerStopsOrFails) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        for (const bool fails : {false, true}) {
            const Ref<Listener> listener = listener_of(stage, 8);
            Held held{listener};
            held.await();
            listener.tell(Number{1});
            fails ? listener.tell(Fail{}) : listener.tell(Stop{});
            listener.tell(Number{2});
            listener.tell(Number{3});
            const std::uint64_t before = stage.system.stats().dead_letters;
            held.let_go();
            support::until([&] { return stage.system.stats().actors == 0; });
            EXPECT_EQ(stage.system.stats().dead_letters - before, 2U);
            EXPECT_EQ(stage.system.stats().failures, fails ? 1U : 0U);
        }
    });
}

// With fields a message's descriptor is its own, and ends with it.
TEST_P(BoundedBatchTest, AFailureIsNamedAfterItsMessageAlsoIfThatHasFields) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        const Ref<Listener> listener = listener_of(stage, 8);
        Held held{listener};
        held.await();
        listener.tell(Number{1});
        {
            const FieldScope scope{{"request", 17}};
            listener.tell(Fail{});
        }
        listener.tell(Number{2});
        held.let_go();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_TRUE(log.contain("failed: no luck, in handling greenroom::cast::Fail"));
        EXPECT_TRUE(log.contain("request=17"));
    });
}

namespace {

// Keeps the numbers that come before it is open.
class Closed : public Listener {
public:
    using Listener::on;
    void on(Number number) { is_open_ ? Listener::on(number) : stash(this, number); }
    void on(Stop) {
        is_open_ = true;
        unstash();
    }

private:
    bool is_open_ = false;
};

}  // namespace

TEST_P(BoundedBatchTest, WhatWasKeptComesBeforeTheRest) {
    play([](SystemStage& stage) {
        Event begun;
        Event go_on;
        const auto closed = stage.system.spawn_with<Closed>({.mailbox = {8, WhenFull::fail}});
        closed.tell(Hold{begun, go_on});
        begun.wait();
        closed.tell(Number{1});
        closed.tell(Number{2});
        closed.tell(Stop{});
        closed.tell(Number{3});
        closed.tell(Number{4});
        go_on.set();
        EXPECT_EQ(closed.ask(Numbers{}), one_to(4));
    });
}

TEST_P(BoundedBatchTest, TheLargestBoundIsNone) {
    play([](SystemStage& stage) {
        const Ref<Listener> listener = listener_of(stage, SIZE_MAX);
        for (int i = 1; i <= 1'000; ++i) listener.tell(Number{i});
        EXPECT_EQ(listener.ask(Numbers{}), one_to(1'000));
    });
}

}  // namespace greenroom
