// Exploring a scenario of the model: the library's real code on virtual threads, over many seeds.
//
// A scenario fails by throwing Violation, by an assertion that aborts, by a hang (SimulationStuck),
// or by memory that a wrong step destroyed. So it is played in a process of its own.
//
// Seeds     GREENROOM_SEEDS says how many each scenario is played with (300;
//           60 under ThreadSanitizer, whose fibers are dear).
// Replay    GREENROOM_SEED=<number>, with --gtest_filter for the scenario, plays the seeds up to
//           that one in this process, where a debugger can see it.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace greenroom::model {

// A property that does not hold.
class Violation : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline void require(bool holds, const char* property) {
    if (!holds) throw Violation{property};
}

// The same where the library would catch what is thrown, as it does around handlers: the scenario
// fails when it ends.
void promise(bool holds, const char* property);

struct Scenario {
    const char* name;
    // Played as the first virtual thread. What it starts, it joins.
    void (*play)(SimulatedMachine& machine);
    SimulationOptions options = {};
};

// How a scenario failed, and with which seed.
struct Finding {
    std::uint64_t seed;
    std::string how;
};

struct Explored {
    std::uint64_t trace = 0;  // of all runs, in order
    std::optional<Finding> finding;
};

std::uint64_t seed_count();

// Plays `scenario` with that mutant and the seeds from 1 to `seeds`, up to the first that fails.
Explored explore(const Scenario& scenario, detail::Mutant mutant, std::uint64_t seeds);

// All that there are, in the order of their names. A file of scenarios adds its own:
//     const Added added{{"inbox", &play}, {Mutant::inbox_store_for_exchange}};
// The mutants are those that the scenario is for.
struct Added {
    Added(const Scenario& scenario, std::vector<detail::Mutant> mutants);
};

struct Entry {
    Scenario scenario;
    std::vector<detail::Mutant> mutants;
};

const std::vector<Entry>& all_scenarios();

// For googletest, which else shows the bytes.
inline void PrintTo(const Entry& entry, std::ostream* out) { *out << entry.scenario.name; }

}  // namespace greenroom::model
