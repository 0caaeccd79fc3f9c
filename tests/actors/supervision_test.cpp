// Supervision: what is restarted, in which order, how often, and what of it the outside sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <vector>

#include "cast.hpp"
#include "diary.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;

class SupervisionTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(SupervisionTest);

struct Get {};
struct Name {};

// Notes its life; fails when it is told to.
class Child : public Actor {
public:
    Child(Diary& diary, std::string name) : diary_{diary}, name_{std::move(name)} {}

    void on_start() override { diary_.note("+" + name_); }
    void on_stop(const ExitReason& reason) override {
        diary_.note("-" + name_);
        reason_ = reason;
    }
    void on(Number number) { sum_ += number.value; }
    int on(Get) { return sum_; }
    void on(Fail) { throw std::runtime_error("no luck"); }
    void on(Stop) { stop(); }
    void on(const Hold& hold) { hold.wait(); }
    std::string on(Name) { return name_; }

private:
    Diary& diary_;
    const std::string name_;
    int sum_ = 0;
    ExitReason reason_;
};

struct Children {};

// Three of them: a, b, c.
class Parent : public Actor {
public:
    Parent(Diary& diary, ChildOptions options = {}) : diary_{diary}, options_{options} {}

    void on_start() override {
        for (const char* name : {"a", "b", "c"}) {
            children_.push_back(supervise(
                [&diary = diary_, name] {
                    return Child{diary, name};
                },
                options_));
        }
    }
    std::vector<Ref<Child>> on(Children) { return children_; }
    void on(const Hold& hold) { hold.wait(); }
    void on(Stop) { stop(); }

private:
    Diary& diary_;
    const ChildOptions options_;
    std::vector<Ref<Child>> children_;
};

ActorOptions supervised_by(Supervision rules) {
    ActorOptions options;
    options.supervision = rules;
    return options;
}

struct Grow {
    std::string name;
};

// Has one more with each message, and may be on another worker by then.
class Grower : public Actor {
public:
    explicit Grower(Diary& diary) : diary_{diary} {}
    Ref<Child> on(const Grow& grow) {
        return supervise([&diary = diary_, name = grow.name] { return Child{diary, name}; });
    }

private:
    Diary& diary_;
};

std::vector<Ref<Child>> children_of(const Ref<Parent>& parent) {
    auto children = parent.ask(Children{});
    for (const auto& child : children) child.ask(Get{});  // they have started
    return children;
}

}  // namespace

TEST_P(SupervisionTest, ARestartKeepsTheReferenceAndTheMailboxAndNotTheState) {
    play([](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto parent = stage.system.spawn<Parent>(diary);
        auto child = children_of(parent)[1];
        diary.clear();
        Event begun;
        Event go_on;
        child.tell(Number{5});
        child.tell(Hold{begun, go_on});
        begun.wait();
        child.tell(Fail{});
        child.tell(Number{7});
        go_on.set();
        EXPECT_EQ(child.ask(Get{}), 7);
        EXPECT_THAT(diary.lines(), ElementsAre("-b", "+b"));
        EXPECT_EQ(stage.system.stats().failures, 1u);
        EXPECT_EQ(stage.system.stats().dead_letters, 0u);
    });
}

TEST_P(SupervisionTest, TheStrategySaysWhoIsRestartedAndInWhichOrder) {
    struct Case {
        Strategy strategy;
        std::vector<std::string> lines;
    };
    const std::vector<Case> cases = {
        {Strategy::one_for_one, {"-b", "+b"}},
        {Strategy::all_for_one, {"-b", "-c", "-a", "+a", "+b", "+c"}},
        {Strategy::rest_for_one, {"-b", "-c", "+b", "+c"}},
    };
    for (const Case& it : cases) {
        play([&it](SystemStage& stage) {
            Diary diary;
            const Ending ending{stage};
            auto parent =
                stage.system.spawn_with<Parent>(supervised_by({.strategy = it.strategy}), diary);
            auto children = children_of(parent);
            diary.clear();
            children[1].tell(Fail{});
            until_lines(diary, it.lines.size());
            for (const auto& child : children) child.ask(Get{});
            EXPECT_EQ(diary.lines(), it.lines);
        });
    }
}

