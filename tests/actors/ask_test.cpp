// ask: every way that it ends, and that each asker learns of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/mutex.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class AskTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(AskTest);

// The text of what `call` throws as an E.
template <class E, class Call>
std::string story_of(const Call& call) {
    try {
        call();
    } catch (const E& error) {
        return error.what();
    } catch (const std::exception& other) {
        ADD_FAILURE() << "threw something else: " << other.what();
        return {};
    }
    ADD_FAILURE() << "threw nothing";
    return {};
}

struct Twice {
    int number;
};
struct Late {
    int number;
    Event& go_on;
    Event* begun = nullptr;
};
struct Throw {
    int what;
};

class Host : public Actor {
public:
    int on(Twice twice) { return 2 * twice.number; }
    int on(const Late& late) {
        if (late.begun != nullptr) late.begun->set();
        late.go_on.wait();
        return late.number;
    }
    int on(Throw how) {
        if (how.what == 0) throw 42;
        throw std::runtime_error(std::string(static_cast<std::size_t>(how.what), 'x'));
    }
    void on(Stop) { stop(); }
    void on(Number number) { last_ = number.value; }
    int on(Numbers) { return last_; }

private:
    int last_ = 0;
};

struct AskFor {
    Ref<Host> host;
    int number;
};

class Guest : public Actor {
public:
    int on(const AskFor& what) { return what.host.ask(Twice{what.number}) + 1; }
};

}  // namespace

TEST_P(AskTest, ReturnsWhatTheHandlerReturns) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        EXPECT_EQ(host.ask(Twice{21}), 42) << "from a plain thread";
        EXPECT_EQ(stage.run([host] { return host.ask(Twice{4}); }), 8) << "from a task";
        EXPECT_EQ(stage.system.spawn<Guest>().ask(AskFor{host, 5}), 11) << "from a handler";
    });
}

TEST_P(AskTest, OfAHandlerThatReturnsNothingReturnsWhenItHasHandled) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        host.ask(Number{7});
        EXPECT_EQ(host.ask(Numbers{}), 7);
    });
}

TEST_P(AskTest, ManyAskersGetTheirOwnAnswers) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        std::vector<Task<void>> askers;
        for (int asker = 0; asker < 5; ++asker) {
            askers.push_back(stage.spawn([host, asker, &stage] {
                const int count = stage.times(300);
                for (int i = 0; i < count; ++i) {
                    EXPECT_EQ(host.ask(Twice{10 * i + asker}), 2 * (10 * i + asker));
                }
            }));
        }
        for (Task<void>& asker : askers) asker.get();
    });
}

TEST_P(AskTest, OfAnActorThatHasEndedFailsAtOnce) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        host.stop();
        support::until([&] { return host.has_ended(); });
        EXPECT_THROW(host.ask(Twice{1}, 1h), ActorStopped);
        EXPECT_THROW(stage.run([host] { host.ask(Twice{1}, 1h); }), ActorStopped);
    });
}

TEST_P(AskTest, OfAnActorThatStopsBeforeItHandlesFailsAtOnce) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        Event go_on;
        host.tell(Late{1, go_on});
        host.tell(Stop{});
        auto asker = stage.spawn([host] { host.ask(Twice{1}, 1h); });
        stage.until_waiting("ask", 1);
        go_on.set();
        EXPECT_THROW(asker.get(), ActorStopped);
    });
}

TEST_P(AskTest, OfAnActorThatIsKilledMeanwhileFailsAtOnce) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        Event never;
        auto handled = stage.spawn([&, host] { host.ask(Late{1, never}, 1h); });
        stage.until_waiting("event", 1);
        auto queued = stage.spawn([host] { host.ask(Twice{1}, 1h); });
        stage.until_waiting("ask", 2);
        host.kill();
        EXPECT_THROW(handled.get(), ActorStopped);
        EXPECT_THROW(queued.get(), ActorStopped);
    });
}

