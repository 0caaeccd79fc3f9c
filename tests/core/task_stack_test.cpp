// Task: the stacks that tasks run on, and what happens when there are none.
#include <greenroom/core/task.hpp>

#include <gtest/gtest.h>

#include <array>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/stack_class.hpp>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using support::Stage;

class TaskStackTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(TaskStackTest);

}  // namespace

TEST_P(TaskStackTest, ItRunsOnAStackOfTheClassItAskedFor) {
    play([](Stage& stage) {
        const auto uses = [](std::size_t bytes) {
            // Touches so much of its stack, frame by frame.
            const auto dig = [](const auto& self, std::size_t left) -> std::size_t {
                std::array<volatile char, 4096> frame;
                frame[left % frame.size()] = 1;
                const char kept = frame[left % frame.size()];
                return left < frame.size()
                           ? 0
                           : static_cast<std::size_t>(kept) + self(self, left - frame.size());
            };
            return [dig, bytes] {
                yield();
                const std::size_t depth = dig(dig, bytes);
                yield();
                return depth;
            };
        };
        for (int round = 0; round < 3; ++round) {
            auto small = stage.spawn(uses(1 << 12), {.stack_class = StackClass::small});
            auto standard = stage.spawn(uses(1 << 14));
            auto large = stage.spawn(uses(1 << 18), {.stack_class = StackClass::large});
            auto huge = stage.spawn(uses(1 << 21), {.stack_class = StackClass::huge});
            EXPECT_EQ(small.get(), 1u);
            EXPECT_EQ(standard.get(), 4u);
            EXPECT_EQ(large.get(), 64u);
            EXPECT_EQ(huge.get(), 512u);
        }
    });
}

TEST_P(TaskStackTest, WithoutStacksASpawnFailsAndTheRestGoesOn) {
    RuntimeOptions options;
    options.stacks_max = 16;
    play(
        [](Stage& stage) {
            Event event;
            detail::Atomic<std::size_t> begun{0};
            std::vector<Task<void>> tasks;
            // Each that waits keeps a stack. Some fail when they come to wait, and then in spawn.
            for (bool refused = false; !refused;) {
                try {
                    tasks.push_back(stage.spawn([&] {
                        begun.fetch_add(1, std::memory_order_relaxed);
                        event.wait();
                    }));
                } catch (const StacksExhausted&) {
                    refused = true;
                }
                support::until(
                    [&] { return begun.load(std::memory_order_relaxed) == tasks.size(); });
                ASSERT_LE(tasks.size(), 10'000u);
            }
            EXPECT_GT(stage.waiting("event"), 0);
            event.set();
            int waited = 0;
            for (auto& task : tasks) {
                try {
                    task.get();
                    ++waited;
                } catch (const StacksExhausted&) {
                }
            }
            EXPECT_GT(waited, 0);
            support::until([&] {
                try {
                    stage.run([] {});
                    return true;
                } catch (const StacksExhausted&) {
                    return false;  // a worker has yet to notice that there are stacks again
                }
            });
        },
        options, 10);
}

}  // namespace greenroom
