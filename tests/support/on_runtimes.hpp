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
//
// What takes long to compile is in on_runtimes.cpp: a hundred files include this.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
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
    [[nodiscard]] std::unique_ptr<Threads::Handle> thread(std::function<void()> function) {
        return threads.start("plain", std::move(function));
    }

    // Until so many fibers and plain threads wait in a call of this kind ("semaphore"). On a plain
    // thread only.
    void until_waiting(std::string_view kind, int count) {
        until([&] { return waiting(kind) == count; });
    }
    int waiting(std::string_view kind);

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

std::string setting_name(const testing::TestParamInfo<Setting>& info);
std::vector<Setting> settings();

class OnRuntimes : public testing::TestWithParam<Setting> {
protected:
    using Body = std::function<void(Stage&)>;
    using OptionsBody = std::function<void(const RuntimeOptions&, Threads&)>;

    int workers() const { return GetParam().workers; }
    bool simulated() const { return GetParam().simulated; }

    // `options` may say more of the runtime; its workers and seams are the setting's.
    void play(const Body& body, const RuntimeOptions& options = {}, int seeds = 50);

    // The same for a body that makes what it needs of the options.
    void play_options(const OptionsBody& body, RuntimeOptions options, int seeds);

    // Of a race, counted over all plays: that it ended in both ways. On one worker it need not, and
    // on threads that is up to the kernel.
    void expect_both(int one, int other) const;
};

#define GREENROOM_ON_ALL_RUNTIMES(suite)                                                     \
    INSTANTIATE_TEST_SUITE_P(Runs, suite, testing::ValuesIn(greenroom::support::settings()), \
                             greenroom::support::setting_name)

}  // namespace greenroom::support
