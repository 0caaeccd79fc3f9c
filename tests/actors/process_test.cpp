// Processes: actors that are one function, which receives its messages selectively.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/process.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;

class ProcessTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ProcessTest);

struct Letter {
    char value;
};
struct Go {};
struct Get {};
struct Own {
    std::unique_ptr<int> value;
};

using Log = std::vector<std::string>;

std::string number(const Number& it) { return std::to_string(it.value); }

void until_ended(SystemStage& stage) {
    support::until([&] { return stage.system.stats().actors == 0; });
}

}  // namespace

TEST_P(ProcessTest, ReceivesInOrderUntilItsFunctionReturns) {
    play([](SystemStage& stage) {
        Log log;
        auto process = stage.system.spawn_process<Number, Stop>([&log](Process& self) {
            for (bool goes_on = true; goes_on;) {
                self.receive([&](Number it) { log.push_back(number(it)); },
                             [&](Stop) { goes_on = false; });
            }
            log.push_back("end");
        });
        for (int i = 0; i < 5; ++i) process.tell(Number{i});
        process.tell(Stop{});
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("0", "1", "2", "3", "4", "end"));
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(ProcessTest, WhatIsNotWantedYetStaysInOrderForALaterReceive) {
    play([](SystemStage& stage) {
        Log log;
        auto process = stage.system.spawn_process<Number, Letter, Go>([&log](Process& self) {
            self.receive([](Go) {});
            for (int i = 0; i < 2; ++i) {
                self.receive([&](Letter it) { log.push_back(std::string{it.value}); });
            }
            for (int i = 0; i < 3; ++i) {
                self.receive([&](Number it) { log.push_back(number(it)); },
                             [&](Letter it) { log.push_back(std::string{it.value}); });
            }
        });
        process.tell(Number{1});
        process.tell(Letter{'a'});
        process.tell(Number{2});
        process.tell(Letter{'b'});
        process.tell(Letter{'c'});
        process.tell(Go{});
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("a", "b", "1", "2", "c"));
    });
}

TEST_P(ProcessTest, AfterComesWhenNoSuchMessageDoes) {
    play([](SystemStage& stage) {
        Log log;
        auto process = stage.system.spawn_process<Number, Letter>([&log](Process& self) {
            self.receive([&](Letter it) { log.push_back(std::string{it.value}); },
                         after(10ms, [&] { log.push_back("time is up"); }));
            self.receive([&](Number it) { log.push_back(number(it)); },
                         after(1h, [&] { log.push_back("never"); }));
        });
        process.tell(Number{1});
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("time is up", "1"));
    });
}

TEST_P(ProcessTest, AfterNothingItOnlyLooks) {
    play([](SystemStage& stage) {
        Log log;
        auto process = stage.system.spawn_process<Number, Go>([&log](Process& self) {
            self.receive([](Go) {});
            for (int i = 0; i < 2; ++i) {
                self.receive([&](Number it) { log.push_back(number(it)); },
                             after(0ms, [&] { log.push_back("none"); }));
            }
        });
        process.tell(Number{1});
        process.tell(Go{});
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("1", "none"));
    });
}

TEST_P(ProcessTest, AnswersByReturningOrByAReply) {
    play([](SystemStage& stage) {
        auto process = stage.system.spawn_process<int(Get), std::string(Letter), Number, Stop>(
            [](Process& self) {
                int sum = 0;
                for (bool goes_on = true; goes_on;) {
                    self.receive([&](Number it) { sum += it.value; }, [&](Get) { return sum; },
                                 [&](Letter it, Reply<std::string> reply) {
                                     reply.set(std::string(3, it.value));
                                 },
                                 [&](Stop) { goes_on = false; });
                }
            });
        process.ask(Number{2});
        process.tell(Number{3});
        EXPECT_EQ(process.ask(Get{}), 5);
        EXPECT_EQ(process.ask(Letter{'x'}), "xxx");
        EXPECT_EQ(process.request(Get{}).get(), 5);
        process.ask(Stop{});
        until_ended(stage);
    });
}

