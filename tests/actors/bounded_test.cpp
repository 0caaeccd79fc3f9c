// Bounded mailboxes: the four policies, the line of waiting senders, and what passes the bound.
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/cancellation.hpp>
#include <vector>

#include "cast.hpp"
#include "full.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class BoundedTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(BoundedTest);

using Values = std::vector<int>;
constexpr const char* room = "room in a mailbox";

}  // namespace

TEST_P(BoundedTest, FailThrowsAndLosesThatMessageOnly) {
    play([](SystemStage& stage) {
        Full full{stage, 2, WhenFull::fail};
        EXPECT_THROW(full.listener.tell(Number{3}), MailboxFull);
        EXPECT_THROW(full.listener.ask(Numbers{}, 1h), MailboxFull);
        EXPECT_EQ(full.numbers(), (Values{1, 2}));
        EXPECT_EQ(stage.system.stats().dropped, 0U);
    });
}

TEST_P(BoundedTest, DropNewestCountsAndDisturbsNobody) {
    play([](SystemStage& stage) {
        Full full{stage, 2, WhenFull::drop_newest};
        full.listener.tell(Number{3});
        EXPECT_EQ(stage.system.stats().dropped, 1U);
        EXPECT_THROW(full.listener.ask(Numbers{}, 1h), MailboxFull) << "an ask learns of it";
        EXPECT_EQ(full.numbers(), (Values{1, 2}));
    });
}

TEST_P(BoundedTest, DropOldestCountsAndKeepsTheNewest) {
    play([](SystemStage& stage) {
        Full full{stage, 3, WhenFull::drop_oldest};
        full.listener.tell(Number{4});
        full.listener.tell(Number{5});
        EXPECT_EQ(stage.system.stats().dropped, 2U);
        auto asker = stage.spawn([&] { return full.listener.ask(Numbers{}, 1h); });
        stage.until_waiting("ask", 1);
        full.let_go();
        EXPECT_EQ(asker.get(), (Values{4, 5}));
    });
}

TEST_P(BoundedTest, TryTellSaysFullAndSendsNothing) {
    play([](SystemStage& stage) {
        for (WhenFull policy : {WhenFull::suspend_sender, WhenFull::fail, WhenFull::drop_newest}) {
            Full full{stage, 1, policy};
            const std::uint64_t dropped = stage.system.stats().dropped;
            EXPECT_EQ(full.listener.try_tell(Number{2}), Sent::full);
            EXPECT_EQ(stage.system.stats().dropped, dropped) << "the sender knows";
            EXPECT_EQ(full.numbers(), Values{1});
            EXPECT_EQ(full.listener.try_tell(Number{3}), Sent::sent);
        }
    });
}

TEST_P(BoundedTest, TryTellToAnActorThatHasEndedSaysSo) {
    play([](SystemStage& stage) {
        auto bounded = stage.system.spawn_with<Listener>({.mailbox = {1, WhenFull::fail}});
        auto unbounded = stage.system.spawn<Listener>();
        for (const Ref<Listener>& listener : {bounded, unbounded}) {
            listener.kill();
            support::until([&] { return listener.has_ended(); });
            EXPECT_EQ(listener.try_tell(Number{1}), Sent::stopped);
        }
        EXPECT_EQ(stage.system.stats().dead_letters, 2U);
    });
}

TEST_P(BoundedTest, TryTellSaysSentOfAMessageThatMakesTheActorStop) {
    play([](SystemStage& stage) {
        for (int i = 0; i < 20; ++i) {
            auto listener = stage.system.spawn<Listener>();
            EXPECT_EQ(listener.try_tell(Stop{}), Sent::sent);
        }
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(stage.system.stats().dead_letters, 0U);
    });
}

TEST_P(BoundedTest, WaitingSendersGetInInOrderOfArrival) {
    play([](SystemStage& stage) {
        Full full{stage, 1, WhenFull::suspend_sender};
        std::vector<Task<void>> fibers;
        std::vector<std::unique_ptr<Threads::Handle>> threads;
        Values expected{1};
        for (int i = 2; i <= 7; ++i) {
            auto send = [&full, i] { full.listener.tell(Number{i}); };
            if (i % 2 == 0) {
                fibers.push_back(stage.spawn(send));
            } else {
                threads.push_back(stage.thread(send));
            }
            stage.until_waiting(room, i - 1);
            expected.push_back(i);
        }
        full.let_go();
        for (Task<void>& fiber : fibers) fiber.get();
        threads.clear();
        EXPECT_EQ(full.numbers(), expected);
    });
}

struct From {
    int sender;
    int number;
};
struct Disorder {};

class Collector : public Actor {
public:
    explicit Collector(std::atomic<int>& handled) : handled_{handled} {}
    void on(From from) {
        int& last = last_[from.sender];
        if (from.number != last + 1) ++disorder_;
        last = from.number;
        handled_.fetch_add(1);
    }
    int on(Disorder) { return disorder_; }

private:
    std::atomic<int>& handled_;
    int last_[8]{};
    int disorder_ = 0;
};