TEST_P(AskTest, OfAHandlerThatThrowsFailsWithItsText) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        auto host = stage.system.spawn<Host>();
        const std::string story = story_of<HandlerFailed>([&] { host.ask(Throw{3}, 1h); });
        EXPECT_THAT(story, testing::HasSubstr("xxx"));
        EXPECT_THAT(story, testing::HasSubstr("Throw"));
        EXPECT_THAT(story, testing::HasSubstr("Host"));
        EXPECT_THROW(host.ask(Twice{1}, 1h), ActorStopped) << "the actor has failed, too";
        EXPECT_EQ(stage.system.stats().failures, 1U);
    });
}

TEST_P(AskTest, OfAHandlerThatThrowsNoExceptionObjectSaysSo) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        auto host = stage.system.spawn<Host>();
        EXPECT_THAT(story_of<HandlerFailed>([&] { host.ask(Throw{0}, 1h); }),
                    testing::HasSubstr("no std::exception"));
    });
}

TEST_P(AskTest, AMegabyteOfExceptionTextArrivesWhole) {
    play(
        [](SystemStage& stage) {
            const support::LogLines log;
            auto host = stage.system.spawn<Host>();
            EXPECT_GT(story_of<HandlerFailed>([&] { host.ask(Throw{1 << 20}, 1h); }).size(),
                      1U << 20);
            EXPECT_EQ(stage.system.spawn<Host>().ask(Twice{1}), 2) << "the system lives";
        },
        {}, 2);
}

TEST_P(AskTest, GivesUpAtItsDeadlineAndNamesWhatItAsked) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        Event go_on;
        const std::string story = story_of<Timeout>([&] { host.ask(Late{1, go_on}, 2ms); });
        EXPECT_THAT(story, testing::HasSubstr("Late"));
        EXPECT_THAT(story, testing::HasSubstr("Host"));
        EXPECT_THAT(story, testing::HasSubstr("ask_test.cpp:"));
        go_on.set();
        host.ask(Twice{1});  // if it has begun with the other, it has left it
    });
}

TEST_P(AskTest, ADeadlineThatHasPassedStillGivesUpAndNotEarly) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        Event go_on;
        EXPECT_THROW(host.ask(Late{1, go_on}, -1s), Timeout);
        go_on.set();
        host.ask(Twice{1});
    });
}

TEST_P(AskTest, EachOfARowGivesUpAtItsOwnDeadline) {
    play([](SystemStage& stage) {
        auto busy = stage.system.spawn<Host>();
        auto host = stage.system.spawn<Host>();
        Event go_on;
        busy.tell(Late{1, go_on});
        const auto now = [] { return Deadline::after(0s).at(); };
        stage.run([&] {
            for (const Duration timeout : {20ms, 2ms, 9ms, 3ms}) {
                EXPECT_EQ(host.ask(Twice{1}, 1h), 2);
                const TimePoint begun = now();
                EXPECT_THROW(busy.ask(Number{5}, timeout), Timeout);
                EXPECT_GE(now() - begun, timeout);
                if (!stage.simulated) continue;
                EXPECT_LE(now() - begun, timeout + 5ms);
            }
        });
        go_on.set();
        EXPECT_EQ(busy.ask(Numbers{}), 0);
    });
}

TEST_P(AskTest, ALateAnswerIsCountedAndNeverGivenToALaterAsk) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        Event go_on;
        Event begun;
        auto asker = stage.spawn([&, host] {
            EXPECT_THROW(host.ask(Late{1, go_on, &begun}, 1h), Cancelled);
            const CancellationMask mask;
            go_on.set();
            EXPECT_EQ(host.ask(Twice{2}), 4);
        });
        begun.wait();  // what has not begun by then is dropped, and answers nothing
        asker.cancel();
        (void)asker.result();
        EXPECT_EQ(stage.system.stats().late_answers, 1U);
    });
}

TEST_P(AskTest, ARequestWhoseAskerHasGoneIsDroppedUnhandled) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        Event go_on;
        host.tell(Late{1, go_on});
        EXPECT_THROW(host.ask(Number{5}, 1ms), Timeout);
        go_on.set();
        EXPECT_EQ(host.ask(Numbers{}), 0) << "never handled";
        EXPECT_EQ(stage.system.stats().expired_asks, 1U);
    });
}

