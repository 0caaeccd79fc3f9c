// Runtime, run, and functions that wait: beside asyncio.run, coroutines and await.
#include <algorithm>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/lock.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timers.hpp>
#include <iterator>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

// [colour]
std::string headline(const std::string& name) {  // neither async nor await: it just waits
    return "news: " + fetch(name);
}
// [end]

void run_a_runtime() {
    // [run]
    Runtime runtime;  // starts a worker thread for each processor
    const std::string text = run(runtime, [] { return headline("a"); });
    // ~Runtime cancels what still runs, and joins the threads
    // [end]
    expect(text == "news: page of a", "run() returns what the function returns");
}

void run_on_one_worker() {
    // [one_worker]
    Runtime runtime{{.workers = 1}};  // one thread, as in asyncio: no two tasks run at once
    // [end]
    expect(runtime.worker_count() == 1, "there is one worker");
}

void wait_in_an_algorithm() {
    const std::vector<std::string> names{"a", "b"};
    // [algorithm]
    std::vector<std::string> lines;
    std::transform(names.begin(), names.end(), std::back_inserter(lines), headline);
    // [end]
    expect(lines.back() == "news: page of b", "a function that waits serves an algorithm");
}

void spawn_from_a_thread() {
    Runtime runtime;
    // [spawn_from_a_thread]
    Task<std::string> task = spawn(runtime, [] { return headline("a"); });
    const std::string text = task.get();  // blocks this thread, and no other
    // [end]
    expect(text == "news: page of a", "a plain thread may spawn and wait");
}

void post_from_a_thread() {
    Runtime runtime;
    Event called;
    // [post_from_a_thread]
    post(runtime, [&] { called.set(); });
    called.wait();  // a plain thread waits for the same things that a fiber waits for
    // [end]
    expect(called.is_set(), "the function was called");
}

void share_with_a_lock() {
    // [share_with_a_lock]
    int count = 0;
    Mutex mutex;  // the tasks may run at once, on several workers
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 100; ++i) {
        tasks.push_back(spawn([&] {
            const Lock held{mutex};
            ++count;
        }));
    }
    gather(tasks);
    // [end]
    expect(count == 100, "no increment is lost under the lock");
}

void share_without_a_lock() {
    // [share_without_a_lock]
    int count = 0;
    const auto add = [&] {
        sleep_for(1ms);  // others run here, as at an await
        ++count;         // and nowhere else
    };
    gather(add, add, add);
    // [end]
    expect(count == 3, "structured tasks interleave only where they wait");
}

}  // namespace

std::vector<Snippet> running_snippets() {
    return {
        {"run_a_runtime", run_a_runtime, true},
        {"run_on_one_worker", run_on_one_worker, true},
        {"wait_in_an_algorithm", wait_in_an_algorithm},
        {"spawn_from_a_thread", spawn_from_a_thread, true},
        {"post_from_a_thread", post_from_a_thread, true},
        {"share_with_a_lock", share_with_a_lock},
        {"share_without_a_lock", share_without_a_lock},
    };
}
