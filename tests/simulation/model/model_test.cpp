// The model: every scenario holds with every seed, and every mutant is caught by its scenario.
//
// Property  No schedule of the real code, at the grain of its atomic operations, breaks what a
//           scenario requires; and each of the faults in detail/mutant.hpp does, so that the
//           scenarios are known to see what they are for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "simulation/model/explore.hpp"

namespace greenroom::model {

namespace {

using detail::Mutant;

class EveryScenario : public testing::TestWithParam<Entry> {};

}  // namespace

TEST_P(EveryScenario, HoldsWithEverySeed) {
    const auto finding = explore(GetParam().scenario, Mutant::none, seed_count()).finding;
    EXPECT_FALSE(finding.has_value())
        << finding->how << "; replay with GREENROOM_SEED=" << finding->seed;
}

TEST_P(EveryScenario, PlaysTheSameRunsAgain) {
    const Explored first = explore(GetParam().scenario, Mutant::none, 20);
    const Explored second = explore(GetParam().scenario, Mutant::none, 20);
    EXPECT_EQ(first.trace, second.trace);
}

INSTANTIATE_TEST_SUITE_P(Model, EveryScenario, testing::ValuesIn(all_scenarios()),
                         [](const auto& given) { return std::string{given.param.scenario.name}; });

// Prints the table. One scenario that catches a mutant is enough; others may happen to miss it.
TEST(Model, EveryMutantIsCaught) {
    const std::uint64_t seeds = std::max<std::uint64_t>(seed_count(), 3'000);
    std::printf("%-30s %-20s %6s  %s\n", "mutant", "caught by", "seed", "how");
    for (int i = 1; i < static_cast<int>(Mutant::count_); ++i) {
        const auto mutant = static_cast<Mutant>(i);
        int caught = 0;
        for (const Entry& entry : all_scenarios()) {
            const auto& mutants = entry.mutants;
            if (std::find(mutants.begin(), mutants.end(), mutant) == mutants.end()) continue;
            const auto finding = explore(entry.scenario, mutant, seeds).finding;
            if (!finding) continue;
            ++caught;
            std::printf("%-30s %-20s %6llu  %s\n", mutant_name(mutant), entry.scenario.name,
                        static_cast<unsigned long long>(finding->seed), finding->how.c_str());
        }
        EXPECT_GT(caught, 0) << mutant_name(mutant) << " lives";
    }
}

}  // namespace greenroom::model
