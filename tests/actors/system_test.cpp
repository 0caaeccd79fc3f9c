// System: how often it may be stopped, and what does not keep it from that.
#include <greenroom/actors/system.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/event.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class SystemTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(SystemTest);

}  // namespace

// Does not hear of its cancellation while it is held.
class Deaf : public Actor {
public:
    void on(const Hold& hold) {
        const CancellationMask mask;
        hold.wait();
    }
};

TEST_P(SystemTest, AStopReturnsByItsDeadlineAndASecondOneFinishes) {
    play([](SystemStage& stage) {
        const support::LogLines log;
        Event begun;
        Event go_on;
        Event left;
        stage.system.spawn<Deaf>().tell(Hold{begun, go_on, &left});
        begun.wait();
        const TimePoint before = Deadline::after(0s).at();
        EXPECT_FALSE(stage.system.stop(StopPolicy::now, Deadline::after(5ms)).clean);
        EXPECT_TRUE(!stage.simulated || Deadline::after(0s).at() - before <= 110ms);
        go_on.set();
        EXPECT_TRUE(stage.system.stop(StopPolicy::drain, Deadline::after(20s)).clean);
        left.wait();
        EXPECT_THROW(stage.system.spawn<Listener>(), Error);
    });
}

// Knows another, which knows it.
class Friend : public Actor {
public:
    explicit Friend(std::atomic<int>& destroyed) : destroyed_{destroyed} {}
    ~Friend() override { destroyed_.fetch_add(1); }
    void on(const Ref<Friend>& other) { friend_ = other; }

private:
    std::atomic<int>& destroyed_;
    Ref<Friend> friend_;
};

TEST_P(SystemTest, ARingOfReferencesKeepsNobodyAliveAtTheStop) {
    play([](SystemStage& stage) {
        std::atomic<int> destroyed{0};
        {
            const auto one = stage.system.spawn<Friend>(destroyed);
            const auto two = stage.system.spawn<Friend>(destroyed);
            const auto alone = stage.system.spawn<Friend>(destroyed);
            one.tell(Ref<Friend>{two});
            two.tell(Ref<Friend>{one});
            alone.tell(Ref<Friend>{alone});
        }
        EXPECT_EQ(destroyed.load(), 0) << "an actor lives on without references";
        EXPECT_TRUE(stage.system.stop(StopPolicy::drain, Deadline::after(20s)).clean);
        EXPECT_EQ(destroyed.load(), 3);
    });
}

// Property  Whoever stops the system hears that all have ended, however many do at once.
TEST_P(SystemTest, StopsThatMeetAllSeeTheEnd) {
    play([](SystemStage& stage) {
        for (int i = 0; i < 5; ++i) stage.system.spawn<Listener>();
        std::atomic<int> clean{0};
        {
            std::vector<std::unique_ptr<Threads::Handle>> stoppers;
            for (int i = 0; i < 3; ++i) {
                stoppers.push_back(stage.thread([&] {
                    const StopReport report =
                        stage.system.stop(StopPolicy::now, Deadline::after(20s));
                    clean.fetch_add(report.clean ? 1 : 0);
                }));
            }
        }
        EXPECT_EQ(clean.load(), 3);
    });
}

struct Beget {
    int count;
};

// Has children, of which some end at once.
class Ancestor : public Actor {
public:
    std::vector<std::uint64_t> on(Beget beget) {
        std::vector<std::uint64_t> ids;
        for (int i = 0; i < beget.count; ++i) {
            const auto child = spawn<Listener>();
            ids.push_back(child.id().number);
            if (i % 2 != 0) child.tell(Stop{});
            if (i % 10 == 0) yield();
        }
        return ids;
    }
};

// Each worker counts the actors that begin and end on it, and takes ids ahead.
TEST_P(SystemTest, IdsDifferAndAllAreCountedOnWhateverThreadsTheyBeginAndEnd) {
    play([](SystemStage& stage) {
        constexpr int ancestors = 4;
        constexpr int children = 150;  // more than ids are taken at a time
        std::vector<std::uint64_t> ids;
        std::vector<Ref<Ancestor>> all;
        std::vector<Future<std::vector<std::uint64_t>>> born;
        for (int i = 0; i < ancestors; ++i) {
            all.push_back(stage.system.spawn<Ancestor>());
            ids.push_back(all.back().id().number);
            born.push_back(all.back().request(Beget{children}));
        }
        std::vector<Ref<Listener>> outside;
        for (int i = 0; i < children; ++i) outside.push_back(stage.system.spawn<Listener>());
        for (const auto& listener : outside) ids.push_back(listener.id().number);
        for (auto& each : born) {
            const auto theirs = each.get();
            ids.insert(ids.end(), theirs.begin(), theirs.end());
        }
        std::ranges::sort(ids);
        EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
        EXPECT_EQ(ids.size(), ancestors * (children + 1U) + children);
        support::until([&] {
            return stage.system.stats().actors == ancestors * (children / 2 + 1U) + children;
        });
        for (const auto& ancestor : all) ancestor.stop();
        support::until([&] { return stage.system.stats().actors == children; });
        EXPECT_TRUE(stage.system.stop(StopPolicy::now, Deadline::after(1h)).clean);
        EXPECT_EQ(stage.system.stats().actors, 0U);
    });
}

}  // namespace greenroom
