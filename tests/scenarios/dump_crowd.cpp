// A dump of 100,000 suspended fibers, while others work: within 5 s, with each stack told once.
#include <chrono>
#include <cstdio>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace greenroom;

constexpr int fibers = 100'000;

struct Crowd {
    [[gnu::noinline]] void wait_for_the_event() {
        begun.fetch_add(1, std::memory_order_release);
        event.wait();
        gone.fetch_add(1, std::memory_order_relaxed);
    }
    [[gnu::noinline]] void wait_for_a_permit() {
        begun.fetch_add(1, std::memory_order_release);
        permits.acquire();
        gone.fetch_add(1, std::memory_order_relaxed);
    }

    detail::Atomic<int> begun{0};
    detail::Atomic<int> gone{0};
    Event event;
    Semaphore permits{0};
};

int waiting(const Runtime& runtime) {
    int count = 0;
    for (const TaskInfo& task : runtime.all_tasks()) count += task.waits_for != nullptr ? 1 : 0;
    return count;
}

std::size_t count_of(const std::string& part, const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

}  // namespace

int main() {
    RuntimeOptions options;
    options.workers = 2;
    Runtime runtime{options};
    Crowd crowd;
    std::vector<Task<void>> tasks;
    for (int i = 0; i < fibers; ++i) {
        tasks.push_back(spawn(runtime, [&crowd, i] {
            i % 4 == 0 ? crowd.wait_for_a_permit() : crowd.wait_for_the_event();
        }));
    }
    while (crowd.begun.load(std::memory_order_acquire) < fibers) yield();
    while (waiting(runtime) < fibers) yield();  // one may have begun, and let others run first
    // The load: pairs of fibers that wake each other.
    detail::Atomic<bool> over{false};
    for (int i = 0; i < 4; ++i) {
        tasks.push_back(spawn(runtime, [&over] {
            while (!over.load(std::memory_order_relaxed)) yield();
        }));
    }
    const auto begin = std::chrono::steady_clock::now();
    const std::string dump = runtime.dump({.time_max = 4s});
    const auto took = std::chrono::steady_clock::now() - begin;
    const std::size_t lines = count_of(" waits for ", dump);
    const std::size_t events = count_of("Crowd::wait_for_the_event()", dump);
    const std::size_t permits = count_of("Crowd::wait_for_a_permit()", dump);
    std::printf("%zu fibers, %zu bytes in %.2f s; the stacks were told %zu and %zu times\n", lines,
                dump.size(), std::chrono::duration<double>(took).count(), events, permits);
    over.store(true, std::memory_order_relaxed);
    crowd.event.set();
    crowd.permits.release(fibers / 4);
    for (auto& task : tasks) task.join();
    const bool all = lines >= fibers && events == 1 && permits == 1;
    return all && took < 5s && crowd.gone.load(std::memory_order_relaxed) == fibers ? 0 : 1;
}
