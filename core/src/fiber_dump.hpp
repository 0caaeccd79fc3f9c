// FiberDump: what the suspended fibers of one worker wait for, by stack: fibers whose stacks are
// equal lie together, and their stack is told once.
//
// Threads  Filled by the worker, then read by whoever asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/runtime.hpp>
#include <string>
#include <unordered_map>

#include "stack_trace.hpp"

namespace greenroom::detail {

class Symbols;

class FiberDump {
public:
    // A line for a fiber whose stack is not looked at.
    void add(const std::string& line) { lines_ += line; }
    // A line for one that stands there.
    void add(const std::string& line, const StackTrace& stack);
    // One that there was no time for.
    void leave_out() { ++left_out_; }
    // What `other` has as well.
    void join(FiberDump&& other);

    std::string text(Symbols& symbols) const;

private:
    struct Group {
        std::string lines;
        std::size_t count = 0;
    };
    struct Hash {
        std::size_t operator()(const StackTrace& stack) const noexcept { return stack.hash(); }
    };

    std::string lines_;
    std::unordered_map<StackTrace, Group, Hash> groups_;
    std::size_t left_out_ = 0;
};

}  // namespace greenroom::detail
