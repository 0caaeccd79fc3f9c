// Fields travel with whatever an actor, a task or a plain thread sends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/functional_actor.hpp>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/topic.hpp>
#include <greenroom/actors/urgent.hpp>
#include <greenroom/core/blocking.hpp>
#include <greenroom/core/gather.hpp>
#include <memory>
#include <string>
#include <vector>

#include "fields.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

struct Urgently {};

}  // namespace

template <>
inline constexpr bool is_urgent<Urgently> = true;

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class FieldsTravelTest : public support::OnSystems {
protected:
    // On a plain thread, in a task, and in a handler.
    static void from_everywhere(SystemStage& stage, const std::function<void()>& body) {
        body();
        stage.run(body);
        const auto scribe = stage.system.spawn<Scribe>();
        EXPECT_TRUE(scribe.ask(Do{body}));
    }
};
GREENROOM_ON_ALL_RUNTIMES(FieldsTravelTest);

// Has others answer for it.
class Desk : public Actor {
public:
    explicit Desk(Ref<Scribe> scribe) : scribe_{std::move(scribe)} {}
    void on(Tell, Reply<std::string> reply) {
        const FieldScope scope{{"desk", 1}};
        scribe_.forward(Tell{}, std::move(reply));
    }

private:
    const Ref<Scribe> scribe_;
};

// Puts off what it is asked, until it is told to take it up.
class Lazy : public Actor {
public:
    void on(Tell, Reply<std::string> reply) {
        if (is_open_) return reply.set(fields_here());
        stash(this, Tell{}, std::move(reply));
    }
    void on(Settle) {
        is_open_ = true;
        unstash();
    }

private:
    bool is_open_ = false;
};

}  // namespace

TEST_P(FieldsTravelTest, AMessageIsHandledWithThoseOfItsSenderAndTheNextOneWithItsOwn) {
    play([](SystemStage& stage) {
        const auto diary = std::make_shared<Diary>();
        const auto scribe = stage.system.spawn<Scribe>(diary);
        from_everywhere(stage, [&] {
            diary->clear();
            {
                const FieldScope scope{{"request", 17}};
                scribe.tell(Write{"told"});
                EXPECT_EQ(scribe.try_tell(Write{"tried"}), Sent::sent);
                scribe.tell(share(Write{"shared"}));
                EXPECT_EQ(scribe.ask(Tell{}), "request=17");
                EXPECT_EQ(scribe.request(Tell{}).get(), "request=17");
                const Ref<Protocol<std::string(Tell)>> by_protocol = scribe;
                EXPECT_EQ(by_protocol.ask(Tell{}), "request=17");
                scribe.tell_later(1ms, Write{"later"});
                until_lines(*diary, 4);
            }
            scribe.tell(Write{"next"});
            EXPECT_EQ(scribe.ask(Tell{}), "");
            EXPECT_THAT(diary->lines(),
                        ElementsAre("told: request=17", "tried: request=17", "shared: request=17",
                                    "later: request=17", "next: "));
        });
    });
}

TEST_P(FieldsTravelTest, TheyGoOnWithWhatIsSentAndBegunInTheHandler) {
    play([](SystemStage& stage) {
        const auto last = stage.system.spawn<Scribe>();
        const auto first = stage.system.spawn<Scribe>();
        from_everywhere(stage, [&] {
            const FieldScope scope{{"request", 17}};
            first.ask(Do{[&] {
                const FieldScope hop{{"hop", 1}};
                EXPECT_EQ(last.ask(Tell{}), "request=17 hop=1");
                const auto [one, two] =
                    gather([&] { return last.ask(Tell{}); },
                           [&] { return blocking([] { return fields_here(); }); });
                EXPECT_EQ(one, "request=17 hop=1");
                EXPECT_EQ(two, "request=17 hop=1");
                EXPECT_EQ(spawn([] { return fields_here(); }).get(), "request=17 hop=1");
            }});
            EXPECT_EQ(fields_here(), "request=17");
        });
    });
}

