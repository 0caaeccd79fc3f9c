// What docs/guide/actors.md quotes, as functions that run and check what it says of them.
#pragma once

#include <chrono>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/sleep.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Each is played on a plain thread, and makes the System that it needs.
struct Snippet {
    const char* name;
    void (*play)();
};

// By theme, a source each.
std::vector<Snippet> first_snippets();
std::vector<Snippet> reference_snippets();
std::vector<Snippet> waiting_snippets();
std::vector<Snippet> deadline_snippets();
std::vector<Snippet> answer_snippets();
std::vector<Snippet> stream_snippets();
std::vector<Snippet> function_snippets();
std::vector<Snippet> timer_snippets();
std::vector<Snippet> watching_snippets();
std::vector<Snippet> supervision_snippets();
std::vector<Snippet> mailbox_snippets();
std::vector<Snippet> crowd_snippets();
std::vector<Snippet> state_snippets();
std::vector<Snippet> urgent_snippets();
std::vector<Snippet> placement_snippets();
std::vector<Snippet> ending_snippets();
std::vector<Snippet> looking_snippets();
std::vector<Snippet> field_snippets();
std::vector<Snippet> testing_snippets();

inline void expect(bool holds, const char* claim) {
    if (!holds) throw std::logic_error{std::string{"not so: "} + claim};
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// For what is told and not asked. Fails after ten seconds.
template <class Condition>
void wait_until(const Condition& holds, const char* claim) {
    const auto deadline = greenroom::Deadline::after(std::chrono::seconds{10});
    while (!holds()) {
        expect(!deadline.has_passed(), claim);
        greenroom::sleep_for(std::chrono::milliseconds{1});
    }
}

// The kind of failure that a call ends with.
template <class Failure, class Call>
bool throws(const Call& call) {
    try {
        call();
    } catch (const Failure&) {
        return true;
    }
    return false;
}