// Ids come from the worker where a child was spawned.
TEST_P(SupervisionTest, TheOrderIsThatOfSpawningWhateverTheIds) {
    int ids_that_fell = 0;
    play([&](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto parent = stage.system.spawn_with<Grower>(
            supervised_by({.strategy = Strategy::rest_for_one}), diary);
        std::vector<Ref<Child>> children;
        std::vector<std::string> down;
        std::vector<std::string> up;
        for (const std::string name : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
            children.push_back(parent.ask(Grow{name}));
            children.back().ask(Get{});  // it has started
            const bool is_younger = children.size() > 5;
            if (is_younger) down.insert(down.begin(), "-" + name);
            if (is_younger || children.size() == 5) up.push_back("+" + name);
        }
        std::vector<std::string> lines{"-e"};
        lines.insert(lines.end(), down.begin(), down.end());
        lines.insert(lines.end(), up.begin(), up.end());
        diary.clear();
        children[4].tell(Fail{});
        until_lines(diary, lines.size());
        EXPECT_EQ(diary.lines(), lines);
        const auto tree = stage.system.tree();
        ASSERT_EQ(tree.at(0).children.size(), children.size());
        for (std::size_t i = 0; i < children.size(); ++i) {
            EXPECT_EQ(tree[0].children[i].id, children[i].id());
            if (i > 0 && children[i].id().number < children[i - 1].id().number) ++ids_that_fell;
        }
    });
    if (simulated() && workers() == 8) {
        EXPECT_GT(ids_that_fell, 0);
    }
}

TEST_P(SupervisionTest, PermanentTransientAndTemporaryChildrenEndAsTheTableSays) {
    struct Case {
        Restart restart;
        bool after_failure;
        bool after_stop;
    };
    for (const Case it :
         {Case{Restart::permanent, true, true}, Case{Restart::transient, true, false},
          Case{Restart::temporary, false, false}}) {
        for (const bool fails : {true, false}) {
            play([it, fails](SystemStage& stage) {
                Diary diary;
                const Ending ending{stage};
                auto parent =
                    stage.system.spawn<Parent>(diary, ChildOptions{.restart = it.restart});
                auto child = children_of(parent)[1];
                diary.clear();
                fails ? child.tell(Fail{}) : child.tell(Stop{});
                if (fails ? it.after_failure : it.after_stop) {
                    until_lines(diary, 2);
                    EXPECT_EQ(child.ask(Get{}), 0);
                } else {
                    support::until([&] { return stage.system.stats().actors == 3; });
                    EXPECT_THROW(child.ask(Get{}), ActorStopped);
                }
            });
        }
    }
}

TEST_P(SupervisionTest, OneRestartTooManyFailsTheParent) {
    play([](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto parent = stage.system.spawn_with<Parent>(
            supervised_by({.restarts_max = 3, .within = 5s}), diary);
        auto watcher = stage.system.spawn<Watcher>(Ref<Actor>{parent});
        watcher.ask(Downs{});
        auto child = children_of(parent)[1];
        for (int i = 0; i < 3; ++i) {
            child.tell(Fail{});
            EXPECT_EQ(child.ask(Get{}), 0);
        }
        child.tell(Fail{});
        support::until([&] { return !watcher.ask(Downs{}).empty(); });
        const Down down = watcher.ask(Downs{})[0];
        EXPECT_EQ(down.reason.kind, ExitKind::failed);
        EXPECT_THAT(down.reason.what, testing::HasSubstr("restarted too often"));
        EXPECT_TRUE(child.has_ended());
    });
}