TEST_P(ProcessTest, AnAnswerOfAnotherTypeFailsItWithBothNames) {
    play([](SystemStage& stage) {
        auto process = stage.system.spawn_process<int(Get)>(
            [](Process& self) { self.receive([](Get) { return std::string{"no"}; }); });
        EXPECT_THROW(process.ask(Get{}), HandlerFailed);
        until_ended(stage);
        EXPECT_EQ(stage.system.stats().failures, 1u);
    });
}

TEST_P(ProcessTest, TakesWhatCannotBeCopied) {
    play([](SystemStage& stage) {
        Log log;
        auto process = stage.system.spawn_process<Own, Go>([&log](Process& self) {
            self.receive([](Go) {});
            self.receive([&](Own own) { log.push_back(std::to_string(*own.value)); });
        });
        process.tell(Own{std::make_unique<int>(7)});
        process.tell(Go{});
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("7"));
    });
}

TEST_P(ProcessTest, MayReceiveInsideOfAReceiveAndWaitForOthers) {
    play([](SystemStage& stage) {
        Log log;
        auto listener = stage.system.spawn<Listener>();
        auto process = stage.system.spawn_process<Go, Number>([&log, listener](Process& self) {
            self.receive([&](Go) {
                listener.ask(Numbers{});
                self.receive([&](Number it) { log.push_back(number(it)); });
            });
        });
        process.tell(Number{1});
        process.tell(Go{});
        support::until([&] { return process.has_ended(); });
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_THAT(log, ElementsAre("1"));
    });
}

TEST_P(ProcessTest, HearsOfTheEndOfWhomItWatches) {
    play([](SystemStage& stage) {
        Log log;
        auto watched = stage.system.spawn<Listener>();
        auto process = stage.system.spawn_process<Go>([&log, watched](Process& self) {
            self.watch(watched);
            watched.tell(Stop{});
            self.receive([&](const Down& down) { log.push_back(to_string(down.reason)); });
        });
        until_ended(stage);
        EXPECT_THAT(log, ElementsAre("stopped"));
    });
}

// It is between two messages, so it need not be waited for until its grace is over.
TEST_P(ProcessTest, AStopOrADrainEndsItWhereItReceives) {
    for (const bool drains : {false, true}) {
        play([drains](SystemStage& stage) {
            Event begun;
            bool unwound = false;
            auto process = stage.system.spawn_process<Go>([&](Process& self) {
                const struct Unwinding {
                    bool& unwound;
                    ~Unwinding() { unwound = true; }
                } unwinding{unwound};
                begun.set();
                for (;;) self.receive([](Go) {});
            });
            process.tell(Go{});
            begun.wait();
            drains ? process.stop_when_drained() : process.stop();
            until_ended(stage);
            EXPECT_TRUE(unwound);
            EXPECT_EQ(stage.system.stats().failures, 0u);
        });
    }
}

TEST_P(ProcessTest, WhatItLeavesBehindAreDeadLettersAndAsksFail) {
    play([](SystemStage& stage) {
        auto process = stage.system.spawn_process<Number, int(Get), Go>(
            [](Process& self) { self.receive([](Go) {}); });
        process.tell(Number{1});
        Future<int> answer = process.request(Get{});
        process.tell(Go{});
        EXPECT_THROW(answer.get(), ActorStopped);
        until_ended(stage);
        EXPECT_EQ(stage.system.stats().dead_letters, 2u);
    });
}

TEST_P(ProcessTest, KeepsNoMoreThanItsLimit) {
    play([](SystemStage& stage) {
        ActorOptions options;
        options.kept_max = 3;
        auto process = stage.system.spawn_process<Number, Go>(
            [](Process& self) { self.receive([](Go) {}); }, options);
        for (int i = 0; i < 4; ++i) process.tell(Number{i});
        until_ended(stage);
        EXPECT_EQ(stage.system.stats().failures, 1u);
        EXPECT_EQ(stage.system.stats().dropped, 1u);
        EXPECT_EQ(stage.system.stats().dead_letters, 3u);
    });
}

TEST_P(ProcessTest, WithABoundedMailboxItsSendersWaitForIt) {
    play([](SystemStage& stage) {
        Log log;
        ActorOptions options;
        options.mailbox = {.bound = 2};
        auto process = stage.system.spawn_process<Number>(
            [&log](Process& self) {
                for (int i = 0; i < 20; ++i) {
                    self.receive([&](Number it) { log.push_back(number(it)); });
                }
            },
            options);
        stage.run([&] {
            for (int i = 0; i < 20; ++i) process.tell(Number{i});
        });
        until_ended(stage);
        EXPECT_EQ(log.size(), 20u);
        EXPECT_EQ(log.back(), "19");
    });
}

