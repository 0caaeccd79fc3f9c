// OnRuntimes: how a body is played on each kind of runtime.
#include "support/on_runtimes.hpp"

#include <cstdlib>
#include <greenroom/core/simulated_machine.hpp>
#include <sstream>

namespace greenroom::support {

namespace {

constexpr int rounds_on_threads = 5;

using OptionsBody = std::function<void(const RuntimeOptions&, Threads&)>;

void play_seed(const OptionsBody& body, RuntimeOptions options, std::uint64_t seed) {
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

void play_seeds(const OptionsBody& body, const RuntimeOptions& options, int seeds) {
    const char* const replayed = std::getenv("GREENROOM_SEED");
    const std::uint64_t first = replayed ? std::strtoull(replayed, nullptr, 10) : 1;
    const std::uint64_t count = replayed ? 1 : static_cast<std::uint64_t>(seed_count(seeds));
    for (std::uint64_t seed = first; seed < first + count && !testing::Test::HasFailure(); ++seed) {
        const testing::ScopedTrace trace{__FILE__, __LINE__,
                                         "replay with GREENROOM_SEED=" + std::to_string(seed)};
        play_seed(body, options, seed);
    }
}

void play_on_threads(const OptionsBody& body, const RuntimeOptions& options) {
    for (int round = 0; round < rounds_on_threads && !testing::Test::HasFailure(); ++round) {
        body(options, kernel_threads());
    }
}

}  // namespace

int Stage::waiting(std::string_view kind) {
    std::istringstream lines{runtime.dump({.stacks = false})};
    const std::string needle = std::string{kind} + " at ";
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
        const bool is_of_library = line.starts_with("reaper of ");
        if (!is_of_library && line.find(needle) != line.npos) ++count;
    }
    return count;
}

std::string setting_name(const testing::TestParamInfo<Setting>& info) {
    return (info.param.simulated ? "Simulated" : "Threads") + std::to_string(info.param.workers);
}

// Not the simulated machine under ThreadSanitizer: one thread plays it, which shows that nothing.
std::vector<Setting> settings() {
    std::vector<Setting> all;
    for (const bool simulated : {true, false}) {
        if (simulated && under_thread_sanitizer) continue;
        for (const int workers : {1, 2, 8}) all.push_back({simulated, workers});
    }
    return all;
}

void OnRuntimes::play(const Body& body, const RuntimeOptions& options, int seeds) {
    const auto with_runtime = [&](const RuntimeOptions& chosen, Threads& threads) {
        Runtime runtime{chosen};
        Stage stage{runtime, threads, simulated()};
        body(stage);
    };
    play_options(with_runtime, options, seeds);
}

void OnRuntimes::play_options(const OptionsBody& body, RuntimeOptions options, int seeds) {
    options.workers = workers();
    simulated() ? play_seeds(body, options, seeds) : play_on_threads(body, options);
}

void OnRuntimes::expect_both(int one, int other) const {
    const bool few = std::getenv("GREENROOM_SEED") != nullptr || seed_count(20) < 20;
    if (!simulated() || workers() == 1 || few) return;
    EXPECT_GT(one, 0) << "it never raced";
    EXPECT_GT(other, 0) << "it never raced";
}

}  // namespace greenroom::support
