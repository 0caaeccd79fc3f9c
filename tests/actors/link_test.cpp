// Links: who fails with whom, who is told instead, and when nobody does. Watches that are ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/task.hpp>
#include <stdexcept>
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
using testing::HasSubstr;
using testing::IsEmpty;

class LinkTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(LinkTest);

struct LinkTo {
    AnyRef other;
};
struct UnlinkFrom {
    AnyRef other;
};

class Linked : public Listener {
public:
    using Listener::on;
    void on(const LinkTo& link_to) { link(link_to.other); }
    bool on(const UnlinkFrom& from) { return unlink(from.other); }
};

// Is told of the ends of those that it is linked to.
class Trapping : public Linked {
public:
    using Linked::on;
    void on(const LinkDown& down) { downs_.push_back(to_string(down.reason)); }
    std::vector<std::string> on(Downs) { return downs_; }

private:
    std::vector<std::string> downs_;
};

struct Pair {
    explicit Pair(SystemStage& stage)
        : first{stage.system.spawn<Linked>()}, second{stage.system.spawn<Linked>()} {
        first.ask(LinkTo{second});
    }
    Ref<Linked> first;
    Ref<Linked> second;
};

void until_ended(const AnyRef& ref) {
    support::until([&] { return ref.has_ended(); });
}

}  // namespace

TEST_P(LinkTest, AFailureOfEitherIsTheOthersToo) {
    play([](SystemStage& stage) {
        for (const bool first_fails : {true, false}) {
            Pair pair{stage};
            auto watcher =
                stage.system.spawn<Watcher>(Ref<Actor>{first_fails ? pair.second : pair.first});
            watcher.ask(Downs{});
            (first_fails ? pair.first : pair.second).tell(Fail{});
            support::until([&] { return !watcher.ask(Downs{}).empty(); });
            const Down down = watcher.ask(Downs{})[0];
            EXPECT_EQ(down.reason.kind, ExitKind::failed);
            EXPECT_THAT(down.reason.what, HasSubstr("to which it is linked"));
            EXPECT_THAT(down.reason.what, HasSubstr("no luck"));
        }
    });
}

TEST_P(LinkTest, AKillSpreadsAndANormalEndDoesNot) {
    play([](SystemStage& stage) {
        Pair killed{stage};
        killed.first.kill();
        until_ended(killed.second);
        Pair stopped{stage};
        stopped.first.tell(Stop{});
        until_ended(stopped.first);
        EXPECT_THAT(stopped.second.ask(Numbers{}), IsEmpty());
        EXPECT_FALSE(stopped.second.ask(UnlinkFrom{stopped.first}));  // it is gone with that one
    });
}

// Its end was normal up to then; but what the log says of the failure holds for its watchers.
TEST_P(LinkTest, ItReachesOneWhoseDestructorRuns) {
    class Slow : public Linked {
    public:
        Slow(Event& begun, Event& go_on) : begun_{begun}, go_on_{go_on} {}
        ~Slow() override {
            begun_.set();
            go_on_.wait();
        }

    private:
        Event& begun_;
        Event& go_on_;
    };
    play([](SystemStage& stage) {
        Event begun;
        Event go_on;
        auto slow = stage.system.spawn<Slow>(begun, go_on);
        auto other = stage.system.spawn<Linked>();
        slow.ask(LinkTo{other});
        auto watcher = stage.system.spawn<Watcher>(Ref<Actor>{slow});
        watcher.ask(Downs{});
        slow.tell(Stop{});
        begun.wait();
        other.tell(Fail{});
        support::until([&] { return stage.system.stats().actors == 2; });
        go_on.set();
        support::until([&] { return !watcher.ask(Downs{}).empty(); });
        const Down down = watcher.ask(Downs{})[0];
        EXPECT_EQ(down.reason.kind, ExitKind::failed);
        EXPECT_THAT(down.reason.what, HasSubstr("to which it is linked"));
    });
}

TEST_P(LinkTest, ItReachesOneThatIsSuspendedInAHandler) {
    play([](SystemStage& stage) {
        Pair pair{stage};
        Event begun;
        Event go_on;
        pair.second.tell(Hold{begun, go_on});
        begun.wait();
        pair.first.tell(Fail{});
        support::until([&] { return pair.second.has_ended(); });  // it takes no more messages
        go_on.set();
        support::until([&] { return stage.system.stats().actors == 0; });
    });
}

TEST_P(LinkTest, OneThatHandlesLinkDownIsToldAndLivesOn) {
    play([](SystemStage& stage) {
        auto trapping = stage.system.spawn<Trapping>();
        auto failing = stage.system.spawn<Linked>();
        auto stopping = stage.system.spawn<Linked>();
        trapping.ask(LinkTo{failing});
        stopping.ask(LinkTo{trapping});
        stopping.tell(Stop{});
        support::until([&] { return trapping.ask(Downs{}).size() == 1; });
        failing.tell(Fail{});
        support::until([&] { return trapping.ask(Downs{}).size() == 2; });
        EXPECT_THAT(trapping.ask(Downs{}), ElementsAre("stopped", HasSubstr("failed: no luck")));
    });
}

TEST_P(LinkTest, OneToAnActorThatHasFailedFailsAtOnce) {
    play([](SystemStage& stage) {
        auto failed = stage.system.spawn<Linked>();
        failed.tell(Fail{});
        until_ended(failed);
        support::until([&] { return stage.system.stats().actors == 0; });
        auto late = stage.system.spawn<Linked>();
        late.tell(LinkTo{failed});
        until_ended(late);
    });
}

