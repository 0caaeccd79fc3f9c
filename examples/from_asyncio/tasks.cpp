// Task: beside create_task, Task.cancel, uncancel and shield.
#include <exception>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/result.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

void create_a_task() {
    // [create_task]
    Task<std::string> task = spawn([] { return fetch("a"); }, {.name = "fetch a"});
    const std::string other = fetch("b");  // meanwhile
    const std::string page = task.get();   // its result, or its exception
    // [end]
    expect(page == "page of a" && other == "page of b", "both pages are there");
}

void drop_a_task() {
    bool cleaned_up = false;
    // [drop]
    {
        Event started;
        const Task<void> task = spawn([&] {
            const CleanUp at_the_end{cleaned_up};
            started.set();
            sleep_for(1h);
        });
        started.wait();
    }  // the handle ends: the task is cancelled, and awaited
    // [end]
    expect(cleaned_up, "a task that is dropped has ended");
}

void detach_a_task() {
    Event done;
    // [detach]
    spawn([&] { done.set(); }).detach();  // lives on; a failure of it is logged
    done.wait();
    // [end]
    expect(done.is_set(), "a detached task runs");
}

void cancel_a_task() {
    std::vector<std::string> story;
    // [cancel]
    Event started;
    Task<void> task = spawn([&] {
        try {
            started.set();
            sleep_for(1h);
        } catch (const Cancelled&) {
            story.push_back("cleaning up");
            throw;
        }
    });
    started.wait();
    task.cancel();
    const Result<void> ended = task.result();  // get() would throw Error(cancelled)
    // [end]
    expect(story == std::vector<std::string>{"cleaning up"}, "the task heard of it");
    expect(ended.code() == Errc::cancelled, "its end is a cancellation");
}

void cancellation_is_no_exception() {
    bool swallowed = false;
    Event started;
    // [not_an_exception]
    Task<void> task = spawn([&] {
        try {
            started.set();
            sleep_for(1h);
        } catch (const std::exception&) {  // Cancelled is none
            swallowed = true;
        }
    });
    // [end]
    started.wait();
    task.cancel();
    expect(task.result().code() == Errc::cancelled, "the cancellation goes through");
    expect(!swallowed, "a handler of exceptions does not see it");
}

void cancellation_is_sticky() {
    Event started;
    Event go_on;
    // [sticky]
    Channel<int> numbers{1};
    numbers.send(7);
    Task<void> task = spawn([&] {
        shield([&] {
            started.set();
            go_on.wait();  // is cancelled in here, and does not hear of it
        });
        static_cast<void>(numbers.receive());  // throws Cancelled, though a number is there
    });
    // [end]
    started.wait();
    task.cancel();
    go_on.set();
    expect(task.result().code() == Errc::cancelled, "the receive throws");
    expect(numbers.size() == 1, "the number was not taken");
}

void take_a_request_back() {
    Event started;
    // [uncancel]
    Task<unsigned> task = spawn([&] {
        try {
            started.set();
            sleep_for(1h);
        } catch (const Cancelled&) {
            uncancel();  // goes on as if it had not been asked
        }
        sleep_for(1ms);  // throws nothing: the request was taken when it was thrown
        return cancel_requests();
    });
    started.wait();
    task.cancel();
    const unsigned left = task.get();
    // [end]
    expect(left == 0, "no request is left");
}

void wait_behind_a_shield() {
    // [shield]
    Event may_end;
    Event waiting;
    Task<int> saving = spawn([&] {
        may_end.wait();
        return 7;
    });
    Task<void> waiter = spawn([&] {
        waiting.set();
        shield(saving);  // saving.get() here would take `saving` with it
    });
    waiting.wait();
    waiter.cancel();
    waiter.join();  // the waiter has left
    may_end.set();
    const int saved = saving.get();  // and the other was not disturbed
    // [end]
    expect(saved == 7, "what was shielded goes on");
}

void shield_a_function() {
    Event begun;
    Event may_end;
    bool committed = false;
    // [shield_function]
    Task<void> task = spawn([&] {
        shield([&] {
            begun.set();
            may_end.wait();  // no cancellation and no deadline reaches this
            committed = true;
        });
        sleep_for(1h);  // but this: here the request is thrown
    });
    begun.wait();
    task.cancel();
    may_end.set();
    const Result<void> ended = task.result();
    // [end]
    expect(committed, "the shielded part came to its end");
    expect(ended.code() == Errc::cancelled, "the task was cancelled after it");
}

}  // namespace

std::vector<Snippet> task_snippets() {
    return {
        {"create_a_task", create_a_task},
        {"drop_a_task", drop_a_task},
        {"detach_a_task", detach_a_task},
        {"cancel_a_task", cancel_a_task},
        {"cancellation_is_no_exception", cancellation_is_no_exception},
        {"cancellation_is_sticky", cancellation_is_sticky},
        {"take_a_request_back", take_a_request_back},
        {"wait_behind_a_shield", wait_behind_a_shield},
        {"shield_a_function", shield_a_function},
    };
}
