// Circles of actors that wait for one another: which call fails, what it tells, and what is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/latch.hpp>
#include <greenroom/core/race.hpp>
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
using testing::HasSubstr;

class AskCycleTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(AskCycleTest);

class Link;

// Asks the first of them, with the rest.
struct Pass {
    std::vector<Ref<Link>> path;
    Duration timeout = 1h;
    Latch* together = nullptr;  // first waits for the others
};
class Link : public Actor {
public:
    // What went wrong, or "end".
    std::string on(const Pass& pass) {
        if (pass.together != nullptr) pass.together->arrive_and_wait();
        if (pass.path.empty()) return "end";
        Pass rest{{pass.path.begin() + 1, pass.path.end()}, pass.timeout, nullptr};
        try {
            return pass.path.front().ask(std::move(rest), pass.timeout);
        } catch (const Error& error) {
            return error.what();
        }
    }
};

std::string named(const Ref<Link>& link) { return to_string(link); }

std::vector<Ref<Link>> links(SystemStage& stage, std::size_t count, ActorOptions options = {}) {
    std::vector<Ref<Link>> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(stage.system.spawn_with<Link>(options));
    return made;
}

struct Begin {};

// Has a full mailbox once it has begun.
class Full;
class Filler : public Actor {
public:
    explicit Filler(bool tells) : tells_{tells} {}
    std::string on(const Ref<Full>& full);

private:
    const bool tells_;
};

class Full : public Actor {
public:
    explicit Full(Ref<Filler> filler) : filler_{std::move(filler)} {}
    std::string on(Begin) { return filler_.ask(self(this), 1h); }
    void on(Number) { ++numbers_; }
    int on(Numbers) { return numbers_; }

private:
    const Ref<Filler> filler_;
    int numbers_ = 0;
};

std::string Filler::on(const Ref<Full>& full) {
    while (full.try_tell(Number{1}) == Sent::sent) {
    }
    try {
        if (tells_) {
            full.tell(Number{1});
        } else {
            full.ask(Numbers{}, 1h);
        }
    } catch (const AskCycle& error) {
        return error.what();
    }
    return "none";
}

// Has the handler that a Keeper asks.
using Asked = Protocol<int(Numbers)>;

struct AskLater {
    Ref<Asked> asked;
    Event& go_on;
};
// Ask, give that up, and stay in the handler.
struct GiveUp {
    Event& when;
    Event& given_up;
    Event& stay;
};

// Keeps the Reply of who asks it, and asks back.
class Keeper : public Actor {
public:
    explicit Keeper(Event& taken) : taken_{taken} {}

    void on(Begin, Reply<std::string> reply) {
        reply_ = std::move(reply);
        taken_.set();
    }
    std::string on(const Ref<Asked>& asked) {
        try {
            asked.ask(Numbers{}, 1s);
            return "answered";
        } catch (const Timeout&) {
            reply_.set("later");
            return "timeout";
        }
    }
    std::string on(const AskLater& later) {
        taken_.set();
        later.go_on.wait();
        later.asked.ask(Numbers{}, 1h);
        return "answered";
    }

private:
    Event& taken_;
    Reply<std::string> reply_;
};

class Asker : public Actor {
public:
    explicit Asker(Ref<Keeper> keeper, Duration timeout = 1h)
        : keeper_{std::move(keeper)}, timeout_{timeout} {}

    std::string on(Begin) {
        try {
            return keeper_.ask(Begin{}, timeout_);
        } catch (const Timeout&) {
            return "timeout";
        }
    }
    std::size_t on(const GiveUp& how) {
        const auto first =
            race([&] { (void)keeper_.ask(Begin{}, timeout_); }, [&] { how.when.wait(); });
        how.given_up.set();
        how.stay.wait();
        return first;
    }
    int on(Numbers) { return 1; }

private:
    const Ref<Keeper> keeper_;
    const Duration timeout_;
};

}  // namespace

TEST_P(AskCycleTest, TheAskThatClosesItFailsAtOnceWithTheWholeStory) {
    play([](SystemStage& stage) {
        for (const std::size_t count : {1u, 2u, 3u, 5u}) {
            auto all = links(stage, count);
            std::vector<Ref<Link>> path(all.begin() + 1, all.end());
            path.push_back(all[0]);
            const std::string story = all[0].ask(Pass{path});
            EXPECT_THAT(story, HasSubstr("closes a circle"));
            for (std::size_t i = 0; i < count; ++i) {
                EXPECT_THAT(story, HasSubstr(named(all[i]) + " asks " +
                                             named(all[(i + 1) % count]) + " with "));
            }
            EXPECT_THAT(story, HasSubstr("ask_cycle_test.cpp:"));
            EXPECT_THAT(story, HasSubstr("Pass"));
            // Nothing of it is left.
            EXPECT_EQ(all[0].ask(Pass{}), "end");
        }
    });
}