TEST_P(LinkTest, UnlinkedOnesDoNotFailTogether) {
    play([](SystemStage& stage) {
        Pair pair{stage};
        pair.second.ask(LinkTo{pair.first});  // changes nothing
        EXPECT_TRUE(pair.second.ask(UnlinkFrom{pair.first}));
        EXPECT_FALSE(pair.first.ask(UnlinkFrom{pair.second}));
        pair.first.tell(Fail{});
        until_ended(pair.first);
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_THAT(pair.second.ask(Numbers{}), IsEmpty());
    });
}

TEST_P(LinkTest, AChainOfThemFailsAltogether) {
    play([](SystemStage& stage) {
        std::vector<Ref<Linked>> all;
        for (int i = 0; i < 20; ++i) {
            all.push_back(stage.system.spawn<Linked>());
            if (i > 0) all.back().ask(LinkTo{all[static_cast<std::size_t>(i - 1)]});
        }
        all[10].tell(Fail{});
        support::until([&] { return stage.system.stats().actors == 0; });
    });
}

// Two that end at the same moment, while one links the other: nothing is left of either.
TEST_P(LinkTest, OneMadeWhileTheOtherEndsLeavesNothing) {
    std::atomic<int> lived{0};
    std::atomic<int> failed{0};
    play([&](SystemStage& stage) {
        for (int i = 0; i < 20; ++i) {
            auto first = stage.system.spawn<Linked>();
            auto second = stage.system.spawn<Linked>();
            auto failing = stage.spawn([&] { second.tell(Fail{}); });
            first.tell(LinkTo{second});
            failing.get();
            until_ended(first);
            ++failed;
            auto third = stage.system.spawn<Linked>();
            auto stopping = stage.spawn([&] { third.tell(Stop{}); });
            auto fourth = stage.system.spawn<Linked>();
            fourth.tell(LinkTo{third});
            stopping.get();
            until_ended(third);
            EXPECT_THAT(fourth.ask(Numbers{}), IsEmpty());
            fourth.stop();
            ++lived;
        }
        support::until([&] { return stage.system.stats().actors == 0; });
    });
    EXPECT_GT(lived, 0);
    EXPECT_GT(failed, 0);
}

TEST_P(LinkTest, ARestartedOneIsLinkedToNobody) {
    play([](SystemStage& stage) {
        const Ending ending{stage};
        auto other = stage.system.spawn<Linked>();
        auto child = stage.system.supervise([] { return Linked{}; });
        child.ask(LinkTo{other});
        child.tell(Fail{});
        EXPECT_THAT(child.ask(Numbers{}), IsEmpty());
        other.tell(Fail{});
        until_ended(other);
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_THAT(child.ask(Numbers{}), IsEmpty());
        EXPECT_EQ(stage.system.stats().failures, 2u);
    });
}

TEST_P(LinkTest, TwoWatchesOfOneActorAreTwoAndEachMayBeEnded) {
    struct Begin {
        AnyRef watched;
    };
    struct EndOne {};
    class Twice : public Actor {
    public:
        void on(const Begin& begin) {
            first_ = watch(this, begin.watched);
            second_ = watch(this, begin.watched);
        }
        std::vector<bool> on(EndOne) { return {unwatch(first_), unwatch(first_)}; }
        void on(const Down&) { ++downs_; }
        int on(Downs) { return downs_; }

    private:
        WatchId first_;
        WatchId second_;
        int downs_ = 0;
    };
    play([](SystemStage& stage) {
        auto watched = stage.system.spawn<Listener>();
        auto watcher = stage.system.spawn<Twice>();
        watcher.ask(Begin{watched});
        EXPECT_THAT(watcher.ask(EndOne{}), ElementsAre(true, false));
        watched.tell(Stop{});
        support::until([&] { return watcher.ask(Downs{}) == 1; });
        auto again = stage.system.spawn<Listener>();
        watcher.ask(Begin{again});
        again.tell(Stop{});
        support::until([&] { return watcher.ask(Downs{}) == 3; });
    });
}

// The end of a watch, and that of the watched, at the same moment: it is told, or not, as unwatch
// has said.
TEST_P(LinkTest, AWatchThatIsEndedWhileItsActorEndsIsToldOrNotAsItSays) {
    struct Begin {
        AnyRef watched;
    };
    struct EndIt {};
    class Once : public Actor {
    public:
        void on(const Begin& begin) { watch_ = watch(this, begin.watched); }
        bool on(EndIt) { return unwatch(watch_); }
        void on(const Down&) { ++downs_; }
        int on(Downs) { return downs_; }

    private:
        WatchId watch_;
        int downs_ = 0;
    };
    std::atomic<int> told{0};
    std::atomic<int> taken_back{0};
    play([&](SystemStage& stage) {
        for (int i = 0; i < 12; ++i) {
            auto watched = stage.system.spawn<Listener>();
            auto watcher = stage.system.spawn<Once>();
            watcher.ask(Begin{watched});
            bool was_ended = i % 3 == 1 && watcher.ask(EndIt{});  // before, behind, or meanwhile
            auto ending = stage.spawn([&] { watched.stop(); });
            if (i % 3 == 0) support::until([&] { return stage.system.stats().actors == 1; });
            was_ended |= watcher.ask(EndIt{});
            ending.get();
            support::until([&] { return stage.system.stats().actors == 1; });
            EXPECT_EQ(watcher.ask(Downs{}), was_ended ? 0 : 1);
            ++(was_ended ? taken_back : told);
            watcher.stop();
            support::until([&] { return stage.system.stats().actors == 0; });
        }
    });
    EXPECT_GT(told, 0);
    EXPECT_GT(taken_back, 0);
}

}  // namespace greenroom
