// dump, DumpOnSignal, long handlers, failures that nobody saw, signals: beside the debug mode.
#include <unistd.h>
#include <csignal>
#include <exception>
#include <greenroom/core/dump_on_signal.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

void tell_who_waits() {
    Runtime runtime;
    Event started;
    Event never;
    Task<void> task = spawn(runtime,
                            [&] {
                                started.set();
                                never.wait();
                            },
                            {.name = "a patient task"});
    started.wait();
    // [dump]
    const std::string story = runtime.dump();  // each fiber: what it waits for, where, how long
    // [end]
    expect(story.find("a patient task") != std::string::npos, "the dump names the task");
}

void tell_on_a_signal() {
    Runtime runtime;
    Event told;
    const auto write = [&](std::string_view) { told.set(); };
    // [dump_on_signal]
    const DumpOnSignal dumps{runtime, SIGUSR1, write};  // to standard error if nothing is given
    // [end]
    std::raise(SIGUSR1);
    told.wait();
    expect(told.is_set(), "the signal was answered by a dump");
}

void name_a_long_computation() {
    Event warned;
    // [long_handler]
    RuntimeOptions options;
    options.long_handler = 5ms;  // slow_callback_duration; one second unless set
    set_log_hook([&](LogLevel level, std::string_view) {
        if (level >= LogLevel::warning) warned.set();  // "... has held its worker for ..."
    });
    // [end]
    {
        Runtime runtime{options};
        run(runtime, [&] {
            while (!warned.is_set()) continue;  // a computation that does not wait
        });
    }
    set_log_hook({});
    expect(warned.is_set(), "the log names it while it still runs");
}

void hear_of_unseen_failures() {
    std::string seen;
    Event heard;
    // [unseen_failure]
    RuntimeOptions options;
    options.on_unseen_failure = [&](const UnseenFailure& unseen) {
        seen = unseen.name;  // also: where it was spawned, and the exception
        heard.set();
    };
    // [end]
    set_log_hook([](LogLevel, std::string_view) {});
    {
        Runtime runtime{options};
        spawn(runtime, [] { throw std::runtime_error{"lost"}; }, {.name = "careless"}).detach();
        heard.wait();
    }
    set_log_hook({});
    expect(seen == "careless", "the failure is told with the task's name");
}

void end_on_a_signal() {
    bool cleaned_up = false;
    const auto serve = [&] {
        const CleanUp at_the_end{cleaned_up};
        kill(getpid(), SIGTERM);  // as whoever wants the program to end does
        sleep_for(1h);
    };
    // [signals]
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before the runtime starts its threads
    Runtime runtime;
    Task<void> server = spawn(runtime, serve);
    int number = 0;
    sigwait(&ends, &number);  // main() has nothing else to do
    server.cancel();
    server.join();
    // [end]
    pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);
    expect(number == SIGTERM && cleaned_up, "the server has cleaned up");
}

}  // namespace

std::vector<Snippet> watching_snippets() {
    return {
        {"tell_who_waits", tell_who_waits, true},
        {"tell_on_a_signal", tell_on_a_signal, true},
        {"name_a_long_computation", name_a_long_computation, true},
        {"hear_of_unseen_failures", hear_of_unseen_failures, true},
        {"end_on_a_signal", end_on_a_signal, true},
    };
}
