// Many children, more than anybody goes through at once, while some of them end.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <greenroom/actors/actor_tree.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/task.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "child_walk.hpp"
#include "family.hpp"
#include "support/on_systems.hpp"
#include "system_core.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::SystemStage;

class ManyChildrenTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ManyChildrenTest);

constexpr std::size_t portion = detail::ChildWalk::portion_max;

class Child : public Actor {
public:
    explicit Child(std::atomic<int>& ended) : ended_{ended} {}
    ~Child() override { ended_.fetch_add(1); }
    void on(int) {}

private:
    std::atomic<int>& ended_;
};

struct Bear {
    std::size_t children;
};

class Parent : public Actor {
public:
    explicit Parent(std::atomic<int>& ended) : ended_{ended} {}
    std::vector<Ref<Child>> on(Bear bear) {
        std::vector<Ref<Child>> born;
        for (std::size_t i = 0; i < bear.children; ++i) born.push_back(spawn<Child>(ended_));
        return born;
    }

private:
    std::atomic<int>& ended_;
};

// How often each is among the children of the system's one root.
std::size_t times_listed(const std::vector<ActorNode>& tree, const Ref<Child>& child) {
    const auto is_child = [&](const ActorNode& node) { return node.id == child.id(); };
    return static_cast<std::size_t>(std::ranges::count_if(tree.front().children, is_child));
}

bool has_twins(const std::vector<ActorNode>& tree) {
    std::vector<std::uint64_t> numbers;
    for (const ActorNode& node : tree.front().children) numbers.push_back(node.id.number);
    std::ranges::sort(numbers);
    return std::ranges::adjacent_find(numbers) != numbers.end();
}

}  // namespace

// Property: a walk meets each that stays once, in order, though those that it would go on with
// leave.
TEST_P(ManyChildrenTest, AWalkGoesOnBehindThoseThatLeft) {
    play([](SystemStage& stage) {
        std::atomic<int> ended{0};
        std::vector<Ref<Child>> born;
        for (std::size_t i = 0; i < 3 * portion; ++i) {
            born.push_back(stage.system.spawn<Child>(ended));
        }
        const detail::Family& root = born.front().cell()->system().root;
        const auto numbers_left = [](detail::ChildWalk& walk) {
            std::vector<std::uint64_t> numbers;
            while (detail::Cell* const child = walk.next()) {
                numbers.push_back(child->id().number);
                child->release();
            }
            return numbers;
        };
        detail::ChildWalk of_one_portion{root};
        detail::ChildWalk of_two{root};
        std::optional<detail::ChildWalk> given_up{std::in_place, root};
        of_one_portion.next()->release();
        given_up->next()->release();
        for (std::size_t i = 0; i <= portion; ++i) of_two.next()->release();
        given_up.reset();

        // The youngest come first: these are the next that each would take, and one beside.
        for (const std::size_t next : {2 * portion - 1, 2 * portion - 2, portion - 1}) {
            born[next].stop();
            born.erase(born.begin() + static_cast<std::ptrdiff_t>(next));
        }
        support::until([&] {
            detail::ChildWalk all{root};
            return numbers_left(all).size() == born.size();
        });
        std::vector<std::uint64_t> expected;
        for (const Ref<Child>& child : born) expected.push_back(child.id().number);
        std::ranges::reverse(expected);
        expected.erase(expected.begin());
        EXPECT_EQ(numbers_left(of_one_portion), expected);
        std::vector<std::uint64_t> of_the_second = numbers_left(of_two);
        ASSERT_GE(of_the_second.size(), portion - 1);
        expected.erase(expected.begin(), expected.end() - static_cast<std::ptrdiff_t>(portion - 1));
        of_the_second.erase(of_the_second.begin(),
                            of_the_second.end() - static_cast<std::ptrdiff_t>(portion - 1));
        EXPECT_EQ(of_the_second, expected);
        EXPECT_TRUE(stage.system.stop(StopPolicy::now, Deadline::after(1h)).clean);
    });
}

// Property: who is there all the time is met once, and nobody twice, whoever comes and goes.
TEST_P(ManyChildrenTest, ALookMeetsAllWhoStayWhileOthersComeAndGo) {
    std::size_t shrunk = 0;  // looks that met fewer than the look before, some of them
    const auto body = [&](SystemStage& stage) {
        std::atomic<int> ended{0};
        const auto parent = stage.system.spawn<Parent>(ended);
        const auto stay = parent.ask(Bear{portion});
        auto go = parent.ask(Bear{portion});
        const auto stay_too = parent.ask(Bear{portion});
        std::atomic<bool> is_over{false};
        auto others = stage.thread([&] {
            for (std::size_t i = 0; i < go.size(); ++i) {
                go[i * 7 % go.size()].stop();
                if (i % 16 == 0) (void)parent.ask(Bear{1});
                yield();
            }
            is_over = true;
        });
        std::size_t before = 3 * portion;
        while (!is_over) {
            const std::vector<ActorNode> tree = stage.system.tree();
            ASSERT_EQ(tree.size(), 1u);
            EXPECT_FALSE(has_twins(tree));
            for (const auto& child : stay) EXPECT_EQ(times_listed(tree, child), 1u);
            for (const auto& child : stay_too) EXPECT_EQ(times_listed(tree, child), 1u);
            EXPECT_GE(stage.system.inspect(parent).children, 2 * portion);
            const std::size_t now = tree.front().children.size();
            shrunk += now < std::exchange(before, now) ? 1 : 0;
            yield();
        }
        others.reset();
        EXPECT_TRUE(stage.system.stop(StopPolicy::now, Deadline::after(1h)).clean);
        EXPECT_EQ(ended.load(), static_cast<int>(3 * portion + portion / 16));
    };
    play_until([&] { return shrunk > 0; }, body, {}, 5);
    EXPECT_GT(shrunk, 0u) << "nobody went while somebody looked";
}

// Property: each is told, also when those beside it end at that moment; the parent ends after all.
TEST_P(ManyChildrenTest, AStopReachesEachWhileOthersEnd) {
    int met = 0;  // how often the stop came between the first and the last of them
    const auto body = [&](SystemStage& stage) {
        std::atomic<int> ended{0};
        constexpr std::size_t children = 5 * portion;
        const auto parent = stage.system.spawn<Parent>(ended);
        auto born = parent.ask(Bear{children});
        auto others = stage.thread([&] {
            for (std::size_t i = 0; i < children; i += 2) {
                born[i].stop();
                if (i % 8 == 0) yield();
            }
        });
        support::until([&] { return ended.load() > 0; });
        const int before = ended.load();
        met += before < static_cast<int>(children / 2) ? 1 : 0;
        parent.stop();
        support::until([&] { return stage.system.stats().actors == 0; });
        others.reset();
        EXPECT_EQ(ended.load(), static_cast<int>(children));
    };
    play_until([&] { return met > 0; }, body);
    EXPECT_GT(met, 0);
}

}  // namespace greenroom