struct Swap {
    int number;
};

// Takes a moment for each answer, so that deadlines meet answers.
class Slow : public Actor {
public:
    int on(Swap swap) {
        for (int i = 0; i < swap.number % 7; ++i) yield();
        return -swap.number;
    }
};

// Property  Each ask ends as answered or as timed out; each that timed out is a late answer or an
//           expired request, and no answer reaches another ask.
TEST_P(AskTest, AnswerAndDeadlineMeetAndOneOfThemWins) {
    play([](SystemStage& stage) {
        auto slow = stage.system.spawn<Slow>();
        std::uint64_t answered = 0;
        std::uint64_t timed_out = 0;
        stage.run([&] {
            const int count = stage.times(2000);
            for (int i = 1; i <= count; ++i) {
                try {
                    EXPECT_EQ(slow.ask(Swap{i}, 0us), -i);
                    ++answered;
                } catch (const Timeout&) {
                    ++timed_out;
                }
            }
        });
        slow.ask(Swap{0}, 1h);
        const SystemStats stats = stage.system.stats();
        EXPECT_EQ(stats.late_answers + stats.expired_asks, timed_out);
        RecordProperty("answered", std::to_string(answered));
        RecordProperty("timed_out", std::to_string(timed_out));
    });
}

TEST_P(AskTest, AnAskerThatIsCancelledLeavesTheOtherAtItsWork) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        Event go_on;
        bool was_cancelled = false;
        auto asker = stage.spawn([&, host] {
            try {
                host.ask(Late{1, go_on}, 1h);
            } catch (const Cancelled&) {
                was_cancelled = true;
            }
        });
        stage.until_waiting("event", 1);
        asker.cancel();
        asker.join();
        EXPECT_TRUE(was_cancelled);
        go_on.set();
        EXPECT_EQ(host.ask(Twice{1}), 2);
        EXPECT_EQ(stage.system.stats().late_answers, 1U);
    });
}

TEST_P(AskTest, ThatIsCancelledBeforeItBeginsSendsNothing) {
    play([](SystemStage& stage) {
        auto host = stage.system.spawn<Host>();
        Event go_on;
        auto asker = stage.spawn([&, host] {
            {
                const CancellationMask mask;
                go_on.wait();
            }
            host.ask(Number{5});
        });
        stage.until_waiting("event", 1);
        asker.cancel();
        go_on.set();
        asker.join();
        EXPECT_EQ(host.ask(Numbers{}), 0);
    });
}

struct Word {};
struct WordInPlace {};
struct Owned {};

class Library : public Actor {
public:
    const std::string& on(Word) { return word_; }
    std::string& on(WordInPlace) { return word_; }
    std::unique_ptr<int> on(Owned) { return std::make_unique<int>(9); }
    std::optional<std::string> on(Numbers) const noexcept { return word_; }

private:
    std::string word_ = "a word that is too long to lie in the string itself";
};

TEST_P(AskTest, AnswersAreValuesAlsoOfHandlersThatReturnReferences) {
    play([](SystemStage& stage) {
        auto library = stage.system.spawn<Library>();
        static_assert(std::is_same_v<decltype(library.ask(Word{})), std::string>);
        static_assert(std::is_same_v<decltype(library.ask(Owned{})), std::unique_ptr<int>>);
        static_assert(std::is_same_v<decltype(library.ask(Numbers{})), std::optional<std::string>>);
        EXPECT_THAT(library.ask(Word{}), testing::StartsWith("a word"));
        EXPECT_THAT(library.ask(WordInPlace{}), testing::StartsWith("a word"));
        EXPECT_THAT(*library.ask(Numbers{}), testing::StartsWith("a word")) << "not moved from";
    });
}

TEST_P(AskTest, AnswersMayBeMoveOnly) {
    play([](SystemStage& stage) { EXPECT_EQ(*stage.system.spawn<Library>().ask(Owned{}), 9); });
}

}  // namespace greenroom
