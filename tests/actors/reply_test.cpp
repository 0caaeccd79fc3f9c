// Reply, Result, request and forward: answers that are given later, by others, or as errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/task.hpp>
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

class ReplyTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ReplyTest);

struct Get {};
struct Give {
    int value;
};
struct Drop {};
struct Throw {};
struct Ready {};
struct Parse {
    std::string text;
};
struct Refuse {};

// May be moved so often.
struct Brittle {
    explicit Brittle(int moves) : left{moves} {}
    Brittle(Brittle&& other) : left{other.left - 1} {
        if (left < 0) throw std::runtime_error{"it broke"};
    }
    Brittle& operator=(Brittle&&) = delete;

    int left;
};
struct Make {
    int moves;
};
struct MakeLater : Make {};

class Potter : public Actor {
public:
    Brittle on(const Make& make) { return Brittle{make.moves}; }
    void on(const MakeLater& make, Reply<Brittle> reply) { reply.set(Brittle{make.moves}); }
};

// Keeps who asks waiting until it is told what to say.
class Desk : public Actor {
public:
    void on(Get, Reply<int> reply) { waiting_.push_back(std::move(reply)); }
    void on(const Refuse&, Reply<void> reply) { reply.fail(Error{Errc::not_found, "none here"}); }
    void on(Throw&&, Reply<int>) { throw std::runtime_error("no luck"); }
    void on(Ready, Reply<void> reply) { reply.set(); }
    void on(Give give) {
        for (auto& reply : waiting_) reply.set(give.value);
        waiting_.clear();
    }
    void on(Drop) { waiting_.clear(); }
    std::size_t on(Numbers) { return waiting_.size(); }
    void on(Stop) { stop(); }
    Result<int> on(const Parse& parse) {
        if (parse.text.empty()) return Error{Errc::not_found, "no number"};
        return std::stoi(parse.text);
    }
    Result<void> on(const Hold& hold) {
        hold.wait();
        return {};
    }
    int on(Fail) { throw std::runtime_error("no luck"); }

private:
    std::vector<Reply<int>> waiting_;
};

// Has the desk answer in its place.
class Porter : public Actor {
public:
    explicit Porter(Ref<Desk> desk) : desk_{std::move(desk)} {}
    void on(Get get, Reply<int> reply) { desk_.forward(get, std::move(reply)); }
    void on(Parse parse, Reply<int> reply) { desk_.forward(std::move(parse), std::move(reply)); }
    void on(Fail fail, Reply<int> reply) { desk_.forward(fail, std::move(reply)); }
    void on(Ready) {}

private:
    Ref<Desk> desk_;
};

std::error_code code_of(const std::function<void()>& call) {
    try {
        call();
        return {};
    } catch (const std::system_error& error) {
        return error.code();
    }
}

}  // namespace

TEST_P(ReplyTest, TheAnswerMayComeFromALaterHandler) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        auto first = stage.spawn([&] { return desk.ask(Get{}); });
        auto second = stage.spawn([&] { return desk.ask(Get{}); });
        while (desk.ask(Numbers{}) < 2) yield();
        desk.tell(Give{7});
        EXPECT_EQ(first.get(), 7);
        EXPECT_EQ(second.get(), 7);
        desk.ask(Ready{});
    });
}

TEST_P(ReplyTest, OneThatIsDroppedIsBrokenForItsAsker) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        auto asker = stage.spawn([&] { return desk.ask(Get{}); });
        while (desk.ask(Numbers{}) < 1) yield();
        desk.tell(Drop{});
        EXPECT_EQ(code_of([&] { asker.get(); }), Errc::broken);
    });
}

// It ends as its class does: the members go, and with them the replies.
TEST_P(ReplyTest, OfAnActorThatEndsItTellsTheAskerSo) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        auto asker = stage.spawn([&] { return desk.ask(Get{}); });
        while (desk.ask(Numbers{}) < 1) yield();
        desk.tell(Stop{});
        EXPECT_EQ(code_of([&] { asker.get(); }), Errc::actor_stopped);
    });
}

