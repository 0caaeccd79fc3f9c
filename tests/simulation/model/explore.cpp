#include "simulation/model/explore.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace greenroom::model {

namespace {

constexpr unsigned seconds_max = 100;  // of one exploration: a loop without a point never ends

constexpr std::uint64_t steps_max = 2'000'000;  // no run of a scenario needs a tenth of them

// Shared with the process that plays.
struct Progress {
    std::uint64_t seed;
    char how[400];
};

const char* broken_promise = nullptr;

// True if nothing was found.
bool play_one(const Scenario& scenario, std::uint64_t seed, Progress& progress) {
    progress.seed = seed;
    broken_promise = nullptr;
    std::string how;
    try {
        SimulationOptions options = scenario.options;
        options.switch_one_in = 2u << (seed % 4);
        options.steps_max = steps_max;
        SimulatedMachine machine{seed, options};
        machine.run([&] { scenario.play(machine); });
        if (broken_promise == nullptr) return true;
    } catch (const SimulationStuck& stuck) {
        how = stuck.reason() == SimulationStuck::Reason::deadlock ? "hangs" : "spins for ever";
        if (std::getenv("GREENROOM_SEED") != nullptr) how += std::string{": "} + stuck.what();
    } catch (const std::exception& error) {
        how = error.what();
    }
    if (broken_promise != nullptr) how = broken_promise;
    std::strncpy(progress.how, how.c_str(), sizeof progress.how - 1);
    return false;
}

void play_all(const Scenario& scenario, detail::Mutant mutant, std::uint64_t seeds,
              Progress& progress) {
    if (mutant != detail::Mutant::none) {
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDERR_FILENO);  // it will have failing assertions
    }
    detail::choose_mutant(mutant);
    ::alarm(seconds_max);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        if (!play_one(scenario, seed, progress)) break;
    }
}

std::string cause_of_death(int status) {
    if (WIFEXITED(status)) return "a sanitizer's report";
    if (WTERMSIG(status) == SIGABRT) return "an assertion fails";
    if (WTERMSIG(status) == SIGALRM) return "loops without a point";
    return std::string{"dies of "} + strsignal(WTERMSIG(status));
}

std::vector<Entry>& entries() {
    static std::vector<Entry> all;
    return all;
}

}  // namespace

void promise(bool holds, const char* property) {
    if (!holds && broken_promise == nullptr) broken_promise = property;
}

std::uint64_t seed_count() {
    const char* const given = std::getenv("GREENROOM_SEEDS");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 300;
}

std::optional<Finding> explore(const Scenario& scenario, detail::Mutant mutant,
                               std::uint64_t seeds) {
    auto* const progress = static_cast<Progress*>(::mmap(
        nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    if (progress == MAP_FAILED) throw std::runtime_error{"mmap"};
    std::optional<Finding> finding;
    if (const char* const one = std::getenv("GREENROOM_SEED")) {
        detail::choose_mutant(mutant);
        play_one(scenario, std::strtoull(one, nullptr, 10), *progress);
        if (progress->how[0] != '\0') finding = Finding{progress->seed, progress->how};
    } else {
        std::fflush(nullptr);
        const pid_t child = ::fork();
        if (child < 0) throw std::runtime_error{"fork"};
        if (child == 0) {
            play_all(scenario, mutant, seeds, *progress);
            if (mutant == detail::Mutant::none) std::exit(0);  // a sanitizer looks for leaks
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        if (progress->how[0] != '\0') {
            finding = Finding{progress->seed, progress->how};
        } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            finding = Finding{progress->seed, cause_of_death(status)};
        }
    }
    ::munmap(progress, sizeof(Progress));
    return finding;
}

Added::Added(const Scenario& scenario, std::vector<detail::Mutant> mutants) {
    entries().push_back({scenario, std::move(mutants)});
}

const std::vector<Entry>& all_scenarios() {
    auto& all = entries();
    std::sort(all.begin(), all.end(), [](const Entry& left, const Entry& right) {
        return std::strcmp(left.scenario.name, right.scenario.name) < 0;
    });
    return all;
}

}  // namespace greenroom::model
