// Words through a pipeline: producers, workers and a printer, joined by channels.
//
// Shows     channels that hold back who is too fast, select with a timeout and a stop, an orderly
//           end from the first stage to the last.
// Run       ./pipeline 3
// Prints    3 producers, 30 words, 165 letters; the longest is aaaaaaaaaa
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/select.hpp>
#include <greenroom/core/task.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using greenroom::after;
using greenroom::Channel;
using greenroom::Event;
using greenroom::on_event;
using greenroom::on_receive;
using greenroom::select;
using greenroom::Task;

struct Measured {
    std::string word;
    std::size_t letters = 0;
};

constexpr int words_each = 10;

// First stage. A full channel makes it wait.
void produce(Channel<std::string>& words) {
    for (std::size_t letters = 1; letters <= words_each; ++letters) {
        words.send(std::string(letters, 'a'));
    }
}

// Second stage: until the words end, or it is told to stop.
void measure(Channel<std::string>& words, Channel<Measured>& results, Event& stop) {
    for (;;) {
        std::optional<std::string> word;
        const auto take = [&](std::optional<std::string> next) { word = std::move(next); };
        select(on_receive(words, take), on_event(stop));
        if (!word.has_value()) return;
        const std::size_t letters = word->size();
        results.send({std::move(*word), letters});
    }
}

struct Report {
    int words = 0;
    std::size_t letters = 0;
    Measured longest{};

    void add(Measured next) {
        ++words;
        letters += next.letters;
        if (next.letters > longest.letters) longest = std::move(next);
    }
};

// Last stage. Gives up if nothing comes for a while.
Report collect(Channel<Measured>& results, Event& stop) {
    Report report;
    for (bool open = true; open;) {
        const auto take = [&](std::optional<Measured> next) {
            open = next.has_value();
            if (open) report.add(std::move(*next));
        };
        const auto give_up = [&] {
            std::puts("a stage is stuck");
            stop.set();
            open = false;
        };
        select(on_receive(results, take), after(10s, give_up));
    }
    return report;
}

Report run_pipeline(int producers) {
    Channel<std::string> words{4};
    Channel<Measured> results{0};  // a worker goes on when its result is taken
    Event stop;
    auto collecting = greenroom::spawn([&] { return collect(results, stop); });
    std::vector<Task<void>> workers;
    for (int i = 0; i < 2; ++i) {
        workers.push_back(greenroom::spawn([&] { measure(words, results, stop); }));
    }
    std::vector<Task<void>> producing;
    for (int i = 0; i < producers; ++i) {
        producing.push_back(greenroom::spawn([&] { produce(words); }));
    }
    for (Task<void>& task : producing) task.get();
    words.close();  // the workers take what is left, and end
    for (Task<void>& task : workers) task.get();
    results.close();
    return collecting.get();
}

int main(int argc, char** argv) {
    const int producers = argc > 1 ? std::atoi(argv[1]) : 2;
    greenroom::Runtime runtime;  // one worker thread per core
    const Report report = greenroom::run(runtime, [producers] { return run_pipeline(producers); });
    std::printf("%d producers, %d words, %zu letters; the longest is %s\n", producers, report.words,
                report.letters, report.longest.word.c_str());
}
