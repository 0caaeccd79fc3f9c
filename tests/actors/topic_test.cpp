// Topic: who gets what is published, what becomes of slow subscribers, and who is subscribed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/adapter.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/topic.hpp>
#include <greenroom/actors/weak_ref.hpp>
#include <memory>
#include <numeric>
#include <vector>

#include "cast.hpp"
#include "full.hpp"
#include "picture.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"
#include "team.hpp"

namespace greenroom {

namespace {

using namespace cast;
using support::SystemStage;

class TopicTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(TopicTest);

using Values = std::vector<int>;
using News = Topic<Number>;

Values up_to(int count) {
    Values values(static_cast<std::size_t>(count));
    std::iota(values.begin(), values.end(), 1);
    return values;
}

void publish(const Ref<News>& topic, int count) {
    for (int i = 1; i <= count; ++i) topic.tell(Number{i});
}

struct Step {
    int count = 0;
};

// Hears that it was too slow.
class Careful : public Listener {
public:
    using Listener::on;
    void on(const Unsubscribed<Number>& news) {
        topic_ = news.topic;
        ++times_;
    }
    int on(Downs) { return times_; }
    Ref<News> on(const Ref<News>&) { return topic_; }

private:
    Ref<News> topic_;
    int times_ = 0;
};

}  // namespace

TEST_P(TopicTest, AllSubscribersGetWhatIsPublishedInOrder) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        std::vector<Ref<Listener>> listeners;
        for (int i = 0; i < 5; ++i) {
            listeners.push_back(stage.system.spawn<Listener>());
            topic.ask(Subscribe<Number>{listeners.back()});
        }
        publish(topic, 20);
        topic.ask(Number{21});
        for (const auto& listener : listeners) EXPECT_EQ(listener.ask(Numbers{}), up_to(21));
        const TopicStats stats = topic.ask(GetStats{});
        EXPECT_EQ(stats.subscribers, 5u);
        EXPECT_EQ(stats.published, 21u);
        EXPECT_EQ(stats.delivered, 105u);
        EXPECT_EQ(stats.dropped, 0u);
    });
}

// Property  However the mailbox of one is full, the others have had all when the topic has.
TEST_P(TopicTest, ASlowSubscriberSlowsNobodyAndMissesWhatItHasNoRoomFor) {
    play([](SystemStage& stage) {
        for (const auto policy :
             {WhenFull::suspend_sender, WhenFull::fail, WhenFull::drop_newest}) {
            auto topic = stage.system.spawn<News>();
            Full slow{stage, 2, policy};
            auto quick = stage.system.spawn<Listener>();
            topic.ask(Subscribe<Number>{slow.listener});
            topic.ask(Subscribe<Number>{quick});
            publish(topic, 9);
            topic.ask(Number{10});
            EXPECT_EQ(quick.ask(Numbers{}), up_to(10));
            EXPECT_EQ(topic.ask(GetStats{}).dropped, 10u);
            EXPECT_EQ(topic.ask(GetStats{}).delivered, 10u);
            EXPECT_EQ(slow.numbers(), (Values{1, 2}));
            topic.ask(Number{11});
            EXPECT_EQ(slow.numbers(), (Values{1, 2, 11})) << "it is still subscribed";
        }
    });
}

TEST_P(TopicTest, AMailboxThatDropsTheOldestHasTheNewest) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        Full slow{stage, 2, WhenFull::drop_oldest};
        topic.ask(Subscribe<Number>{slow.listener, WhenSlow::unsubscribe});
        for (int i = 11; i <= 20; ++i) topic.ask(Number{i});
        EXPECT_EQ(topic.ask(GetStats{}).dropped, 0u);
        EXPECT_EQ(topic.ask(GetStats{}).subscribers, 1u);
        EXPECT_EQ(stage.system.stats().dropped, 10u);
        slow.let_go();
        support::until([&] { return slow.listener.queued() == 0; });
        EXPECT_EQ(slow.numbers(), (Values{19, 20}));
    });
}

