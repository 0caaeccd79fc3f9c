// RuntimeOptions::measure_stacks: how deep the turns of each name went.
#include <gtest/gtest.h>

#include <greenroom/core/on_big_stack.hpp>
#include <greenroom/core/task.hpp>
#include <string_view>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using support::Stage;

class StackUseTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(StackUseTest);

template <std::size_t bytes>
[[gnu::noinline]] void use_stack() {
    char room[bytes];
    for (std::size_t i = 0; i < bytes; i += 512) room[i] = 1;
    asm volatile("" : : "r"(room) : "memory");  // else the compiler may take it to pieces
}

std::size_t most_used(Stage& stage, std::string_view name, StackClass stack_class) {
    for (const StackUse& use : stage.runtime.stack_use()) {
        if (name == use.name && use.stack_class == stack_class) return use.bytes_max;
    }
    return 0;
}

}  // namespace

TEST_P(StackUseTest, TheDeepestTurnOfEachNameIsTold) {
    RuntimeOptions options;
    options.measure_stacks = true;
    play(
        [](Stage& stage) {
            // The deep one first: the shallow one then runs where its traces were.
            stage.spawn([] { use_stack<48 * 1024>(); }, {.name = "deep"}).get();
            stage.spawn([] { yield(); }, {.name = "shallow"}).get();
            stage
                .spawn(
                    [] {
                        yield();
                        use_stack<20 * 1024>();
                        yield();
                    },
                    {.name = "middle"})
                .get();
            stage.spawn([] { on_big_stack([] { use_stack<500 * 1024>(); }); }, {.name = "big"})
                .get();
            const auto deep = most_used(stage, "deep", StackClass::standard);
            EXPECT_GT(deep, 48U * 1024);
            EXPECT_LT(deep, 64U * 1024);
            EXPECT_LT(most_used(stage, "shallow", StackClass::standard), 12U * 1024);
            const auto middle = most_used(stage, "middle", StackClass::standard);
            EXPECT_GT(middle, 20U * 1024);
            EXPECT_LT(middle, 36U * 1024);
            EXPECT_GT(most_used(stage, "big", StackClass::huge), 500U * 1024);
            EXPECT_LT(most_used(stage, "big", StackClass::standard), 16U * 1024);
        },
        options, 3);
}

TEST_P(StackUseTest, WithoutTheOptionNothingIsMeasured) {
    play(
        [](Stage& stage) {
            stage.run([] {});
            EXPECT_TRUE(stage.runtime.stack_use().empty());
        },
        {}, 1);
}

}  // namespace greenroom