TEST_P(AskCycleTest, ADeadlineOnACallOfItExcusesNothing) {
    play([](SystemStage& stage) {
        auto all = links(stage, 2);
        EXPECT_THAT(all[0].ask(Pass{{all[1], all[0]}, 10s}), HasSubstr("closes a circle"));
    });
}

TEST_P(AskCycleTest, OneThroughAFullMailboxIsFoundByAskAndTell) {
    play([](SystemStage& stage) {
        for (const bool tells : {true, false}) {
            ActorOptions narrow;
            narrow.mailbox = {.bound = 2, .when_full = WhenFull::suspend_sender};
            auto filler = stage.system.spawn<Filler>(tells);
            auto full = stage.system.spawn_with<Full>(narrow, filler);
            const std::string story = full.ask(Begin{});
            EXPECT_THAT(story, HasSubstr(to_string(full) + " asks " + to_string(filler)));
            EXPECT_THAT(story,
                        HasSubstr(to_string(filler) + (tells ? " waits for room in " : " asks ") +
                                  to_string(full)));
            EXPECT_EQ(full.ask(Numbers{}), 2);  // what had found room was handled
        }
    });
}

TEST_P(AskCycleTest, AChainThatEndsIsNone) {
    play([](SystemStage& stage) {
        auto all = links(stage, 100);
        EXPECT_EQ(all[0].ask(Pass{{all.begin() + 1, all.end()}}), "end");
        EXPECT_EQ(all[0].ask(Pass{{all.begin() + 1, all.end()}}), "end");
    });
}

TEST_P(AskCycleTest, OneThatGoesThroughAReentrantActorIsNone) {
    play([](SystemStage& stage) {
        ActorOptions reentrant;
        reentrant.reentrant = true;
        auto open = stage.system.spawn_with<Link>(reentrant);
        auto other = stage.system.spawn<Link>();
        EXPECT_EQ(open.ask(Pass{{other, open}}), "end");
        EXPECT_EQ(other.ask(Pass{{open, open}}), "end");
    });
}

TEST_P(AskCycleTest, AnAskWhoseReplyWasTakenIsNone) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        Event taken;
        auto keeper = stage.system.spawn<Keeper>(taken);
        auto asker = stage.system.spawn<Asker>(keeper);
        auto asking = stage.spawn([&] { return asker.ask(Begin{}, 1h); });
        taken.wait();
        EXPECT_EQ(keeper.ask(Ref<Asked>{asker}, 1h), "timeout");
        EXPECT_EQ(asking.get(), "later");
    });
}

TEST_P(AskCycleTest, AnAskThatHasExpiredIsNone) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        Event taken;
        Event go_on;
        auto keeper = stage.system.spawn<Keeper>(taken);
        auto asker = stage.system.spawn<Asker>(keeper, 1s);
        auto busy = stage.spawn([&] { return keeper.ask(AskLater{asker, go_on}, 1h); });
        taken.wait();
        EXPECT_EQ(asker.ask(Begin{}, 1h), "timeout");
        go_on.set();
        EXPECT_EQ(busy.get(), "answered");
    });
}

TEST_P(AskCycleTest, AnAskThatWasCancelledIsNone) {
    play([](SystemStage& stage) {
        Event taken;
        Event go_on;
        Event when;
        Event given_up;
        Event stay;
        auto keeper = stage.system.spawn<Keeper>(taken);
        auto asker = stage.system.spawn<Asker>(keeper);
        auto busy = stage.spawn([&] { return keeper.ask(AskLater{asker, go_on}, 1h); });
        taken.wait();
        auto asking = stage.spawn([&] { return asker.ask(GiveUp{when, given_up, stay}, 1h); });
        stage.until_waiting("ask", 3);  // with the one that is given up
        when.set();
        given_up.wait();
        go_on.set();
        stage.until_waiting("ask", 3);  // with the keeper's of the asker, which is in its handler
        stay.set();
        EXPECT_EQ(asking.get(), 1u);
        EXPECT_EQ(busy.get(), "answered");
    });
}

TEST_P(AskCycleTest, OfSeveralThatCloseItTogetherExactlyOneFails) {
    std::atomic<int> met{0};
    play([&met](SystemStage& stage) {
        for (const std::size_t count : {2u, 3u, 5u}) {
            auto all = links(stage, count);
            Latch together{count};
            std::vector<Task<std::string>> asks;
            for (std::size_t i = 0; i < count; ++i) {
                asks.push_back(stage.spawn([&, i] {
                    return all[i].ask(Pass{{all[(i + 1) % count]}, 1h, &together}, 1h);
                }));
            }
            int failed = 0;
            for (auto& ask : asks) failed += ask.get() == "end" ? 0 : 1;
            EXPECT_EQ(failed, 1);
            ++met;
        }
    });
    EXPECT_GT(met, 0);
}

}  // namespace greenroom
