// gather, TaskGroup, wait_tasks, AsCompleted, race, map: beside gather, TaskGroup, wait and
// as_completed.
#include <exception>
#include <greenroom/core/error.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/map.hpp>
#include <greenroom/core/race.hpp>
#include <greenroom/core/result.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/task_group.hpp>
#include <greenroom/core/wait_tasks.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

void gather_functions() {
    // [gather]
    const auto [page, answer] = gather([] { return fetch("a"); }, [] { return 42; });
    // [end]
    expect(page == "page of a" && answer == 42, "the results are in the order of the functions");
}

void gather_a_range() {
    // [gather_tasks]
    std::vector<Task<std::string>> tasks;
    for (const char* name : {"a", "b", "c"}) {
        tasks.push_back(spawn([name] { return fetch(name); }));
    }
    const std::vector<std::string> pages = gather(tasks);
    // [end]
    expect(pages[2] == "page of c", "the results are in the order of the tasks");
}

int fail() { throw std::runtime_error{"no seat left"}; }

void gather_with_failures() {
    // [gather_results]
    const auto [good, bad] = gather_results([] { return 42; }, fail);
    // good.value() is 42; bad.value() would throw
    // [end]
    expect(good.ok() && good.value() == 42, "the first has its value");
    expect(!bad.ok() && bad.story() == "no seat left", "the second tells its story");
}

void fail_fast_gather() {
    bool ended = false;
    std::string story;
    // [fail_fast]
    const auto slow = [&] {
        const CleanUp at_the_end{ended};
        sleep_for(1h);
    };
    try {
        gather(fail_fast, slow, fail);
    } catch (const std::runtime_error& failure) {
        story = failure.what();  // and `slow` has been cancelled, and has ended
    }
    // [end]
    expect(ended && story == "no seat left", "the rest ended before the failure was told");
}

void group_of_tasks() {
    bool ended = false;
    std::vector<std::string> stories;
    // [task_group]
    TaskGroup group;
    group.spawn([&] {
        const CleanUp at_the_end{ended};
        sleep_for(1h);
    });
    group.spawn([] { fail(); });  // cancels the other
    try {
        group.join();
    } catch (const GroupFailed& failed) {
        for (const std::exception_ptr& each : failed.failures()) {
            stories.push_back(Result<void>{each}.story());
        }
    }
    // [end]
    expect(ended, "the rest was cancelled and has ended");
    expect(stories == std::vector<std::string>{"no seat left"}, "the failure is told");
}

void group_with_a_body() {
    bool told = false;
    // [task_group_body]
    TaskGroup group;
    try {
        group.run([&] {  // the body of "async with"
            group.spawn([] { fail(); });
            sleep_for(1h);  // ended by the failure
        });
    } catch (const GroupFailed&) {
        told = true;
    }
    // [end]
    expect(told, "a failure ends what the body waits for");
}

void group_with_results() {
    // [task_group_results]
    TaskGroup<std::string> pages;
    for (const char* name : {"a", "b", "c"}) {
        pages.spawn([name] { return fetch(name); });
    }
    std::vector<std::string> texts;
    while (std::optional<Result<std::string>> page = pages.next()) {  // as they end
        texts.push_back(page->value());
    }
    // [end]
    expect(texts.size() == 3, "each result is handed out once");
}

void wait_for_the_first() {
    // [wait]
    std::vector<Task<int>> tasks;
    tasks.push_back(spawn([] { return 7; }));
    tasks.push_back(spawn([] {
        sleep_for(1h);
        return 8;
    }));
    const WaitedTasks waited = wait_tasks(tasks, WaitUntil::first_done, Deadline::after(10s));
    for (const std::size_t place : waited.pending) tasks[place].cancel();
    const int first = tasks[waited.done.front()].get();
    // [end]
    expect(first == 7 && waited.pending.size() == 1, "one is done and one is pending");
}

void take_as_completed() {
    std::vector<Task<std::string>> tasks;
    for (const char* name : {"a", "b", "c"}) {
        tasks.push_back(spawn([name] { return fetch(name); }));
    }
    std::vector<std::string> pages;
    // [as_completed]
    AsCompleted ends{tasks, Deadline::after(10s)};
    while (const std::optional<std::size_t> place = ends.next()) {
        pages.push_back(tasks[*place].get());
    }
    // whoever did not make it in time: ends.pending()
    // [end]
    expect(pages.size() == 3 && ends.pending().empty(), "all were handed out");
}

void race_functions() {
    bool ended = false;
    // [race]
    const std::string page = race([] { return fetch("near"); },
                                  [&] {
                                      const CleanUp at_the_end{ended};
                                      sleep_for(1h);
                                      return fetch("far");
                                  });
    // [end]
    expect(page == "page of near" && ended, "the other was cancelled and has ended");
}

void map_with_a_limit() {
    const std::vector<std::string> names{"a", "b", "c", "d"};
    // [map]
    const std::vector<std::string> pages =
        map(names, 2, [](const std::string& name) { return fetch(name); });  // two at a time
    // [end]
    expect(pages.size() == 4 && pages[3] == "page of d", "in the order of the names");
}

}  // namespace

std::vector<Snippet> group_snippets() {
    return {
        {"gather_functions", gather_functions},
        {"gather_a_range", gather_a_range},
        {"gather_with_failures", gather_with_failures},
        {"fail_fast_gather", fail_fast_gather},
        {"group_of_tasks", group_of_tasks},
        {"group_with_a_body", group_with_a_body},
        {"group_with_results", group_with_results},
        {"wait_for_the_first", wait_for_the_first},
        {"take_as_completed", take_as_completed},
        {"race_functions", race_functions},
        {"map_with_a_limit", map_with_a_limit},
    };
}
