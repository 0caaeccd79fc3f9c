#include <greenroom/actors/tree_shape.hpp>

#include <algorithm>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/deadline.hpp>
#include <stdexcept>
#include <utility>

#include "class_name.hpp"
#include "line_difference.hpp"
#include "patience.hpp"

namespace greenroom {

namespace {

using detail::Angles;

std::string in_order(std::vector<std::string> siblings) {
    std::ranges::sort(siblings);
    std::string text;
    for (const std::string& one : siblings) text += (text.empty() ? "" : ", ") + one;
    return text;
}

std::string with_children(std::string name, const std::string& children) {
    return children.empty() ? name : std::move(name) + "(" + children + ")";
}

bool is_probe(const ActorNode& node) {
    // Compilers differ in whether they tell the namespace.
    return detail::without_namespaces(node.name).starts_with("ProbeActor<");
}

std::string shape_below(const std::vector<ActorNode>& nodes, std::size_t depth) {
    if (depth == shape_depth_max) return nodes.empty() ? "" : "...";
    std::vector<std::string> siblings;
    for (const ActorNode& node : nodes) {
        if (is_probe(node)) continue;
        siblings.push_back(with_children(detail::without_namespaces(node.name),
                                         shape_below(node.children, depth + 1)));
    }
    return in_order(std::move(siblings));
}

// Reads a shape as a test has written it, and gives it as shape_of() does.
class Reader {
public:
    explicit Reader(std::string_view text) : text_{text} {}

    std::string all() {
        skip_spaces();
        if (at_ == text_.size()) return {};
        std::string shape = siblings(0);
        if (at_ != text_.size()) fail("a ',' or the end");
        return shape;
    }

private:
    std::string siblings(std::size_t depth) {
        if (depth > shape_depth_max) fail("no actor so deep: see shape_depth_max");
        std::vector<std::string> found;
        do {
            found.push_back(one(depth));
        } while (takes(','));
        return in_order(std::move(found));
    }
    std::string one(std::size_t depth) {
        std::string name = this->name();
        if (!takes('(')) return name;
        const std::string children = siblings(depth + 1);
        if (!takes(')')) fail("a ')'");
        return with_children(std::move(name), children);
    }
    std::string name() {
        skip_spaces();
        const std::size_t begin = at_;
        Angles angles;
        while (at_ < text_.size()) {
            if (angles.is_outside(text_[at_]) && ends_name(text_[at_])) break;
            ++at_;
        }
        std::size_t end = at_;
        while (end > begin && text_[end - 1] == ' ') --end;
        if (end == begin) fail("the name of a class");
        return detail::without_namespaces(text_.substr(begin, end - begin));
    }
    static bool ends_name(char c) noexcept { return c == ',' || c == '(' || c == ')'; }
    bool takes(char wanted) {
        skip_spaces();
        if (at_ == text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    void skip_spaces() {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    }
    [[noreturn]] void fail(const char* wanted) const {
        throw std::invalid_argument{"the shape \"" + std::string{text_} + "\", column " +
                                    std::to_string(at_ + 1) + ": expected " + wanted};
    }

    const std::string_view text_;
    std::size_t at_ = 0;
};

// Of a shape as shape_of() gives it: a line for each actor.
std::vector<std::string> lines_of(std::string_view shape) {
    std::vector<std::string> lines;
    std::size_t depth = 0;
    std::string line;
    Angles angles;
    const auto end_line = [&] {
        if (!line.empty()) lines.push_back(std::string(2 * depth, ' ') + line);
        line.clear();
    };
    for (const char c : shape) {
        const bool outside = angles.is_outside(c);
        if (!outside || (c != ',' && c != '(' && c != ')')) {
            if (!line.empty() || c != ' ') line += c;
            continue;
        }
        end_line();
        if (c == '(') ++depth;
        if (c == ')') --depth;
    }
    end_line();
    return lines;
}

std::string difference_of_shapes(const std::string& wanted, const std::string& found) {
    if (wanted == found) return {};
    return detail::line_difference(lines_of(wanted), lines_of(found));
}

std::vector<std::string> steps_of(std::string_view path) {
    std::vector<std::string> steps{""};
    Angles angles;
    for (const char c : path) {
        if (angles.is_outside(c) && c == '/') {
            steps.emplace_back();
        } else {
            steps.back() += c;
        }
    }
    return steps;
}

}  // namespace

std::string shape_of(const std::vector<ActorNode>& tree) { return shape_below(tree, 0); }

std::string shape_difference(const std::vector<ActorNode>& tree, std::string_view shape) {
    return difference_of_shapes(Reader{shape}.all(), shape_of(tree));
}

void expect_tree(System& system, std::string_view shape, Duration within, Where where) {
    const std::string wanted = Reader{shape}.all();
    std::string found;
    const auto is_so = [&] { return (found = shape_of(system.tree())) == wanted; };
    if (detail::holds_before(Deadline::after(within), is_so, where)) return;
    throw NotAsExpected{"expected that the tree " + detail::at(where) + " becomes " + wanted +
                        ", and after " + detail::in_milliseconds(within) +
                        " it differs (- missing, + too much):\n" +
                        difference_of_shapes(wanted, found)};
}

std::vector<ActorNode> actors_at(const std::vector<ActorNode>& tree, std::string_view path) {
    std::vector<ActorNode> here;
    std::vector<ActorNode> below = tree;
    for (const std::string& step : steps_of(path)) {
        here.clear();
        for (ActorNode& node : below) {
            if (detail::without_namespaces(node.name) == step) here.push_back(std::move(node));
        }
        below.clear();
        for (const ActorNode& node : here) {
            below.insert(below.end(), node.children.begin(), node.children.end());
        }
    }
    return here;
}

}  // namespace greenroom
