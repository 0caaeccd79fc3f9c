// expect_tree: what a test expects of the tree of a system's actors, in one line.
//
//     expect_tree(system, "Shop(Desk, Scout(Desk, Desk))");  // waits until it is so
//     EXPECT_EQ(shape_of(system.tree()), "Shop(Desk, Scout(Desk, Desk))");
//     EXPECT_EQ(actors_at(system.tree(), "Shop/Scout/Desk").size(), 2u);
//
// A shape names each actor by its class, without the namespaces, and behind it in parentheses its
// children. In which order siblings were spawned makes no difference: shape_of() has them sorted.
// Probes (probe.hpp) are left out, since they are the test's.
//
// Limits    Below shape_depth_max a shape says "..." for all that is there.
// Failure   A shape that cannot be read is a std::invalid_argument, which says where.
#pragma once

#include <chrono>
#include <cstddef>
#include <greenroom/actors/actor_tree.hpp>
#include <greenroom/actors/not_as_expected.hpp>
#include <greenroom/core/time.hpp>
#include <greenroom/core/where.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace greenroom {

class System;

inline constexpr std::size_t shape_depth_max = 100;

std::string shape_of(const std::vector<ActorNode>& tree);

// Where a tree is not of that shape: a line for each actor, "- " before one that is missing, "+ "
// before one that is too much. Empty if it is.
std::string shape_difference(const std::vector<ActorNode>& tree, std::string_view shape);

// Waits until the system's tree is of that shape. If it is not within that time, throws
// NotAsExpected with the difference. A suspension point.
void expect_tree(System& system, std::string_view shape, Duration within = std::chrono::seconds{5},
                 Where where = Where::here());

// Those with that path of classes, from one without a parent down.
std::vector<ActorNode> actors_at(const std::vector<ActorNode>& tree, std::string_view path);

}  // namespace greenroom