// Property  None is lost, none twice, and each sender's come in order, however full the mailbox.
TEST_P(BoundedTest, ManySuspendedSendersKeepTheOrderOfEach) {
    play([](SystemStage& stage) {
        std::atomic<int> handled{0};
        const ActorOptions tight{.mailbox = {2, WhenFull::suspend_sender}};
        auto collector = stage.system.spawn_with<Collector>(tight, handled);
        const int count = stage.times(300);
        std::vector<Task<void>> fibers;
        std::vector<std::unique_ptr<Threads::Handle>> threads;
        for (int sender = 0; sender < 8; ++sender) {
            auto send = [=] {
                for (int i = 1; i <= count; ++i) collector.tell(From{sender, i});
            };
            if (sender < 6) {
                fibers.push_back(stage.spawn(send));
            } else {
                threads.push_back(stage.thread(send));
            }
        }
        for (Task<void>& fiber : fibers) fiber.get();
        threads.clear();
        EXPECT_EQ(collector.ask(Disorder{}), 0);
        EXPECT_EQ(handled.load(), 8 * count);
    });
}

TEST_P(BoundedTest, ASenderThatIsCancelledLeavesTheLineAndItsMessageIsNotSent) {
    play([](SystemStage& stage) {
        Full full{stage, 1, WhenFull::suspend_sender};
        auto first = stage.spawn([&] { full.listener.tell(Number{2}); });
        stage.until_waiting(room, 1);
        auto second = stage.spawn([&] { full.listener.tell(Number{3}); });
        stage.until_waiting(room, 2);
        first.cancel();
        EXPECT_THROW(first.get(), Error);
        full.let_go();
        second.get();
        EXPECT_EQ(full.numbers(), (Values{1, 3}));
    });
}

// Property  A waiting sender's message is handled, or its tell threw: never both, never neither.
TEST_P(BoundedTest, RoomAndCancellationMeetAndOneOfThemWins) {
    play([](SystemStage& stage) {
        const int rounds = stage.times(200);
        for (int round = 0; round < rounds; ++round) {
            Full full{stage, 1, WhenFull::suspend_sender};
            bool sent = false;
            auto sender = stage.spawn([&] {
                full.listener.tell(Number{2});
                sent = true;
            });
            stage.until_waiting(room, 1);
            full.let_go();
            sender.cancel();
            sender.join();
            EXPECT_EQ(full.numbers(), sent ? (Values{1, 2}) : (Values{1}));
        }
    });
}

TEST_P(BoundedTest, SendersThatWaitWhenTheActorStopsGoOnAndTheirMessagesAreDeadLetters) {
    play([](SystemStage& stage) {
        Full full{stage, 1, WhenFull::suspend_sender};
        auto fiber = stage.spawn([&] { full.listener.tell(Number{2}); });
        auto thread = stage.thread([&] { full.listener.tell(Number{3}); });
        stage.until_waiting(room, 2);
        full.listener.stop();
        fiber.get();
        thread.reset();
        support::until([&] { return stage.system.stats().dead_letters == 3; });
        full.let_go();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(stage.system.stats().dead_letters, 3U);
    });
}

class Talker : public Actor {
public:
    void on(Fail) { self(this).tell(Number{1}); }
    void on(Numbers) { self(this).tell(Number{1}); }
    void on(Number) {}
};

TEST_P(BoundedTest, AHandlerThatFillsItsOwnMailboxFailsAndDoesNotWaitForItself) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        const ActorOptions tight{.mailbox = {1, WhenFull::suspend_sender}};
        auto talker = stage.system.spawn_with<Talker>(tight);
        bool failed = false;
        for (int i = 0; i < 1000 && !failed; ++i) {
            try {
                talker.tell(Fail{});
                failed = talker.has_ended();
            } catch (const Error&) {
                failed = true;
            }
        }
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(stage.system.stats().failures, 1U);
    });
}

TEST_P(BoundedTest, SignalsAndDownAndAnswersPassTheBound) {
    play([](SystemStage& stage) {
        auto watched = stage.system.spawn<Listener>();
        class Bound : public Watcher {
        public:
            using Watcher::on;
            using Watcher::Watcher;
            void on(const Hold& hold) { hold.wait(); }
        };
        const ActorOptions tight{.mailbox = {1, WhenFull::fail}};
        auto watcher = stage.system.spawn_with<Bound>(tight, watched);
        Event begun;
        Event go_on;
        watcher.tell(Hold{begun, go_on});
        begun.wait();
        watcher.tell(Number{1});
        watched.kill();
        support::until([&] { return stage.system.stats().actors == 1; });
        go_on.set();
        support::until([&] {
            try {
                return watcher.ask(Downs{}).size() == 1;
            } catch (const MailboxFull&) {
                return false;
            }
        });
        Event again;
        support::until([&] { return watcher.try_tell(Hold{again, again}) == Sent::sent; });
        support::until([&] { return watcher.try_tell(Number{1}) == Sent::sent; });
        watcher.stop();
        support::until([&] { return stage.system.stats().actors == 0; });
    });
}

class Parting : public Actor {
public:
    explicit Parting(Ref<Listener> to) : to_{std::move(to)} {}
    void on(Number) {
        struct Farewell {
            const Ref<Listener>& to;
            ~Farewell() {
                try {
                    to.tell(Number{9});
                    ADD_FAILURE() << "there was no room";
                } catch (const MailboxFull&) {
                }
            }
        };
        const Farewell farewell{to_};
        throw std::runtime_error("unwinds");
    }

private:
    const Ref<Listener> to_;
};

TEST_P(BoundedTest, ADestructorThatRunsDuringAnUnwindingFailsAndDoesNotWait) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Full full{stage, 1, WhenFull::suspend_sender};
        auto parting = stage.system.spawn<Parting>(full.listener);
        EXPECT_THROW(parting.ask(Number{1}), HandlerFailed);
        EXPECT_EQ(full.numbers(), Values{1});
    });
}

}  // namespace greenroom
