// OnRuntimes: plays the body of a test on every kind of runtime: on the deterministic one with 1, 2
// and 8 virtual workers over many seeds, and on 1, 2 and 8 threads, some rounds each.
//
//   class SemaphoreTest : public support::OnRuntimes {};
//   GREENROOM_ON_ALL_RUNTIMES(SemaphoreTest);
//   TEST_P(SemaphoreTest, AClaim) {
//       play([](support::Stage& stage) { auto task = stage.spawn([] { ... }); ... });
//   }
//
// The body runs on a plain thread, with a fresh runtime each time. A failure tells the seed, and
// GREENROOM_SEED=<seed> plays that one alone; GREENROOM_SEEDS=<count> plays more of them.
// A wait that is never woken is a failure under simulation at once, and on threads by ctest's
// TIMEOUT. Nothing here sleeps: until() looks again and again, and until_waiting() asks dump().
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/seed_count.hpp"

namespace greenroom::support {

// ThreadSanitizer's fibers are dear: what a test counts by the thousand is scaled down there.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool under_thread_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool under_thread_sanitizer = true;
#else
inline constexpr bool under_thread_sanitizer = false;
#endif
#else
inline constexpr bool under_thread_sanitizer = false;
#endif

// Looks again and again, letting others run, until the condition holds.
template <class Condition>
void until(Condition condition) {
    while (!condition()) yield();
}

// What the body of a test has.
class Stage {
public:
    Stage(Runtime& its_runtime, Threads& its_threads, bool is_simulated) noexcept
        : runtime{its_runtime}, threads{its_threads}, simulated{is_simulated} {}

    template <class F>
    auto spawn(F function, SpawnOptions options = {}, Where where = Where::here()) {
        return greenroom::spawn(runtime, std::move(function), options, where);
    }
    // Runs `function` in a fiber, and waits for it.
    template <class F>
    auto run(F function, Where where = Where::here()) {
        return greenroom::run(runtime, std::move(function), where);
    }

    // A plain thread: virtual under simulation. The handle joins it.
    template <class F>
    [[nodiscard]] std::unique_ptr<Threads::Handle> thread(F function) {
        return threads.start("plain", std::move(function));
    }

    // Until so many fibers and plain threads wait in a call of this kind ("semaphore"). On a plain
    // thread only.
    void until_waiting(std::string_view kind, int count) {
        until([&] { return waiting(kind) == count; });
    }
    int waiting(std::string_view kind) {
        std::istringstream lines{runtime.dump({.stacks = false})};
        const std::string needle = std::string{kind} + " at ";
        int count = 0;
        for (std::string line; std::getline(lines, line);) {
            const bool is_of_library = line.starts_with("reaper of ");
            if (!is_of_library && line.find(needle) != line.npos) ++count;
        }
        return count;
    }

    // How often to do what is tried by the thousand: on threads `often`, on virtual ones a few.
    int times(int often) const noexcept {
        return simulated ? (often + 99) / 100 : under_thread_sanitizer ? (often + 9) / 10 : often;
    }

    Runtime& runtime;
    Threads& threads;
    const bool simulated;
};

struct Setting {
    bool simulated;
    int workers;
};

inline std::string setting_name(const testing::TestParamInfo<Setting>& info) {
    return (info.param.simulated ? "Simulated" : "Threads") + std::to_string(info.param.workers);
}

class OnRuntimes : public testing::TestWithParam<Setting> {
protected:
    int workers() const { return GetParam().workers; }
    bool simulated() const { return GetParam().simulated; }

    // `options` may say more of the runtime; its workers and seams are the setting's.
    template <class Body>
    void play(Body body, const RuntimeOptions& options = {}, int seeds = 50) {
        const auto with_runtime = [&](const RuntimeOptions& chosen, Threads& threads) {
            Runtime runtime{chosen};
            Stage stage{runtime, threads, simulated()};
            body(stage);
        };
        play_options(with_runtime, options, seeds);
    }

    // The same for a body that makes what it needs of the options.
    template <class Body>
    void play_options(Body body, RuntimeOptions options, int seeds) {
        options.workers = workers();
        simulated() ? play_seeds(body, options, seeds) : play_on_threads(body, options);
    }

    // Of a race, counted over all plays: that it ended in both ways. On one worker it need not, and
    // on threads that is up to the kernel.
    void expect_both(int one, int other) const {
        const bool few = std::getenv("GREENROOM_SEED") != nullptr || seed_count(20) < 20;
        if (!simulated() || workers() == 1 || few) return;
        EXPECT_GT(one, 0) << "it never raced";
        EXPECT_GT(other, 0) << "it never raced";
    }

private:
    static constexpr int rounds_on_threads = 5;

    template <class Body>
    void play_seeds(Body& body, const RuntimeOptions& options, int seeds) {
        const char* const replayed = std::getenv("GREENROOM_SEED");
        const std::uint64_t first = replayed ? std::strtoull(replayed, nullptr, 10) : 1;
        const std::uint64_t count =
            replayed ? 1 : static_cast<std::uint64_t>(support::seed_count(seeds));
        for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
            const testing::ScopedTrace trace{__FILE__, __LINE__,
                                             "replay with GREENROOM_SEED=" + std::to_string(seed)};
            play_seed(body, options, seed);
        }
    }

    template <class Body>
    void play_seed(Body& body, RuntimeOptions options, std::uint64_t seed) {
        SimulatedMachine machine{seed, {.stack_bytes = 1024 * 1024}};
        options.clock = &machine;
        options.threads = &machine;
        options.chance = &machine;
        try {
            machine.run([&] { body(options, machine); });
        } catch (const SimulationStuck& stuck) {
            ADD_FAILURE() << stuck.what();
        }
    }

    template <class Body>
    void play_on_threads(Body& body, const RuntimeOptions& options) {
        for (int round = 0; round < rounds_on_threads && !HasFailure(); ++round) {
            body(options, kernel_threads());
        }
    }
};

// Not the simulated machine under ThreadSanitizer: one thread plays it, which shows that nothing.
inline std::vector<Setting> settings() {
    std::vector<Setting> all;
    for (const bool simulated : {true, false}) {
        if (simulated && under_thread_sanitizer) continue;
        for (const int workers : {1, 2, 8}) all.push_back({simulated, workers});
    }
    return all;
}

#define GREENROOM_ON_ALL_RUNTIMES(suite)                                                     \
    INSTANTIATE_TEST_SUITE_P(Runs, suite, testing::ValuesIn(greenroom::support::settings()), \
                             greenroom::support::setting_name)

}  // namespace greenroom::support
