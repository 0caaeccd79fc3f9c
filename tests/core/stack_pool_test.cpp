// StackPool: who gets which stack, what it costs the system, and what happens when it refuses.
#include "stack_pool.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "core/scripted_stack_memory.hpp"
#include "mapping_budget.hpp"
#include "page_size.hpp"
#include "support/seed.hpp"

namespace greenroom::detail {
namespace {

using enum StackClass;
using support::is_forbidden;
using support::ScriptedStackMemory;

constexpr std::size_t no_limit = 1'000'000;

std::vector<Stack*> take_many(StackPool& pool, int count, StackClass stack_class = standard) {
    std::vector<Stack*> stacks;
    for (int i = 0; i < count; ++i) stacks.push_back(pool.take(stack_class));
    return stacks;
}

void give_back_all(StackPool& pool, const std::vector<Stack*>& stacks) {
    for (Stack* stack : stacks) pool.give_back(*stack);
}

std::size_t resident_pages(StackBounds bounds) {
    std::vector<unsigned char> pages(bounds.usable_bytes / page_size());
    EXPECT_EQ(::mincore(bounds.low, bounds.usable_bytes, pages.data()), 0);
    return static_cast<std::size_t>(
        std::count_if(pages.begin(), pages.end(), [](auto page) { return (page & 1U) != 0; }));
}

void touch(Stack& stack) { *(stack.bounds().top() - 1) = std::byte{1}; }

// A kernel of each kind. The first needs Linux 6.13; older ones run the second twice.
void be_tier(ScriptedStackMemory& memory, GuardTier tier) {
    if (tier != GuardTier::guard_install) memory.guard_install_error = EINVAL;
    if (tier == GuardTier::canary) memory.protect_error = ENOMEM;
}

TEST(StackPool, EachClassIsUsableFromEndToEnd) {
    StackPool pool{kernel_stack_memory(), no_limit, false};
    for (StackClass stack_class : {small, standard, large, huge}) {
        Stack* const stack = pool.take(stack_class);
        const StackBounds bounds = stack->bounds();
        EXPECT_EQ(stack->stack_class(), stack_class);
        EXPECT_EQ(bounds.usable_bytes, usable_bytes(stack_class));
        std::memset(bounds.low, 0x55, bounds.usable_bytes);
        EXPECT_TRUE(is_forbidden(bounds.low - 1)) << name(stack_class);
        EXPECT_TRUE(is_forbidden(bounds.low - StackGuard::bytes)) << name(stack_class);
        pool.give_back(*stack);
    }
}

TEST(StackPool, TheStackThatCameBackLastGoesOutFirst) {
    StackPool pool{kernel_stack_memory(), no_limit, false};
    const std::vector<Stack*> stacks = take_many(pool, 5);
    give_back_all(pool, stacks);
    for (auto expected = stacks.rbegin(); expected != stacks.rend(); ++expected) {
        EXPECT_EQ(pool.take(standard), *expected);
    }
    give_back_all(pool, stacks);
}

TEST(StackPool, AFewStacksThatComeAndGoCostNoCallOfTheKernel) {
    ScriptedStackMemory memory;
    StackPool pool{memory, no_limit, false};
    give_back_all(pool, take_many(pool, 40));
    const int calls = memory.map_calls + memory.guard_calls + memory.release_calls;
    for (int round = 0; round < 100; ++round) give_back_all(pool, take_many(pool, 40));
    EXPECT_EQ(memory.map_calls + memory.guard_calls + memory.release_calls, calls);
}

TEST(StackPool, ASmallProgramMapsLittleAndALargeOneInLargeSlabs) {
    ScriptedStackMemory memory;
    StackPool pool{memory, no_limit, false};
    memory.map_sizes.clear();
    give_back_all(pool, take_many(pool, 1000));
    std::vector<std::size_t> counts;
    for (std::size_t bytes : memory.map_sizes)
        counts.push_back(bytes / StackSlab::stride(standard));
    EXPECT_EQ(counts, (std::vector<std::size_t>{8, 8, 16, 32, 64, 128, 256, 256, 256}));
}

TEST(StackPool, TheDestructorUnmapsEverything) {
    ScriptedStackMemory memory;
    memory.guard_install_error = EINVAL;
    {
        StackPool pool{memory, no_limit, false};
        const std::vector<Stack*> stacks = take_many(pool, 100);
        EXPECT_EQ(memory.protected_areas, 100U);
        give_back_all(pool, stacks);
    }
    EXPECT_EQ(memory.mapped_bytes, 0U);
    EXPECT_EQ(memory.protected_areas, 0U);
}

TEST(StackPool, FreeStacksAboveTheWatermarkGiveTheirPagesBackInBatches) {
    ScriptedStackMemory memory;
    StackPool pool{memory, no_limit, false};
    const std::vector<Stack*> stacks = take_many(pool, 1000);
    for (Stack* stack : stacks) touch(*stack);
    give_back_all(pool, stacks);
    std::size_t resident = 0;
    for (Stack* stack : stacks) resident += resident_pages(stack->bounds());
    EXPECT_LE(resident, StackPool::warm_max_default + StackShelf::batch);
    EXPECT_GE(resident, StackPool::warm_max_default);
    EXPECT_LE(memory.release_calls, 1000 / 10) << "neighbours should go back by one call";
    const StackShelfStats stats = pool.stats()[standard];
    EXPECT_EQ(stats.in_use, 0U);
    EXPECT_EQ(stats.warm + stats.cold, 1000U);
    EXPECT_EQ(stats.warm, resident);
    pool.cool(0);
    for (Stack* stack : stacks) EXPECT_EQ(resident_pages(stack->bounds()), 0U);
}

TEST(StackPool, PagesBelowWhatASuspendedFiberNeedsGoBackAndTheRestStays) {
    StackPool pool{kernel_stack_memory(), no_limit, false};
    Stack* const stack = pool.take(standard);
    const StackBounds bounds = stack->bounds();
    std::memset(bounds.low, 0x55, bounds.usable_bytes);
    std::byte* const needed = bounds.top() - page_size() - 100;
    pool.release_below(*stack, needed);
    EXPECT_EQ(resident_pages(bounds), 2U);
    EXPECT_TRUE(
        std::all_of(needed, bounds.top(), [](std::byte b) { return b == std::byte{0x55}; }));
    EXPECT_EQ(*bounds.low, std::byte{0});
    pool.give_back(*stack);
}

TEST(StackPool, NoMemoryIsANamedErrorAndWhatIsThereGoesOn) {
    ScriptedStackMemory memory;
    StackPool pool{memory, no_limit, false};
    std::vector<Stack*> stacks = take_many(pool, 8);  // the whole first slab
    memory.map_error = ENOMEM;
    EXPECT_FALSE(pool.can_take(standard));
    EXPECT_FALSE(pool.prepare(standard));
    EXPECT_EQ(pool.last_error(), ENOMEM);
    try {
        pool.take(standard);
        FAIL();
    } catch (const StacksExhausted& error) {
        const std::string story = error.what();
        EXPECT_EQ(error.code(), make_error_code(Errc::stacks_exhausted));
        EXPECT_EQ(error.kernel_error(), ENOMEM);
        EXPECT_EQ(error.failure(), StackFailure::memory);
        for (const char* word : {"standard", "128 KiB", "Cannot allocate memory", "ulimit -v"}) {
            EXPECT_NE(story.find(word), std::string::npos) << word << " is not in: " << story;
        }
    }
    pool.give_back(*stacks.back());
    EXPECT_EQ(pool.take(standard), stacks.back());
    memory.map_error = 0;
    stacks.push_back(pool.take(standard));
    give_back_all(pool, stacks);
}

TEST(StackPool, AGuardThatFailsIsANamedErrorAndWhatIsThereGoesOn) {
    ScriptedStackMemory memory;
    be_tier(memory, GuardTier::protect);
    StackPool pool{memory, no_limit, false};
    Stack* const first = pool.take(standard);
    memory.protect_error = ENOMEM;
    try {
        pool.take(standard);
        FAIL();
    } catch (const StacksExhausted& error) {
        const std::string story = error.what();
        EXPECT_EQ(error.failure(), StackFailure::guard);
        EXPECT_EQ(error.guard_tier(), GuardTier::protect);
        EXPECT_NE(story.find("vm.max_map_count"), std::string::npos) << story;
    }
    memory.protect_error = 0;
    Stack* const second = pool.take(standard);
    EXPECT_TRUE(is_forbidden(second->bounds().low - 1));
    give_back_all(pool, {first, second});
}

TEST(StackPool, WithoutAnyGuardThereIsNoStackUnlessCanariesAreAllowed) {
    ScriptedStackMemory memory;
    be_tier(memory, GuardTier::canary);
    StackPool strict{memory, no_limit, false};
    EXPECT_EQ(strict.guard_tier(), GuardTier::none);
    EXPECT_THROW(strict.take(standard), StacksExhausted);
    StackPool trusting{memory, no_limit, true};
    EXPECT_EQ(trusting.guard_tier(), GuardTier::canary);
    trusting.give_back(*trusting.take(standard));
    memory.protect_error = 0;  // as if the limit had been raised
    strict.give_back(*strict.take(standard));
    EXPECT_EQ(strict.guard_tier(), GuardTier::protect);
}

TEST(StackPool, GuardsAndCanariesSurviveThatPagesAreGivenBack) {
    for (GuardTier tier : {GuardTier::guard_install, GuardTier::protect, GuardTier::canary}) {
        ScriptedStackMemory memory;
        be_tier(memory, tier);
        StackPool pool{memory, no_limit, true};
        const std::vector<Stack*> stacks = take_many(pool, 200);
        for (Stack* stack : stacks) touch(*stack);
        give_back_all(pool, stacks);
        pool.cool(0);
        for (Stack* stack : stacks) {
            const bool is_guarded = is_forbidden(stack->bounds().low - 1);
            EXPECT_EQ(is_guarded, pool.guard_tier() != GuardTier::canary);
            pool.check(*stack);
        }
    }
}

TEST(StackPool, PreparedMeansThatTakingNeedsNothingOfTheKernel) {
    ScriptedStackMemory memory;
    StackPool pool{memory, no_limit, false};
    EXPECT_FALSE(pool.can_take(large));
    ASSERT_TRUE(pool.prepare(large));
    memory.map_error = ENOMEM;
    memory.guard_install_error = EINVAL;
    memory.protect_error = ENOMEM;
    ASSERT_TRUE(pool.can_take(large));
    pool.give_back(*pool.take(large));
}

TEST(StackPool, TheLimitCountsAllClassesAndSaysSo) {
    StackPool pool{kernel_stack_memory(), 3, false};
    const std::vector<Stack*> stacks{pool.take(small), pool.take(standard), pool.take(standard)};
    try {
        pool.take(small);
        FAIL();
    } catch (const StacksExhausted& error) {
        EXPECT_EQ(error.failure(), StackFailure::limit);
        EXPECT_NE(std::string{error.what()}.find("stacks_max"), std::string::npos) << error.what();
    }
    EXPECT_FALSE(pool.prepare(standard));
    pool.give_back(*stacks[1]);
    EXPECT_TRUE(pool.prepare(standard));
    EXPECT_FALSE(pool.prepare(small)) << "a free stack of another class still counts";
    pool.give_back(*stacks[0]);
    pool.give_back(*stacks[2]);
}

TEST(StackPool, WhereMemoryIsShortSlabsAreSmaller) {
    ScriptedStackMemory memory;
    memory.map_bytes_max = 2 * StackSlab::stride(huge);
    StackPool pool{memory, no_limit, false};
    const std::vector<Stack*> stacks = take_many(pool, 5, huge);
    EXPECT_EQ(pool.stats()[huge].in_use, 5U);
    give_back_all(pool, stacks);
}

// Property: whatever comes and goes, no two stacks in use overlap, each keeps what was written to
// it, and the counts add up.
TEST(StackPool, StacksInUseAreDisjointThroughRandomUse) {
    std::mt19937 random = support::printed_seed();
    StackPool pool{kernel_stack_memory(), no_limit, false, 4};
    constexpr std::array classes{small, standard, large};
    std::vector<std::pair<Stack*, std::byte>> in_use;
    for (int step = 0; step < 20'000; ++step) {
        if (random() % 2 == 0 || in_use.empty()) {
            Stack* const stack = pool.take(classes[random() % classes.size()]);
            const std::byte mark{static_cast<unsigned char>(random())};
            *stack->bounds().low = *(stack->bounds().top() - 1) = mark;
            in_use.emplace_back(stack, mark);
            continue;
        }
        std::swap(in_use[random() % in_use.size()], in_use.back());
        const auto [stack, mark] = in_use.back();
        in_use.pop_back();
        ASSERT_EQ(*stack->bounds().low, mark);
        ASSERT_EQ(*(stack->bounds().top() - 1), mark);
        pool.give_back(*stack);
    }
    const StackPoolStats stats = pool.stats();
    EXPECT_EQ(std::accumulate(stats.of_class.begin(), stats.of_class.end(), std::size_t{0},
                              [](std::size_t sum, const auto& of) { return sum + of.in_use; }),
              in_use.size());
    for (const auto& [stack, mark] : in_use) pool.give_back(*stack);
}

TEST(StackPoolDeathTest, AnOverwrittenCanaryEndsTheProcessWithTheReport) {
    ScriptedStackMemory memory;
    be_tier(memory, GuardTier::canary);
    StackPool pool{memory, no_limit, true};
    Stack* const stack = pool.take(small);
    EXPECT_DEATH(
        {
            *(stack->bounds().low - 8) = std::byte{0};
            pool.give_back(*stack);
        },
        "stack overflow.*32 KiB \\(class small\\)");
    pool.give_back(*stack);
}

TEST(StackPoolDeathTest, GivingAStackBackTwiceAborts) {
    StackPool pool{kernel_stack_memory(), no_limit, false};
    Stack* const stack = pool.take(small);
    pool.give_back(*stack);
    EXPECT_DEATH(pool.give_back(*stack), "in_use_");
}

TEST(MappingBudget, AnEighthOfTheMappingsIsLeftToTheProgram) {
    MappingBudget budget{800};
    EXPECT_TRUE(budget.try_take(698));
    EXPECT_FALSE(budget.try_take(3));
    EXPECT_TRUE(budget.try_take(2));
    EXPECT_FALSE(budget.try_take(1));
    budget.give_back(2);
    EXPECT_TRUE(budget.try_take(1));
    EXPECT_EQ(budget.taken(), 699U);
}

}  // namespace
}  // namespace greenroom::detail