TEST_P(ReplyTest, AnAnswerMayBeAnErrorAndTheActorLivesOn) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        EXPECT_EQ(code_of([&] { desk.ask(Refuse{}); }), Errc::not_found);
        EXPECT_EQ(desk.ask(Parse{"12"}), 12);
        EXPECT_EQ(code_of([&] { desk.ask(Parse{}); }), Errc::not_found);
        EXPECT_EQ(desk.ask(Parse{"13"}), 13);
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(ReplyTest, AHandlerThatThrowsWithItFailsItsAskerAndItself) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        EXPECT_THROW(desk.ask(Throw{}), HandlerFailed);
        EXPECT_EQ(code_of([&] { desk.ask(Get{}); }), Errc::actor_stopped);
        EXPECT_EQ(stage.system.stats().failures, 1u);
    });
}

// A cancellation is no failure, here either.
TEST_P(ReplyTest, OfAKilledHandlerItTellsTheAskerThatTheActorStopped) {
    play([](SystemStage& stage) {
        class Waits : public Actor {
        public:
            explicit Waits(Event& begun) : begun_{begun} {}
            void on(Get, Reply<int>) {
                begun_.set();
                never_.wait();
            }

        private:
            Event& begun_;
            Event never_;
        };
        Event begun;
        auto waits = stage.system.spawn<Waits>(begun);
        auto asker = stage.spawn([&] { return waits.ask(Get{}, 1h); });
        begun.wait();
        waits.kill();
        EXPECT_EQ(code_of([&] { asker.get(); }), Errc::actor_stopped);
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(ReplyTest, ToNobodyItTakesTheAnswerAllTheSame) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        desk.tell(Get{});
        desk.tell(Ready{});
        desk.tell(Refuse{});
        desk.tell(Give{1});
        EXPECT_EQ(desk.ask(Numbers{}), 0u);
    });
}

TEST_P(ReplyTest, IsGivenOnce) {
    play([](SystemStage&) {
        Promise<int> promise;
        auto future = promise.future();
        Reply<int> reply{std::move(promise)};
        EXPECT_TRUE(reply.is_awaited());
        reply.set(1);
        EXPECT_FALSE(reply.is_awaited());
        EXPECT_EQ(code_of([&] { reply.set(2); }), std::errc::operation_not_permitted);
        EXPECT_EQ(future.get(), 1);
    });
}

// Property  An asker that gives up gets its Timeout or the answer, each answer that comes too late
//           is counted, and whoever holds the reply may use it at any time.
TEST_P(ReplyTest, WhoGivesUpAndTheAnswerMayMeet) {
    int answered = 0;
    int timed_out = 0;
    play(
        [&](SystemStage& stage) {
            auto desk = stage.system.spawn<Desk>();
            const int rounds = stage.times(200) + 20;  // enough for both, with a single seed
            int late = 0;
            for (int i = 0; i < rounds; ++i) {
                auto asker = stage.spawn(
                    [&] { return code_of([&] { (void)desk.ask(Get{}, i % 2 == 0 ? 0ms : 1h); }); });
                while (i % 2 == 1 && desk.ask(Numbers{}) == 0) yield();
                desk.tell(Give{i});
                const std::error_code how = asker.get();
                ++(how == Errc::timed_out ? timed_out : answered);
                if (how == Errc::timed_out) ++late;
                desk.tell(Give{i});
                EXPECT_EQ(desk.ask(Numbers{}), 0u);
            }
            const SystemStats stats = stage.system.stats();
            EXPECT_EQ(stats.late_answers + stats.expired_asks, static_cast<std::uint64_t>(late));
        },
        {}, 20);
    EXPECT_GT(answered, 0);
    EXPECT_GT(timed_out, 0);
}

TEST_P(ReplyTest, MayOutliveItsActorAndItsSystem) {
    std::optional<Reply<int>> kept;
    play([&](SystemStage& stage) {
        class Keeper : public Actor {
        public:
            explicit Keeper(std::optional<Reply<int>>& place) : place_{place} {}
            void on(Get, Reply<int> reply) { place_ = std::move(reply); }
            bool on(Numbers) { return place_.has_value() && place_->is_awaited(); }

        private:
            std::optional<Reply<int>>& place_;
        };
        auto keeper = stage.system.spawn<Keeper>(kept);
        auto asker = stage.spawn([&] { return keeper.ask(Get{}); });
        while (!keeper.ask(Numbers{})) yield();
    });
    ASSERT_TRUE(kept.has_value());
    EXPECT_TRUE(kept->asker_has_gone());
    kept->set(3);
}