TEST_P(TopicTest, WhoIsUnsubscribedForBeingSlowIsToldBehindAllThatItGot) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        auto careful = stage.system.spawn_with<Careful>({.mailbox = {3, WhenFull::suspend_sender}});
        Event begun;
        Event go_on;
        careful.tell(Hold{begun, go_on});
        begun.wait();
        topic.ask(Subscribe<Number>{careful, WhenSlow::unsubscribe});
        publish(topic, 8);
        const TopicStats stats = topic.ask(GetStats{});
        EXPECT_EQ(stats.subscribers, 0u);
        EXPECT_EQ(stats.delivered, 3u);
        EXPECT_EQ(stats.dropped, 1u);
        EXPECT_EQ(stats.unsubscribed, 1u);
        go_on.set();
        EXPECT_EQ(careful.ask(Downs{}), 1);
        EXPECT_EQ(careful.ask(Numbers{}), up_to(3));
        EXPECT_EQ(careful.ask(topic), topic);
        EXPECT_EQ(careful.cell()->watcher_count(), 0u);
        topic.ask(Subscribe<Number>{careful});
        topic.ask(Number{4});
        EXPECT_EQ(careful.ask(Numbers{}), up_to(4));
    });
}

TEST_P(TopicTest, WhoDoesNotHandleThatItWasUnsubscribedIsCountedAlone) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        Full slow{stage, 1, WhenFull::fail};
        topic.ask(Subscribe<Number>{slow.listener, WhenSlow::unsubscribe});
        publish(topic, 3);
        EXPECT_EQ(topic.ask(GetStats{}).unsubscribed, 1u);
        EXPECT_EQ(topic.ask(GetStats{}).subscribers, 0u);
    });
}

TEST_P(TopicTest, SubscribingTwiceIsOneSubscriptionAndTheNewerPolicyCounts) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        Full slow{stage, 1, WhenFull::fail};
        topic.ask(Subscribe<Number>{slow.listener, WhenSlow::unsubscribe});
        topic.ask(Subscribe<Number>{slow.listener, WhenSlow::drop});
        EXPECT_EQ(topic.ask(GetStats{}).subscribers, 1u);
        EXPECT_EQ(slow.listener.cell()->watcher_count(), 1u);
        publish(topic, 3);
        EXPECT_EQ(topic.ask(GetStats{}).dropped, 3u);
        topic.ask(Subscribe<Number>{slow.listener, WhenSlow::unsubscribe});
        publish(topic, 3);
        EXPECT_EQ(topic.ask(GetStats{}).dropped, 4u);
        EXPECT_EQ(topic.ask(GetStats{}).subscribers, 0u);
    });
}

TEST_P(TopicTest, WhoHasUnsubscribedGetsNothingMoreAndLeavesNothingBehind) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        auto listener = stage.system.spawn<Listener>();
        for (int i = 1; i <= 20; ++i) {
            topic.ask(Subscribe<Number>{listener});
            topic.tell(Number{i});
            topic.ask(Unsubscribe<Number>{listener});
            topic.tell(Number{-i});
        }
        topic.ask(Unsubscribe<Number>{listener});
        topic.ask(Unsubscribe<Number>{});
        EXPECT_EQ(topic.ask(GetStats{}).subscribers, 0u);
        EXPECT_EQ(listener.ask(Numbers{}), up_to(20));
        EXPECT_EQ(listener.cell()->watcher_count(), 0u);
    });
}

TEST_P(TopicTest, SubscribersThatEndAreRemoved) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        auto stays = stage.system.spawn<Listener>();
        topic.ask(Subscribe<Number>{stays});
        for (int i = 0; i < 4; ++i) {
            auto leaves = stage.system.spawn<Listener>();
            topic.ask(Subscribe<Number>{leaves});
            i % 2 == 0 ? leaves.stop() : leaves.kill();
        }
        support::until([&] { return topic.ask(GetStats{}).subscribers == 1; });
        topic.tell(Number{1});
        topic.ask(Number{2});
        EXPECT_EQ(stays.ask(Numbers{}), up_to(2));
        EXPECT_EQ(stage.system.stats().dead_letters, 0u);
    });
}

