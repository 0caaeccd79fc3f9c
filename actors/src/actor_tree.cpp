#include <greenroom/actors/actor_tree.hpp>

#include <algorithm>
#include <cstddef>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/system.hpp>
#include <utility>

#include "system_core.hpp"

namespace greenroom {

namespace {

using detail::Cell;

// A node to be filled with the actors of one family, which are held.
struct Open {
    std::vector<ActorNode>* into;
    std::vector<Cell*> cells;
};

// Appends what it has opened: no recursion, since trees may be deep.
void fill(Open open, std::vector<Open>& todo) {
    std::ranges::reverse(open.cells);  // they were listed youngest first
    open.into->reserve(open.cells.size());
    for (Cell* const cell : open.cells) {
        open.into->push_back({cell->name(), cell->id(), {}});
        Open next{&open.into->back().children, {}};
        cell->list_children(next.cells);
        cell->release();
        if (!next.cells.empty()) todo.push_back(std::move(next));
    }
}

struct Line {
    const ActorNode* node;
    std::size_t depth;
};

}  // namespace

std::vector<ActorNode> System::tree() const {
    std::vector<ActorNode> roots;
    Open first{&roots, {}};
    core_->root.list_children(first.cells);
    std::vector<Open> todo;
    todo.push_back(std::move(first));
    while (!todo.empty()) {
        Open next = std::move(todo.back());
        todo.pop_back();
        fill(std::move(next), todo);
    }
    return roots;
}

std::string to_string(const std::vector<ActorNode>& tree) {
    std::string text;
    std::vector<Line> todo;
    const auto add = [&todo](const std::vector<ActorNode>& nodes, std::size_t depth) {
        for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
            todo.push_back({&*node, depth});
        }
    };
    add(tree, 0);
    while (!todo.empty()) {
        const Line line = todo.back();
        todo.pop_back();
        text += std::string(2 * line.depth, ' ') + line.node->name + "\n";
        add(line.node->children, line.depth + 1);
    }
    return text;
}

}  // namespace greenroom
