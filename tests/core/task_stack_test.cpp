// Task: the stacks that tasks run on, and what happens when there are none.
#include <greenroom/core/task.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/stack_class.hpp>
#include <string_view>
#include <vector>

#include "support/failing_stack_memory.hpp"
#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using support::Lack;
using support::Lacking;
using support::Stage;

class TaskStackTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(TaskStackTest);

// Tasks that wait, each on a stack of its own.
class Crowd {
public:
    explicit Crowd(Stage& stage) : stage_{stage} {}

    // Until a spawn is refused: returns with what. Some fail before, when they come to wait.
    StacksExhausted fill() {
        for (;;) {
            try {
                tasks_.push_back(stage_.spawn([this] {
                    begun_.fetch_add(1, std::memory_order_relaxed);
                    event_.wait();
                }));
            } catch (const StacksExhausted& refused) {
                return refused;
            }
            support::until([&] { return begun_.load(std::memory_order_relaxed) == tasks_.size(); });
        }
    }

    // Those who wait go on.
    void let_go() {
        EXPECT_GT(stage_.waiting("event"), 0);
        event_.set();
        int waited = 0;
        for (auto& task : tasks_) {
            try {
                task.get();
                ++waited;
            } catch (const StacksExhausted&) {
            }
        }
        EXPECT_GT(waited, 0);
    }

    void expect_spawns_again() {
        support::until([&] {
            try {
                stage_.run([] {});
                return true;
            } catch (const StacksExhausted&) {
                return false;  // a worker has yet to notice that there are stacks again
            }
        });
    }

private:
    Stage& stage_;
    Event event_;
    detail::Atomic<std::size_t> begun_{0};
    std::vector<Task<void>> tasks_;
};

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
            Crowd crowd{stage};
            const StacksExhausted refused = crowd.fill();
            EXPECT_EQ(refused.failure(), StackFailure::limit);
            crowd.let_go();
            crowd.expect_spawns_again();
        },
        options, 10);
}

TEST_P(TaskStackTest, WithoutMemoryForAStackASpawnFailsByNameAndTheRestGoesOn) {
    support::FailingStackMemory memory;
    RuntimeOptions options;
    options.stack_memory = &memory;
    play(
        [&memory](Stage& stage) {
            const Lack lack{memory, Lacking::memory};
            Crowd crowd{stage};
            const StacksExhausted refused = crowd.fill();
            EXPECT_EQ(refused.failure(), StackFailure::memory);
            EXPECT_EQ(refused.kernel_error(), ENOMEM);
            EXPECT_TRUE(std::string_view{refused.what()}.starts_with(
                "no stack of class standard (128 KiB)"))
                << refused.what();
            crowd.let_go();
            crowd.expect_spawns_again();
        },
        options, 10);
}

TEST_P(TaskStackTest, WithoutGuardsASpawnFailsByNameAndTheRestGoesOn) {
    support::FailingStackMemory memory;
    RuntimeOptions options;
    options.stack_memory = &memory;
    play(
        [&memory](Stage& stage) {
            const Lack lack{memory, Lacking::guards};
            const bool by_madvise = stage.runtime.stats().guard_tier == GuardTier::guard_install;
            Crowd crowd{stage};
            const StacksExhausted refused = crowd.fill();
            EXPECT_EQ(refused.failure(), StackFailure::guard);
            EXPECT_EQ(refused.kernel_error(), by_madvise ? EINVAL : ENOMEM);
            crowd.let_go();
            crowd.expect_spawns_again();
        },
        options, 10);
}

}  // namespace greenroom