TEST_P(SupervisionTest, AStopOfTheParentEndsItsChildrenWhateverTheyDo) {
    play([](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto parent = stage.system.spawn_with<Parent>(
            supervised_by({.strategy = Strategy::all_for_one, .restarts_max = 100}), diary);
        auto children = children_of(parent);
        auto failing = stage.spawn([&] {
            for (int i = 0; i < 20; ++i) {
                children[static_cast<std::size_t>(i % 3)].tell(Fail{});
                yield();
            }
        });
        parent.tell(Stop{});
        failing.get();
        support::until([&] { return stage.system.stats().actors == 0; });
    });
}

TEST_P(SupervisionTest, RestartsWaitLongerEachTimeAndBeginAnewAfterACalmTime) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        Diary diary;
        const Ending ending{stage};
        auto parent = stage.system.spawn_with<Parent>(
            supervised_by({.restarts_max = 100,
                           .within = 1h,
                           .backoff = {.first = 100ms, .max = 300ms, .jitter = 0.0, .calm = 10s}}),
            diary);
        auto child = children_of(parent)[1];
        stage.run([&] {
            std::vector<Duration> delays;
            const auto fail = [&] {
                const TimePoint then = Deadline::after(0ns).at();
                child.tell(Fail{});
                child.ask(Get{});
                delays.push_back(Deadline::after(0ns).at() - then);
            };
            for (int i = 0; i < 4; ++i) fail();
            sleep_for(11s);
            fail();
            ASSERT_EQ(delays.size(), 5u);
            const std::vector<Duration> wanted{100ms, 200ms, 300ms, 300ms, 100ms};
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                EXPECT_GE(delays[i], wanted[i]);
                EXPECT_LE(delays[i], wanted[i] + 20ms);
            }
        });
    });
}

TEST_P(SupervisionTest, ADirectiveMayResumeOrStopOrEscalate) {
    struct Case {
        Directive directive;
        std::size_t actors;
    };
    for (const Case it :
         {Case{Directive::resume, 4}, Case{Directive::stop, 3}, Case{Directive::escalate, 0}}) {
        play([it](SystemStage& stage) {
            Diary diary;
            const Ending ending{stage};
            ChildOptions options;
            switch (it.directive) {
                case Directive::resume:
                    options.on_failure = [](const std::exception_ptr&) {
                        return Directive::resume;
                    };
                    break;
                case Directive::stop:
                    options.on_failure = [](const std::exception_ptr&) { return Directive::stop; };
                    break;
                default:
                    options.on_failure = [](const std::exception_ptr&) {
                        return Directive::escalate;
                    };
            }
            auto parent = stage.system.spawn<Parent>(diary, options);
            auto child = children_of(parent)[1];
            child.tell(Number{5});
            child.tell(Fail{});
            if (it.directive == Directive::resume) {
                EXPECT_EQ(child.ask(Get{}), 5);
            }
            support::until([&] { return stage.system.stats().actors == it.actors; });
        });
    }
}

TEST_P(SupervisionTest, StopChildEndsOneThatWouldBeRestarted) {
    class Owner : public Actor {
    public:
        explicit Owner(Diary& diary) : diary_{diary} {}
        Ref<Child> on(Get) {
            return child_ = supervise([&diary = diary_] { return Child{diary, "x"}; });
        }
        void on(Stop) { stop_child(child_); }

    private:
        Diary& diary_;
        Ref<Child> child_;
    };
    play([](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto owner = stage.system.spawn<Owner>(diary);
        auto child = owner.ask(Get{});
        child.ask(Get{});
        owner.tell(Stop{});
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_THAT(diary.lines(), ElementsAre("+x", "-x"));
    });
}

TEST_P(SupervisionTest, TheSystemEndsOneOfItsOwnForGood) {
    play([](SystemStage& stage) {
        Diary diary;
        const Ending ending{stage};
        auto child = stage.system.supervise([&diary] { return Child{diary, "x"}; });
        child.ask(Get{});
        child.stop();  // it comes up again
        until_lines(diary, 3);
        stage.system.stop_child(child);
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_THAT(diary.lines(), ElementsAre("+x", "-x", "+x", "-x"));
    });
}

}  // namespace greenroom
