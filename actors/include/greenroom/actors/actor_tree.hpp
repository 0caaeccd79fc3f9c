// ActorNode: an actor of a system and its children, as System::tree() finds them: for tests of who
// supervises whom, and to look around.
//
//     EXPECT_EQ(to_string(system.tree()), "Shop\n"
//                                         "  Desk\n"
//                                         "  Scout\n");
#pragma once

#include <greenroom/actors/exit.hpp>
#include <string>
#include <vector>

namespace greenroom {

struct ActorNode {
    std::string name;  // of its class
    ActorId id;
    std::vector<ActorNode> children;  // in the order in which they were spawned
};

// A line for each, by name, indented below its parent.
std::string to_string(const std::vector<ActorNode>& tree);

}  // namespace greenroom
