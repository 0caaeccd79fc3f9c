// Deadlines along a chain of asks: what a handler asks ends with the time of its own asker, and
// that fails nobody.
#include <gtest/gtest.h>

#include <exception>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>
#include <memory>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class DeadlinesTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(DeadlinesTest);

// Where the last of a chain waits. It outlives the test, if an actor does.
struct Gate {
    Event reached;
    Event open;
};
using SharedGate = std::shared_ptr<Gate>;

struct Answer {
    SharedGate gate;
    Duration work{};
};
struct Count {};

// The last of a chain: answers when it may.
class Oracle : public Actor {
public:
    int on(const Answer& answer) {
        ++asked_;
        answer.gate->reached.set();
        answer.gate->open.wait();
        if (answer.work > 0ms) sleep_for(answer.work);
        return 1;
    }
    int on(Count) { return asked_; }

private:
    int asked_ = 0;
};

struct Pass {
    SharedGate gate;
    Duration timeout = 1h;
    int depth = 0;
    Duration work{};
};
struct PassAndCatch {
    SharedGate gate;
};
struct PassLater {
    SharedGate gate;
};
struct PassWhenLate {
    SharedGate gate;
};
struct Throw {};

class Clerk : public Actor {
public:
    explicit Clerk(Ref<Oracle> oracle) : oracle_{std::move(oracle)} {}

    int on(const Pass& pass) {
        if (pass.depth == 0) return oracle_.ask(Answer{pass.gate, pass.work}, pass.timeout);
        return spawn<Clerk>(oracle_).ask(Pass{pass.gate, 1h, pass.depth - 1, pass.work}, 1h);
    }
    int on(const PassAndCatch& pass) {
        try {
            return oracle_.ask(Answer{pass.gate}, 1h);
        } catch (const Timeout&) {
            kept_ = std::current_exception();
        }
        return ++caught_;
    }
    void on(const PassLater& pass, Reply<int> reply) {
        reply.set(oracle_.ask(Answer{pass.gate}, 1h));
    }
    int on(const PassWhenLate& pass) {
        {
            pass.gate->reached.set();
            const CancellationMask mask;
            pass.gate->open.wait();
        }
        return oracle_.ask(Answer{pass.gate}, 1h);
    }
    void on(Throw) {
        if (kept_ != nullptr) std::rethrow_exception(kept_);
    }
    int on(Count) { return caught_; }

private:
    const Ref<Oracle> oracle_;
    std::exception_ptr kept_;
    int caught_ = 0;
};

struct Through {
    SharedGate gate;
};

// Has a Clerk answer in its place.
class Porter : public Actor {
public:
    explicit Porter(Ref<Clerk> clerk) : clerk_{std::move(clerk)} {}
    void on(const Through& through, Reply<int> reply) {
        clerk_.forward(Pass{through.gate}, std::move(reply));
    }

private:
    const Ref<Clerk> clerk_;
};

struct Company {
    Ref<Oracle> oracle;
    Ref<Clerk> clerk;
    SharedGate gate = std::make_shared<Gate>();

    explicit Company(System& system)
        : oracle{system.spawn<Oracle>()}, clerk{system.spawn<Clerk>(oracle)} {}

    // Until the clerk has caught a Timeout. The answer that it gives then may still be in time.
    void have_one_caught() const {
        do {
            try {
                clerk.ask(PassAndCatch{gate}, 2ms);
            } catch (const Timeout&) {
            }
        } while (clerk.ask(Count{}, 1h) == 0);
    }
};

// Asks that have no time for the answer, until one of them has come to the gate.
template <class Ask>
void ask_in_vain(const Gate& gate, const Ask& ask) {
    do EXPECT_THROW(ask(), Timeout);
    while (!gate.reached.is_set());
}

void until_given_up(SystemStage& stage, std::uint64_t count) {
    support::until([&] { return stage.system.stats().given_up_asks >= count; });
    EXPECT_EQ(stage.system.stats().failures, 0U);
}

}  // namespace

TEST_P(DeadlinesTest, AnAskInAHandlerEndsWithTheTimeOfItsAskerAndFailsNobody) {
    play([](SystemStage& stage) {
        Company company{stage.system};
        ask_in_vain(*company.gate, [&] { company.clerk.ask(Pass{company.gate}, 2ms); });
        until_given_up(stage, 1);
        company.gate->open.set();
        EXPECT_EQ(company.clerk.ask(Pass{company.gate}, 1h), 1) << "it lives";
    });
}

TEST_P(DeadlinesTest, TheTimeIsHandedDownAlongTheWholeChain) {
    play([](SystemStage& stage) {
        Company company{stage.system};
        ask_in_vain(*company.gate, [&] {
            stage.run([&] { company.clerk.ask(Pass{company.gate, 1h, 3}, 2ms); });
        });
        until_given_up(stage, 4);
        company.gate->open.set();
        EXPECT_EQ(company.clerk.ask(Pass{company.gate}, 1h), 1);
    });
}

