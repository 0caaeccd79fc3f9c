// What docs/guide/from_asyncio.md quotes, as functions that run and check what it says of them.
#pragma once

#include <chrono>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <stdexcept>
#include <string>
#include <vector>

struct Snippet {
    const char* name;
    void (*play)();
    // Whether it is a plain thread's, or to be played in a task.
    bool on_plain_thread = false;
};

// By theme, a source each.
std::vector<Snippet> running_snippets();
std::vector<Snippet> task_snippets();
std::vector<Snippet> group_snippets();
std::vector<Snippet> time_snippets();
std::vector<Snippet> queue_snippets();
std::vector<Snippet> lock_snippets();
std::vector<Snippet> value_snippets();
std::vector<Snippet> stream_snippets();
std::vector<Snippet> watching_snippets();

inline void expect(bool holds, const char* claim) {
    if (!holds) throw std::logic_error{std::string{"not so: "} + claim};
}

// Tells that the scope that it is in was left.
struct CleanUp {
    explicit CleanUp(bool& its_flag) : done{its_flag} {}
    ~CleanUp() { done = true; }
    CleanUp(const CleanUp&) = delete;
    CleanUp& operator=(const CleanUp&) = delete;
    bool& done;
};

// Stands for something that takes a while: in a fiber only that fiber waits.
inline std::string fetch(const std::string& name) {
    greenroom::sleep_for(std::chrono::milliseconds{1});
    return "page of " + name;
}
