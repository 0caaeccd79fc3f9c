// The snippets of docs/guide/actors.md, each played and checked.
//
// Shows     what a service of actors is made of, theme by theme: the other sources here.
// Run       ./actors_guide
// Prints    73 snippets do what the guide says.
#include <cstddef>
#include <cstdio>
#include <exception>
#include <greenroom/core/log.hpp>
#include <string_view>
#include <vector>

#include "snippets.hpp"

namespace {

// False, with a message, if it does not do what the guide says.
bool succeeds(const Snippet& snippet) {
    try {
        snippet.play();
        return true;
    } catch (const std::exception& failure) {
        std::printf("%s: %s\n", snippet.name, failure.what());
        return false;
    }
}

}  // namespace

int main() {
    // Actors fail here on purpose, and the log would tell of each.
    greenroom::set_log_hook([](greenroom::LogLevel, std::string_view) {});
    std::size_t played = 0;
    std::size_t failed = 0;
    for (const auto snippets :
         {first_snippets, reference_snippets, waiting_snippets, deadline_snippets, answer_snippets,
          stream_snippets, function_snippets, timer_snippets, watching_snippets,
          supervision_snippets, mailbox_snippets, crowd_snippets, state_snippets, urgent_snippets,
          placement_snippets, ending_snippets, looking_snippets, field_snippets,
          testing_snippets}) {
        for (const Snippet& snippet : snippets()) {
            ++played;
            if (!succeeds(snippet)) ++failed;
        }
    }
    if (failed > 0) return 1;
    std::printf("%zu snippets do what the guide says.\n", played);
}