// The deadline of a receive, or of a scope around it, meets messages from other workers.
TEST_P(ProcessTest, NoMessageIsLostWhenItRacesWithADeadline) {
    int in_time = 0;
    int late = 0;
    play([&](SystemStage& stage) {
        const int rounds = stage.times(300);
        int received = 0;
        auto process = stage.system.spawn_process<Number>([&, rounds](Process& self) {
            while (received < rounds) {
                bool is_late = false;
                if (received % 2 == 0) {
                    self.receive([&](Number it) { EXPECT_EQ(it.value, received++); },
                                 after(1ms, [&] { is_late = true; }));
                } else {
                    try {
                        with_timeout(1ms, [&] {
                            self.receive([&](Number it) { EXPECT_EQ(it.value, received++); });
                        });
                    } catch (const Timeout&) {
                        is_late = true;
                    }
                }
                ++(is_late ? late : in_time);
            }
        });
        stage.run([&] {
            for (int i = 0; i < rounds; ++i) {
                process.tell(Number{i});
                sleep_for(std::chrono::microseconds{700 + 200 * (i % 5)});
            }
        });
        until_ended(stage);
        EXPECT_EQ(received, rounds);
    });
    EXPECT_GT(in_time, 0);
    EXPECT_GT(late, 0);
}

// ---- Stash

namespace {

class StashTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(StashTest);

struct Open {};

// Takes numbers and questions only once it is open.
class Gatekeeper : public Actor {
public:
    void on(Number it) {
        if (!is_open_) return stash(this, it);
        numbers_.push_back(it.value);
    }
    void on(Get get, Reply<std::size_t> reply) {
        if (!is_open_) return stash(this, get, std::move(reply));
        reply.set(numbers_.size());
    }
    void on(Open) {
        is_open_ = true;
        unstash();
    }
    std::vector<int> on(Numbers) { return numbers_; }
    void on(Stop) { stop(); }

private:
    bool is_open_ = false;
    std::vector<int> numbers_;
};

}  // namespace

TEST_P(StashTest, WhatWasStashedComesBeforeWhatIsNewerInOrderAndOnce) {
    play([](SystemStage& stage) {
        for (const std::size_t bound : {0u, 100u}) {
            ActorOptions options;
            options.mailbox = {.bound = bound};
            auto keeper = stage.system.spawn_with<Gatekeeper>(options);
            keeper.tell(Number{1});
            keeper.tell(Number{2});
            Future<std::size_t> asked = keeper.request(Get{});
            keeper.tell(Number{3});
            EXPECT_TRUE(keeper.ask(Numbers{}).empty());
            keeper.tell(Open{});
            keeper.tell(Number{4});
            EXPECT_THAT(keeper.ask(Numbers{}), ElementsAre(1, 2, 3, 4));
            EXPECT_EQ(asked.get(), 2u);
        }
    });
}

TEST_P(StashTest, AtTheEndOfItsActorItsAskersAreToldAndTheRestAreDeadLetters) {
    play([](SystemStage& stage) {
        auto keeper = stage.system.spawn<Gatekeeper>();
        keeper.tell(Number{1});
        Future<std::size_t> asked = keeper.request(Get{});
        keeper.tell(Stop{});
        EXPECT_THROW(asked.get(), ActorStopped);
        until_ended(stage);
        EXPECT_EQ(stage.system.stats().dead_letters, 2u);
    });
}

TEST_P(StashTest, BeyondItsLimitItIsAnErrorThatTellsTheAsker) {
    play([](SystemStage& stage) {
        ActorOptions options;
        options.kept_max = 1;
        auto keeper = stage.system.spawn_with<Gatekeeper>(options);
        keeper.tell(Number{1});
        EXPECT_THROW(keeper.ask(Get{}), Error);
        until_ended(stage);
        EXPECT_EQ(stage.system.stats().failures, 1u);
        EXPECT_EQ(stage.system.stats().dropped, 1u);
    });
}

}  // namespace greenroom