TEST_P(TopicTest, OneThatIsStillEndingIsRemovedWhenItIsMet) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        Event go_on;
        auto ending = stage.system.spawn<Lingering>(go_on);
        topic.ask(Subscribe<Number>{ending});
        ending.stop();
        support::until([&] { return ending.has_ended(); });
        topic.ask(Number{1});
        EXPECT_EQ(topic.ask(GetStats{}).subscribers, 0u);
        EXPECT_EQ(ending.cell()->watcher_count(), 0u);
        EXPECT_EQ(stage.system.stats().dead_letters, 0u);
        go_on.set();
        support::until([&] { return stage.system.stats().actors == 1; });
    });
}

// Property  The others get all, whenever one ends.
TEST_P(TopicTest, SubscribersThatEndWhileItPublishesLoseOnlyTheirOwn) {
    int ended_before = 0;
    int ended_after = 0;
    play([&](SystemStage& stage) {
        const support::LogLines log;
        const int rounds = stage.times(200);
        for (int round = 0; round < rounds; ++round) {
            auto topic = stage.system.spawn<News>();
            auto stays = stage.system.spawn<Listener>();
            auto leaves = stage.system.spawn<Listener>();
            topic.ask(Subscribe<Number>{leaves});
            topic.ask(Subscribe<Number>{stays});
            auto ender = stage.spawn([leaves] { leaves.stop(); });
            publish(topic, 10);
            ender.get();
            EXPECT_EQ(topic.ask(GetStats{}).published, 10u);
            EXPECT_EQ(stays.ask(Numbers{}), up_to(10));
            topic.ask(GetStats{}).delivered < 20 ? ++ended_before : ++ended_after;
            support::until([&] { return topic.ask(GetStats{}).subscribers == 1; });
            topic.stop();
            stays.stop();
        }
        support::until([&] { return stage.system.stats().actors == 0; });
    });
    expect_both(ended_before, ended_after);
}

TEST_P(TopicTest, HasALimitOfSubscribersThatAnAskLearnsOf) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>(TopicOptions{.subscribers_max = 2});
        std::vector<Ref<Listener>> listeners;
        for (int i = 0; i < 3; ++i) listeners.push_back(stage.system.spawn<Listener>());
        topic.ask(Subscribe<Number>{listeners[0]});
        topic.ask(Subscribe<Number>{listeners[1]});
        try {
            topic.ask(Subscribe<Number>{listeners[2]});
            ADD_FAILURE() << "threw nothing";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::limit_reached);
            EXPECT_THAT(error.what(), testing::HasSubstr("2 subscribers, its subscribers_max"));
        }
        topic.tell(Subscribe<Number>{listeners[2]});
        topic.ask(Subscribe<Number>{listeners[0]});
        EXPECT_EQ(topic.ask(GetStats{}).refused, 2u);
        topic.ask(Unsubscribe<Number>{listeners[0]});
        topic.ask(Subscribe<Number>{listeners[2]});
        topic.ask(Number{1});
        EXPECT_EQ(listeners[0].ask(Numbers{}), Values{});
        EXPECT_EQ(listeners[2].ask(Numbers{}), Values{1});
        EXPECT_THROW(stage.system.spawn<News>(TopicOptions{.subscribers_max = 0}),
                     std::invalid_argument);
    });
}

TEST_P(TopicTest, RefusesASubscriberThatIsNobody) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        EXPECT_THROW(topic.ask(Subscribe<Number>{Ref<Listener>{}}), Error);
        EXPECT_EQ(topic.ask(GetStats{}).subscribers, 0u);
    });
}

