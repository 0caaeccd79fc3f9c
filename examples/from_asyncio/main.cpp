// The snippets of docs/guide/from_asyncio.md, each played and checked.
//
// Shows     what a user of Python's asyncio looks for, theme by theme: the other sources here.
// Run       ./from_asyncio
// Prints    62 snippets do what the guide says.
#include <cstddef>
#include <cstdio>
#include <exception>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <vector>

#include "snippets.hpp"

namespace {

void play(const Snippet& snippet) {
    if (snippet.on_plain_thread) return snippet.play();
    greenroom::Runtime runtime;
    greenroom::run(runtime, snippet.play);
}

// False, with a message, if it does not do what the guide says.
bool succeeds(const Snippet& snippet) {
    try {
        play(snippet);
        return true;
    } catch (const std::exception& failure) {
        std::printf("%s: %s\n", snippet.name, failure.what());
        return false;
    }
}

}  // namespace

int main() {
    std::size_t played = 0;
    std::size_t failed = 0;
    for (const auto snippets :
         {running_snippets, task_snippets, group_snippets, time_snippets, queue_snippets,
          lock_snippets, value_snippets, stream_snippets, watching_snippets}) {
        for (const Snippet& snippet : snippets()) {
            ++played;
            if (!succeeds(snippet)) ++failed;
        }
    }
    if (failed > 0) return 1;
    std::printf("%zu snippets do what the guide says.\n", played);
}
