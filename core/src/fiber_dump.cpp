#include "fiber_dump.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "symbols.hpp"

namespace greenroom::detail {

namespace {

bool begins_with_one_of(std::string_view name, std::initializer_list<std::string_view> all) {
    return std::any_of(all.begin(), all.end(),
                       [&](std::string_view begin) { return name.starts_with(begin); });
}

// How a fiber suspends, the same for all.
bool is_of_the_wait(std::string_view name) {
    return begins_with_one_of(name,
                              {"greenroom::detail::StackTrace::", "greenroom::detail::Worker::",
                               "greenroom::detail::Context::", "greenroom::detail::WaitRecord::"});
}

// How a worker comes to what it runs.
bool is_of_the_loop(std::string_view name) {
    return begins_with_one_of(
        name, {"make_fcontext", "greenroom::detail::Worker::", "greenroom::detail::Context",
               "greenroom::detail::TaskState::", "greenroom::detail::Cell::turn",
               "greenroom::detail::Cell::run_cell"});
}

std::string frames_of(const StackTrace& stack, Symbols& symbols) {
    std::vector<std::string_view> names;
    for (void* const frame : stack) names.push_back(symbols.name_of(frame));
    auto first = std::find_if_not(names.begin(), names.end(), is_of_the_wait);
    auto last = std::find_if_not(names.rbegin(), names.rend(), is_of_the_loop).base();
    if (first >= last) {  // not what was expected: all of it, then
        first = names.begin();
        last = names.end();
    }
    std::string text;
    for (; first != last; ++first) text.append("        ").append(*first).append("\n");
    return text;
}

}  // namespace

void FiberDump::add(const std::string& line, const StackTrace& stack) {
    Group& group = groups_[stack];
    group.lines += line;
    ++group.count;
}

void FiberDump::join(FiberDump&& other) {
    lines_ += other.lines_;
    left_out_ += other.left_out_;
    for (auto& [stack, theirs] : other.groups_) {
        Group& group = groups_[stack];
        group.lines += std::move(theirs.lines);
        group.count += theirs.count;
    }
}

// By what is told of them: how the loop came to a fiber makes no difference.
std::string FiberDump::text(Symbols& symbols) const {
    std::map<std::string, Group> told;
    for (const auto& [stack, raw] : groups_) {
        Group& group = told[frames_of(stack, symbols)];
        group.lines += raw.lines;
        group.count += raw.count;
    }
    std::vector<const std::pair<const std::string, Group>*> by_size;
    for (const auto& group : told) by_size.push_back(&group);
    std::stable_sort(by_size.begin(), by_size.end(), [](auto* left, auto* right) {
        return left->second.count > right->second.count;
    });
    std::string all = lines_;
    for (const auto* const group : by_size) {
        const std::size_t count = group->second.count;
        all += group->second.lines;
        all += count == 1 ? "    its stack:\n"
                          : "    the stack of these " + std::to_string(count) + ":\n";
        all += group->first;
    }
    if (left_out_ > 0) {
        all += std::to_string(left_out_) + " more fibers wait; there was no time to ask them\n";
    }
    return all;
}

}  // namespace greenroom::detail