TEST_P(DeadlinesTest, ThatOfAScopeIsHandedDownAsWell) {
    play([](SystemStage& stage) {
        Company company{stage.system};
        ask_in_vain(*company.gate,
                    [&] { with_timeout(2ms, [&] { company.clerk.ask(Pass{company.gate}, 1h); }); });
        until_given_up(stage, 1);
        company.gate->open.set();
        EXPECT_EQ(company.clerk.ask(Pass{company.gate}, 1h), 1);
    });
}

TEST_P(DeadlinesTest, AForwardedAskHasItToo) {
    play([](SystemStage& stage) {
        Company company{stage.system};
        auto porter = stage.system.spawn<Porter>(company.clerk);
        ask_in_vain(*company.gate, [&] { porter.ask(Through{company.gate}, 2ms); });
        until_given_up(stage, 1);
        company.gate->open.set();
        EXPECT_EQ(porter.ask(Through{company.gate}, 1h), 1);
    });
}

TEST_P(DeadlinesTest, AHandlerThatAnswersLaterHasItToo) {
    play([](SystemStage& stage) {
        Company company{stage.system};
        ask_in_vain(*company.gate, [&] { company.clerk.ask(PassLater{company.gate}, 2ms); });
        until_given_up(stage, 1);
        company.gate->open.set();
        EXPECT_EQ(company.clerk.ask(PassLater{company.gate}, 1h), 1);
    });
}

TEST_P(DeadlinesTest, AHandlerMayCatchItAndGoOn) {
    play([](SystemStage& stage) {
        Company company{stage.system};
        company.have_one_caught();
        EXPECT_EQ(stage.system.stats().given_up_asks, 0U);
        EXPECT_EQ(stage.system.stats().failures, 0U);
        company.gate->open.set();
    });
}

TEST_P(DeadlinesTest, AHandlersOwnTimeoutIsAFailureAsEver) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Company company{stage.system};
        EXPECT_THROW(company.clerk.ask(Pass{company.gate, 2ms}, 1h), HandlerFailed);
        support::until([&] { return company.clerk.has_ended(); });
        EXPECT_EQ(stage.system.stats().failures, 1U);
        EXPECT_EQ(stage.system.stats().given_up_asks, 0U);
        company.gate->open.set();
    });
}

TEST_P(DeadlinesTest, TheTimeoutOfAnotherMessageIsAFailure) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Company company{stage.system};
        company.have_one_caught();
        company.gate->open.set();
        EXPECT_THROW(company.clerk.ask(Throw{}, 1h), HandlerFailed);
        support::until([&] { return company.clerk.has_ended(); });
        EXPECT_EQ(stage.system.stats().failures, 1U);
    });
}

// It may be late by the asker's clock, and not yet by the handler's.
TEST_P(DeadlinesTest, WhatIsAskedWhenTheTimeIsUpIsNotSent) {
    int unsent = 0;
    play([&unsent](SystemStage& stage) {
        Company company{stage.system};
        ask_in_vain(*company.gate, [&] {
            stage.run([&] { company.clerk.ask(PassWhenLate{company.gate}, 2ms); });
        });
        company.gate->open.set();
        support::until([&] {
            const SystemStats stats = stage.system.stats();
            return stats.given_up_asks + stats.late_answers == 1;
        });
        const int sent = company.oracle.ask(Count{}, 1h);
        EXPECT_EQ(static_cast<std::uint64_t>(sent), stage.system.stats().late_answers);
        unsent += 1 - sent;
    });
    EXPECT_GT(unsent, 0);
}

TEST_P(DeadlinesTest, ARequestThatHasExpiredOnItsWayIsDroppedUnhandled) {
    play([](SystemStage& stage) {
        Company company{stage.system};
        auto busy = stage.spawn([&] { company.oracle.ask(Answer{company.gate}, 1h); });
        company.gate->reached.wait();
        support::until([&] {
            EXPECT_THROW(company.clerk.ask(Pass{company.gate}, 5ms), Timeout);
            return stage.system.stats().given_up_asks > 0;
        });
        EXPECT_EQ(company.clerk.ask(Count{}, 1h), 0) << "it has left the last one, too";
        company.gate->open.set();
        busy.get();
        EXPECT_EQ(company.oracle.ask(Count{}, 1h), 1);
        EXPECT_EQ(stage.system.stats().failures, 0U);
    });
}

// Property  Whatever meets whatever at the deadline, each ask is answered or times out, and no
//           actor of the chain fails.
TEST_P(DeadlinesTest, AnswersAndDeadlinesMeetAndNobodyFails) {
    int answered = 0;
    int timed_out = 0;
    const auto body = [&](SystemStage& stage) {
        Company company{stage.system};
        company.gate->open.set();
        stage.run([&] {
            for (int i = 0; i < 10; ++i) {
                try {
                    EXPECT_EQ(
                        company.clerk.ask(Pass{company.gate, 1h, i % 3, 2 * i % 5 * 1ms}, 1ms), 1);
                    ++answered;
                } catch (const Timeout&) {
                    ++timed_out;
                }
            }
        });
        EXPECT_EQ(company.clerk.ask(Pass{company.gate}, 1h), 1);
        EXPECT_EQ(stage.system.stats().failures, 0U);
    };
    play_until([&] { return answered > 0 && timed_out > 0; }, body);
    EXPECT_GT(answered, 0);
    EXPECT_GT(timed_out, 0);
}

}  // namespace greenroom
