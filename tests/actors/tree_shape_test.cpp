// Shapes of trees: how they are told, read and compared, and waited for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/probe.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/topic.hpp>
#include <greenroom/actors/tree_shape.hpp>
#include <greenroom/core/sleep.hpp>
#include <stdexcept>
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
using testing::AllOf;
using testing::HasSubstr;

class TreeShapeTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(TreeShapeTest);

class Desk : public Actor {
public:
    void on(Stop) { stop(); }
};
class Scout : public Actor {
public:
    void on_start() override {
        spawn<Desk>();
        spawn<Desk>();
    }
};
class Shop : public Actor {
public:
    void on_start() override {
        desk_ = spawn<Desk>();
        spawn<Scout>();
    }
    void on(Stop) { desk_.tell_later(1min, Stop{}); }

private:
    Ref<Desk> desk_;
};

// By name alone: a tree that no system has.
ActorNode node(std::string name, std::vector<ActorNode> children = {}) {
    return {std::move(name), ActorId{}, std::move(children)};
}

std::string story_of(const auto& call) {
    try {
        call();
    } catch (const std::exception& failure) {
        return failure.what();
    }
    return "none";
}

}  // namespace

TEST_P(TreeShapeTest, IsWaitedForUntilTheActorsHaveStarted) {
    play([](SystemStage& stage) {
        expect_tree(stage.system, "");
        stage.system.spawn<Shop>();
        stage.system.spawn<Desk>();
        expect_tree(stage.system, "Shop(Scout(Desk, Desk), Desk), Desk");
        EXPECT_EQ(shape_of(stage.system.tree()), "Desk, Shop(Desk, Scout(Desk, Desk))");
        EXPECT_EQ(shape_difference(stage.system.tree(), "Shop(Desk, Scout(Desk, Desk)), Desk"), "");
    });
}

TEST_P(TreeShapeTest, OfActorsAtAPathAreThoseOfTheClassesOnIt) {
    play([](SystemStage& stage) {
        auto first = stage.system.spawn<Shop>();
        stage.system.spawn<Shop>();
        auto desk = stage.system.spawn<Desk>();
        expect_tree(stage.system,
                    "Desk, Shop(Desk, Scout(Desk, Desk)), Shop(Desk, Scout(Desk, Desk))");
        const std::vector<ActorNode> tree = stage.system.tree();
        EXPECT_EQ(actors_at(tree, "Shop/Scout/Desk").size(), 4u);
        EXPECT_EQ(actors_at(tree, "Shop").at(0).id, first.id());
        EXPECT_EQ(actors_at(tree, "Desk").at(0).id, desk.id());
        EXPECT_TRUE(actors_at(tree, "Scout").empty());
    });
}

TEST_P(TreeShapeTest, IsWaitedForInVirtualTime) {
    play(
        [](SystemStage& stage) {
            if (!stage.simulated) return;
            auto shop = stage.system.spawn<Shop>();
            shop.tell(Stop{});
            expect_tree(stage.system, "Shop(Scout(Desk, Desk))", 2min);
        },
        {}, 2);
}

TEST_P(TreeShapeTest, ADifferenceIsToldByTheActorsThatAreMissingAndTooMuch) {
    play([](SystemStage& stage) {
        stage.system.spawn<Shop>();
        expect_tree(stage.system, "Shop(Desk, Scout(Desk, Desk))");
        const std::string story =
            story_of([&] { expect_tree(stage.system, "Shop(Scout(Desk), Till)", 2ms); });
        EXPECT_THAT(story, AllOf(HasSubstr("tree_shape_test.cpp:"), HasSubstr("after 2 ms")));
        EXPECT_THAT(story, HasSubstr("  Shop\n"
                                     "+   Desk\n"
                                     "    Scout\n"));
        EXPECT_THAT(story, HasSubstr("-   Till\n"));
    });
}

TEST_P(TreeShapeTest, ProbesAreLeftOut) {
    play([](SystemStage& stage) {
        const Probe<Protocol<void(Number)>> probe{stage.system};
        stage.system.spawn<Desk>();
        EXPECT_EQ(shape_of(stage.system.tree()), "Desk");
    });
}

TEST(TreeShape, NamesAreToldWithoutNamespacesAlsoThoseInTheAngles) {
    const std::vector<ActorNode> tree{
        node("shop::{anonymous}::Till"), node("(anonymous namespace)::Desk"),
        node("greenroom::Topic<shop::Price<int, (anonymous namespace)::Euro> >"),
        node("a_test()::Local", {node("ProcessOf<shop::Ping, void(b::C)>")})};
    const std::string shape =
        "Desk, Local(ProcessOf<Ping, void(C)>), Till, Topic<Price<int, Euro> >";
    EXPECT_EQ(shape_of(tree), shape);
    EXPECT_EQ(shape_difference(tree, shape), "");
    EXPECT_EQ(shape_difference(tree,
                               "shop::Till,Local( ProcessOf<Ping, void(C)>) ,Desk, "
                               "Topic<Price<int, Euro> >"),
              "");
    EXPECT_EQ(actors_at(tree, "Local/ProcessOf<Ping, void(C)>").size(), 1u);
}

TEST(TreeShape, WhatCannotBeReadIsAnErrorThatSaysWhere) {
    const auto story = [](std::string_view shape) {
        return story_of([&] { (void)shape_difference({}, shape); });
    };
    EXPECT_THAT(story("Shop(Desk"), HasSubstr("column 10: expected a ')'"));
    EXPECT_THAT(story("Shop)"), HasSubstr("column 5: expected a ',' or the end"));
    EXPECT_THAT(story("Shop(, Desk)"), HasSubstr("column 6: expected the name of a class"));
    EXPECT_THAT(story("Shop()"), HasSubstr("column 6"));
}

TEST(TreeShape, BelowItsDepthNothingIsTold) {
    ActorNode tree = node("Last");
    for (std::size_t i = 0; i < 2 * shape_depth_max; ++i) tree = node("A", {std::move(tree)});
    const std::string shape = shape_of({tree});
    EXPECT_THAT(shape, HasSubstr("A(A(...))"));
    EXPECT_EQ(shape_difference({tree}, shape), "");
}

}  // namespace greenroom