TEST_P(FieldsTravelTest, WhoForwardsGivesItsOwnAndAnAnswerBringsNone) {
    play([](SystemStage& stage) {
        const auto scribe = stage.system.spawn<Scribe>();
        const auto desk = stage.system.spawn<Desk>(scribe);
        from_everywhere(stage, [&] {
            const FieldScope scope{{"request", 17}};
            EXPECT_EQ(desk.ask(Tell{}), "request=17 desk=1");
            auto late = scribe.request(TellLater{});
            {
                const FieldScope other{{"request", 18}};
                scribe.tell(Settle{});
            }
            EXPECT_EQ(late.get(), "request=18");  // what the handler of Settle had
            EXPECT_EQ(fields_here(), "request=17");
        });
    });
}

TEST_P(FieldsTravelTest, AContinuationHasThoseOfWhoGaveIt) {
    play([](SystemStage& stage) {
        const auto scribe = stage.system.spawn<Scribe>();
        const auto asker = stage.system.spawn<Scribe>();
        Event went_on;
        std::string had;
        {
            const FieldScope scope{{"request", 17}};
            asker.ask(Do{[&] {
                const FieldScope own{{"step", 1}};
                scribe.request(TellLater{}).then([&](const std::string&) {
                    had = fields_here();
                    went_on.set();
                });
            }});
        }
        const FieldScope other{{"request", 18}};
        scribe.tell(Settle{});
        went_on.wait();
        EXPECT_EQ(had, "request=17 step=1");
    });
}

TEST_P(FieldsTravelTest, WhatIsPublishedOrPutOffKeepsThoseOfItsSender) {
    play([](SystemStage& stage) {
        const auto diary = std::make_shared<Diary>();
        const Ending ending{stage};
        const auto topic = stage.system.spawn<Topic<Write>>();
        for (int i = 0; i < 2; ++i) {
            topic.ask(Subscribe<Write>{stage.system.spawn<Scribe>(diary)});
        }
        const auto lazy = stage.system.spawn<Lazy>();
        const FieldScope scope{{"request", 17}};
        topic.tell(Write{"news"});
        auto put_off = lazy.request(Tell{});
        {
            const FieldScope other{{"request", 18}};
            lazy.tell(Settle{});
        }
        EXPECT_EQ(put_off.get(), "request=17");
        until_lines(*diary, 2);
        EXPECT_THAT(diary->lines(), ElementsAre("news: request=17", "news: request=17"));
    });
}

TEST_P(FieldsTravelTest, ATimerOfAnActorHasThoseOfTheHandlerThatStartedIt) {
    struct Tick {};
    struct Begin {};
    struct Count {};
    class Clockwork : public Actor {
    public:
        explicit Clockwork(std::shared_ptr<Diary> diary) : diary_{std::move(diary)} {}
        void on(Begin) { timer_ = start_periodic_timer(this, 1ms, Tick{}); }
        void on(Tick) {
            diary_->note(fields_here());
            if (++ticks_ == 3) timer_.cancel();
        }
        int on(Count) { return ticks_; }

    private:
        const std::shared_ptr<Diary> diary_;
        ActorTimer timer_;
        int ticks_ = 0;
    };
    play([](SystemStage& stage) {
        const auto diary = std::make_shared<Diary>();
        const auto clockwork = stage.system.spawn<Clockwork>(diary);
        {
            const FieldScope scope{{"request", 17}};
            clockwork.tell(Begin{});
        }
        {
            const FieldScope scope{{"request", 18}};
            support::until([&] { return clockwork.ask(Count{}) == 3; });
        }
        EXPECT_THAT(diary->lines(), ElementsAre("request=17", "request=17", "request=17"));
    });
}

TEST_P(FieldsTravelTest, AnUrgentMessageAndOtherKindsOfActorsHaveThemAsWell) {
    play([](SystemStage& stage) {
        const auto diary = std::make_shared<Diary>();
        const auto note = [diary](const char* who) { diary->note(who + fields_here()); };
        const auto functional = stage.system.spawn_functional(
            [note](Write) { note("functional "); }, [note](Urgently) { note("urgent "); });
        const auto process = stage.system.spawn_process<Write>([note](Process& self) {
            for (;;) self.receive([note](Write) { note("process "); });
        });
        {
            const FieldScope scope{{"request", 17}};
            functional.tell(Write{});
            process.tell(Write{});
            functional.tell(Urgently{});
        }
        process.tell(Write{});
        until_lines(*diary, 4);
        EXPECT_THAT(diary->lines(),
                    UnorderedElementsAre("functional request=17", "urgent request=17",
                                         "process request=17", "process "));
    });
}

}  // namespace greenroom
