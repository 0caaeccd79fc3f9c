// What a system counts by the classes of its actors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/system.hpp>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::IsEmpty;
using testing::SizeIs;

class ClassStatsTest : public support::OnSystems {
protected:
    using OnSystems::play;
    void play_counted(const std::function<void(SystemStage&)>& body) {
        SystemOptions options;
        options.class_stats = true;
        play(body, options);
    }
};
GREENROOM_ON_ALL_RUNTIMES(ClassStatsTest);

ClassStats of(const System& system, std::string_view name) {
    for (const ClassStats& one : system.class_stats()) {
        if (one.name.ends_with(name)) return one;
    }
    return {};
}

// Cannot be spawned when it is told to.
class Picky : public Actor {
public:
    explicit Picky(bool throws) {
        if (throws) throw std::runtime_error("not today");
    }
};

}  // namespace

TEST_P(ClassStatsTest, EachClassHasItsOwnCounts) {
    play_counted([](SystemStage& stage) {
        auto first = stage.system.spawn<Listener>();
        auto second = stage.system.spawn<Listener>();
        auto watcher = stage.system.spawn<Watcher>(first);
        for (int i = 0; i < 5; ++i) {
            first.tell(Number{i});
            (void)second.ask(Numbers{});
        }
        (void)watcher.ask(Downs{});
        first.stop();
        support::until([&] { return watcher.ask(Downs{}).size() == 1; });
        support::until([&] { return of(stage.system, "Listener").live == 1; });
        const ClassStats listeners = of(stage.system, "Listener");
        EXPECT_EQ(listeners.spawned, 2u);
        EXPECT_EQ(listeners.failed + listeners.restarted, 0u);
        EXPECT_LE(listeners.messages, 10u);  // a stop leaves what is queued
        EXPECT_GE(listeners.messages, 5u);
        const ClassStats watchers = of(stage.system, "Watcher");
        EXPECT_EQ(watchers.live, 1u);
        EXPECT_GE(watchers.messages, 3u);  // two questions and a Down at least
        const std::vector<ClassStats> all = stage.system.class_stats();
        EXPECT_THAT(all, SizeIs(2));
        EXPECT_TRUE(std::ranges::is_sorted(all, {}, &ClassStats::name));
    });
}

TEST_P(ClassStatsTest, FailuresAndRestartsAreCountedAndOneThatCannotBeMadeIsNone) {
    play_counted([](SystemStage& stage) {
        auto again = stage.system.supervise([] { return Listener{}; });
        again.tell(Fail{});
        again.tell(Fail{});
        (void)again.ask(Numbers{});
        const ClassStats listeners = of(stage.system, "Listener");
        EXPECT_EQ(listeners.spawned, 1u);
        EXPECT_EQ(listeners.live, 1u);
        EXPECT_EQ(listeners.failed, 2u);
        EXPECT_EQ(listeners.restarted, 2u);
        EXPECT_EQ(listeners.messages, 3u);
        EXPECT_THROW((void)stage.system.spawn<Picky>(true), std::runtime_error);
        EXPECT_EQ(of(stage.system, "Picky").live, 0u);
        EXPECT_EQ(of(stage.system, "Picky").spawned, 0u);
        again.kill();
    });
}

TEST_P(ClassStatsTest, ProcessesAndReentrantActorsCountAsOthers) {
    play_counted([](SystemStage& stage) {
        auto process = stage.system.spawn_process<int(Numbers), Stop>([](Process& self) {
            for (bool goes_on = true; goes_on;) {
                self.receive([](Numbers) { return 1; }, [&](Stop) { goes_on = false; });
            }
        });
        auto reentrant = stage.system.spawn_with<Listener>({.reentrant = true});
        for (int i = 0; i < 3; ++i) {
            (void)process.ask(Numbers{});
            (void)reentrant.ask(Numbers{});
        }
        std::uint64_t messages = 0;
        for (const ClassStats& one : stage.system.class_stats()) messages += one.messages;
        EXPECT_EQ(messages, 6u);
        process.tell(Stop{});
    });
}

TEST_P(ClassStatsTest, NothingIsLostUncountedOnManyWorkers) {
    std::uint64_t handled = 0;
    play_counted([&](SystemStage& stage) {
        const auto actors = static_cast<std::size_t>(stage.times(200) + 4);
        std::vector<Task<void>> tasks;
        for (int t = 0; t < 4; ++t) {
            tasks.push_back(stage.spawn([&stage, actors] {
                for (std::size_t i = 0; i < actors; ++i) {
                    auto listener = stage.system.spawn<Listener>();
                    listener.tell(Number{1});
                    (void)listener.ask(Numbers{});
                    listener.stop();
                    if (i % 3 == 0) yield();
                }
            }));
        }
        for (auto& task : tasks) task.get();
        support::until([&] { return of(stage.system, "Listener").live == 0; });
        const ClassStats listeners = of(stage.system, "Listener");
        EXPECT_EQ(listeners.spawned, 4 * actors);
        EXPECT_EQ(listeners.messages, 8 * actors);
        handled += listeners.messages;
    });
    EXPECT_GT(handled, 0u);
}

TEST_P(ClassStatsTest, WithoutTheOptionThereAreNone) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        (void)listener.ask(Numbers{});
        EXPECT_THAT(stage.system.class_stats(), IsEmpty());
    });
}

}  // namespace greenroom