TEST_P(ReplyTest, ARequestsAnswerComesToItsFuture) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        Future<int> later = desk.request(Get{});
        Future<int> parsed = desk.request(Parse{"5"});
        Future<void> ready = desk.request(Ready{});
        EXPECT_EQ(parsed.get(), 5);
        ready.get();
        EXPECT_FALSE(later.ready());
        desk.tell(Give{6});
        EXPECT_EQ(later.get(), 6);
        EXPECT_EQ(desk.request(Parse{}).result().code(), Errc::not_found);
        EXPECT_EQ(desk.request(Fail{}).result().code(), Errc::handler_failed);
        EXPECT_EQ(desk.request(Parse{"5"}).result().code(), Errc::actor_stopped);
    });
}

TEST_P(ReplyTest, AnAnswerThatCannotBeMovedIsAFailure) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        bool came = false;
        for (int moves = 0; moves < 20; ++moves) {
            const auto potter = [&] { return stage.system.spawn<Potter>(); };
            const auto ways = std::initializer_list<std::function<Brittle()>>{
                [&] { return potter().ask(MakeLater{{moves}}); },
                [&] { return potter().request(MakeLater{{moves}}).get(); },
                [&] { return potter().ask(Make{moves}); },
                [&] { return potter().request(Make{moves}).get(); }};
            came = true;
            for (const auto& way : ways) {
                try {
                    (void)way();
                } catch (const std::exception& failure) {
                    came = false;
                    EXPECT_THAT(failure.what(), testing::AnyOf(testing::HasSubstr("it broke"),
                                                               testing::HasSubstr("exception")));
                }
            }
        }
        EXPECT_TRUE(came) << "so often is none moved";
    });
}

TEST_P(ReplyTest, ARequestToAFullMailboxTellsItsFuture) {
    play([](SystemStage& stage) {
        auto desk =
            stage.system.spawn_with<Desk>({.mailbox = {.bound = 1, .when_full = WhenFull::fail}});
        Event begun;
        Event go_on;
        Event left;
        desk.tell(Hold{begun, go_on, &left});
        begun.wait();
        Future<int> queued = desk.request(Parse{"1"});
        EXPECT_EQ(desk.request(Parse{"2"}).result().code(), Errc::mailbox_full);
        go_on.set();
        left.wait();
        EXPECT_EQ(queued.get(), 1);
    });
}

TEST_P(ReplyTest, WhatIsForwardedIsAnsweredToTheFirstAsker) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        auto porter = stage.system.spawn<Porter>(desk);
        EXPECT_EQ(porter.ask(Parse{"12"}), 12);
        EXPECT_EQ(code_of([&] { porter.ask(Parse{}); }), Errc::not_found);
        porter.tell(Parse{"12"});  // to nobody
        auto asker = stage.spawn([&] { return porter.ask(Get{}); });
        while (desk.ask(Numbers{}) < 1) yield();
        desk.tell(Give{9});
        EXPECT_EQ(asker.get(), 9);
        EXPECT_EQ(porter.request(Parse{"12"}).get(), 12);
        EXPECT_THROW(porter.ask(Fail{}), HandlerFailed);
        EXPECT_EQ(code_of([&] { porter.ask(Parse{"12"}); }), Errc::actor_stopped);
        EXPECT_EQ(stage.system.stats().failures, 1u);
        EXPECT_FALSE(porter.has_ended());
    });
}

// The asker of a forwarded request has gone before that is handled: then nobody handles it.
TEST_P(ReplyTest, WhatNobodyWaitsForAnyMoreIsNotHandled) {
    play([](SystemStage& stage) {
        auto desk = stage.system.spawn<Desk>();
        auto porter = stage.system.spawn<Porter>(desk);
        Event begun;
        Event go_on;
        Event left;
        desk.tell(Hold{begun, go_on, &left});
        begun.wait();
        EXPECT_EQ(code_of([&] { (void)porter.ask(Get{}, 1ms); }), Errc::timed_out);
        porter.ask(Ready{});
        go_on.set();
        left.wait();
        EXPECT_EQ(desk.ask(Numbers{}), 0u);
        EXPECT_EQ(stage.system.stats().expired_asks, 1u);
        EXPECT_EQ(stage.system.stats().late_answers, 0u);
    });
}

}  // namespace greenroom
