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

constexpr unsigned seconds_max = 60;  // of one run: a loop without a point never ends

constexpr std::uint64_t steps_max = 2'000'000;  // no run of a scenario needs a tenth of them

// Shared with the process that plays.
struct Progress {
    std::uint64_t seed;
    std::uint64_t trace;  // of all runs
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
        progress.trace = progress.trace * 31 + machine.trace_hash();
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

void silence_failing_assertions(detail::Mutant mutant) {
    if (mutant == detail::Mutant::none) return;
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
}

void play_all(const Scenario& scenario, detail::Mutant mutant, std::uint64_t seeds,
              Progress& progress) {
    detail::choose_mutant(mutant);
    const bool replayed = std::getenv("GREENROOM_SEED") != nullptr;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        if (!replayed) ::alarm(seconds_max);
        if (!play_one(scenario, seed, progress)) break;
    }
}

std::string cause_of_death(int status) {
    if (WIFEXITED(status)) return "a sanitizer's report";
    if (WTERMSIG(status) == SIGABRT) return "an assertion fails";
    if (WTERMSIG(status) == SIGALRM) return "loops without a point";
    return std::string{"dies of "} + strsignal(WTERMSIG(status));
}

class SharedProgress {
public:
    SharedProgress()
        : memory_{::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0)} {
        if (memory_ == MAP_FAILED) throw std::runtime_error{"mmap"};
    }
    ~SharedProgress() { ::munmap(memory_, sizeof(Progress)); }
    SharedProgress(const SharedProgress&) = delete;
    SharedProgress& operator=(const SharedProgress&) = delete;

    Progress* operator->() const { return static_cast<Progress*>(memory_); }
    Progress& operator*() const { return *operator->(); }

private:
    void* const memory_;
};

// In a process of its own. Returns how that ended, as waitpid tells it.
int play_apart(const Scenario& scenario, detail::Mutant mutant, std::uint64_t seeds,
               Progress& progress) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error{"fork"};
    if (child == 0) {
        silence_failing_assertions(mutant);
        play_all(scenario, mutant, seeds, progress);
        if (mutant == detail::Mutant::none) std::exit(0);  // a sanitizer looks for leaks
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
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
    if (given != nullptr) return std::strtoull(given, nullptr, 10);
    return 300;
}

Explored explore(const Scenario& scenario, detail::Mutant mutant, std::uint64_t seeds) {
    const SharedProgress progress;
    int status = 0;
    if (const char* const last = std::getenv("GREENROOM_SEED")) {
        // All before it too, since they leave pools and caches as the last one found them.
        play_all(scenario, mutant, std::strtoull(last, nullptr, 10), *progress);
    } else {
        status = play_apart(scenario, mutant, seeds, *progress);
    }
    Explored explored{progress->trace, {}};
    if (progress->how[0] != '\0') {
        explored.finding = Finding{progress->seed, progress->how};
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        explored.finding = Finding{progress->seed, cause_of_death(status)};
    }
    return explored;
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