TEST_P(TopicTest, TellsTheOnePayloadToAThousandWhetherItIsTellAMessageOrAShared) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<Topic<Picture>>();
        std::vector<Ref<Viewer>> viewers;
        for (int i = 0; i < stage.times(1'000); ++i) {
            viewers.push_back(stage.system.spawn<Viewer>());
            topic.tell(Subscribe<Picture>{viewers.back()});
        }
        const auto counts = std::make_shared<Counts>();
        topic.ask(Picture{counts});
        const void* const first = viewers.front().ask(Numbers{});
        for (const auto& viewer : viewers) EXPECT_EQ(viewer.ask(Numbers{}), first);
        EXPECT_EQ(counts->copied.load(), 0);
        EXPECT_EQ(counts->destroyed.load(), 1);

        const Ref<Protocol<void(Picture)>> by_protocol = topic;
        {
            const Shared<Picture> picture{std::in_place, counts};
            by_protocol.tell(picture);
            (void)topic.ask(GetStats{});
            for (const auto& viewer : viewers) EXPECT_EQ(viewer.ask(Numbers{}), &*picture);
        }
        EXPECT_EQ(counts->copied.load(), 0);
        EXPECT_EQ(counts->made.load(), 2);
        EXPECT_EQ(counts->destroyed.load(), 2);
    });
}

TEST_P(TopicTest, WhoHasAnotherMessageSubscribesByAnAdapter) {
    play([](SystemStage& stage) {
        auto steps = stage.system.spawn<Topic<Step>>();
        auto listener = stage.system.spawn<Listener>();
        steps.ask(Subscribe<Step>{adapt(listener, [](Step step) { return Number{step.count}; })});
        steps.tell(Step{1});
        steps.ask(Step{2});
        EXPECT_EQ(listener.ask(Numbers{}), up_to(2));
        steps.ask(Unsubscribe<Step>{listener});
        steps.ask(Step{3});
        EXPECT_EQ(listener.ask(Numbers{}), up_to(2));
    });
}

TEST_P(TopicTest, MayBeSubscribedToAnother) {
    play([](SystemStage& stage) {
        auto world = stage.system.spawn<News>();
        auto local = stage.system.spawn<News>();
        auto listener = stage.system.spawn<Listener>();
        world.ask(Subscribe<Number>{local});
        const Ref<Protocol<void(Subscribe<Number>), void(Number)>> by_protocol = local;
        by_protocol.ask(Subscribe<Number>{listener});
        world.ask(Number{1});
        local.ask(Number{2});
        EXPECT_EQ(listener.ask(Numbers{}), up_to(2));
    });
}

TEST_P(TopicTest, ManyPublishersEachHaveTheirOrder) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        auto listener = stage.system.spawn<Listener>();
        topic.ask(Subscribe<Number>{listener});
        constexpr int publishers = 4;
        const int count = stage.times(500);
        std::vector<Task<void>> tasks;
        for (int publisher = 0; publisher < publishers; ++publisher) {
            tasks.push_back(stage.spawn([=] {
                for (int i = 0; i < count; ++i) topic.tell(Number{i * publishers + publisher});
            }));
        }
        for (Task<void>& task : tasks) task.get();
        (void)topic.ask(GetStats{});
        int next[publishers]{};
        for (const int value : listener.ask(Numbers{})) {
            EXPECT_EQ(value / publishers, next[value % publishers]++);
        }
        for (const int seen : next) EXPECT_EQ(seen, count);
    });
}

TEST_P(TopicTest, ASubscriptionIsAReasonToLive) {
    play([](SystemStage& stage) {
        auto topic = stage.system.spawn<News>();
        auto listener = stage.system.spawn_with<Listener>({.stop_when_unreferenced = true});
        topic.ask(Subscribe<Number>{listener});
        const WeakRef<Listener> weak = std::exchange(listener, {});
        topic.ask(Number{1});
        EXPECT_EQ(weak.lock().ask(Numbers{}), Values{1});
        topic.ask(Unsubscribe<Number>{weak.lock()});
        support::until([&] { return weak.expired(); });
    });
}

}  // namespace greenroom
