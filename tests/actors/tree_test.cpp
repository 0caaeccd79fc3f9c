// The tree of a system's actors, as it is told.
#include <gtest/gtest.h>

#include <greenroom/actors/actor_tree.hpp>
#include <greenroom/actors/system.hpp>
#include <string>

#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using support::SystemStage;

class TreeTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(TreeTest);

struct Ready {};

}  // namespace

namespace in_a_tree {

class Desk : public Actor {};
class Scout : public Actor {
public:
    void on_start() override {
        spawn<Desk>();
        spawn<Desk>();
    }
    bool on(Ready) { return true; }
};
class Shop : public Actor {
public:
    void on_start() override {
        supervise([] { return Desk{}; });
        spawn<Scout>().ask(Ready{});
    }
    bool on(Ready) { return true; }
};

}  // namespace in_a_tree

TEST_P(TreeTest, TellsChildrenBelowTheirParentsInTheOrderOfTheirSpawns) {
    play([](SystemStage& stage) {
        EXPECT_TRUE(stage.system.tree().empty());
        auto shop = stage.system.spawn<in_a_tree::Shop>();
        auto desk = stage.system.spawn<in_a_tree::Desk>();
        shop.ask(Ready{});
        EXPECT_EQ(to_string(stage.system.tree()),
                  "greenroom::in_a_tree::Shop\n"
                  "  greenroom::in_a_tree::Desk\n"
                  "  greenroom::in_a_tree::Scout\n"
                  "    greenroom::in_a_tree::Desk\n"
                  "    greenroom::in_a_tree::Desk\n"
                  "greenroom::in_a_tree::Desk\n");
        EXPECT_EQ(stage.system.tree()[1].id, desk.id());
    });
}

}  // namespace greenroom
