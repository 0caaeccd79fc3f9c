// Context: a switch goes where it should, and carries errno, registers and floating-point modes.
#include "context.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cfenv>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "core/side.hpp"

namespace greenroom::detail {
namespace {

TEST(Context, AFunctionOnItsOwnStackTakesTurnsWithTheThread) {
    std::vector<int> order;
    Side side{[&](Side& self) {
        order.push_back(1);
        self.suspend();
        order.push_back(3);
    }};
    order.push_back(0);
    side.resume();
    order.push_back(2);
    side.resume();
    order.push_back(4);
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
    EXPECT_TRUE(side.ended());
}

TEST(Context, TheFunctionRunsOnTheStackThatItWasGiven) {
    const void* local_address = nullptr;
    const void* lowest_used = nullptr;
    Side side{[&](Side& self) {
        local_address = __builtin_frame_address(0);
        self.suspend();
    }};
    side.resume();
    lowest_used = side.context().lowest_used();
    EXPECT_GE(local_address, side.stack().low);
    EXPECT_LT(local_address, side.stack().top());
    EXPECT_GE(lowest_used, side.stack().low);
    EXPECT_LT(lowest_used, local_address) << "what is suspended still needs its frames";
    side.resume();
}

TEST(Context, ContextsSwitchToEachOtherWithoutTheThreadBetween) {
    struct Ring {
        Context thread;
        std::vector<std::unique_ptr<std::byte[]>> memory;
        std::list<Context> contexts;
        std::vector<int> order;
    } ring;
    struct Hop {
        Ring* ring;
        Context* self;
        Context* next;
        int number;
    };
    constexpr std::size_t stack_bytes = 65'536;
    std::array<Hop, 3> hops{};
    for (int i = 0; i < 3; ++i) {
        ring.memory.emplace_back(new std::byte[stack_bytes]);
        auto entry = [](void* argument) {
            const Hop& hop = *static_cast<Hop*>(argument);
            for (;;) {
                hop.ring->order.push_back(hop.number);
                hop.self->switch_to(*hop.next);
            }
        };
        auto& hop = hops[static_cast<std::size_t>(i)];
        ring.contexts.emplace_back(StackBounds{ring.memory.back().get(), stack_bytes}, entry, &hop);
        hop = {&ring, &ring.contexts.back(), &ring.thread, i};
        if (i > 0) hops[static_cast<std::size_t>(i - 1)].next = hop.self;
    }
    for (int round = 0; round < 2; ++round) ring.thread.switch_to(ring.contexts.front());
    EXPECT_EQ(ring.order, (std::vector{0, 1, 2, 0, 1, 2}));
}

TEST(Context, EachSideKeepsItsErrno) {
    int at_start = -1;
    int after = -1;
    Side side{[&](Side& self) {
        at_start = errno;
        errno = EAGAIN;
        self.suspend();
        after = errno;
        errno = EBADF;
    }};
    errno = ENOENT;
    side.resume();
    EXPECT_EQ(errno, ENOENT);
    errno = EINTR;
    side.resume();
    EXPECT_EQ(errno, EINTR);
    EXPECT_EQ(at_start, 0);
    EXPECT_EQ(after, EAGAIN);
}

thread_local int of_this_thread = 7;

// The compiler may keep the address across the switch; on one thread that is right.
TEST(Context, AThreadLocalIsTheSameObjectAcrossASwitch) {
    const int* before = nullptr;
    const int* after = nullptr;
    int value = 0;
    Side side{[&](Side& self) {
        before = &of_this_thread;
        of_this_thread = 8;
        self.suspend();
        after = &of_this_thread;
        value = of_this_thread;
    }};
    side.resume();
    EXPECT_EQ(of_this_thread, 8);
    of_this_thread = 9;
    side.resume();
    EXPECT_EQ(before, &of_this_thread);
    EXPECT_EQ(after, before);
    EXPECT_EQ(value, 9);
}

TEST(Context, EachSideKeepsItsRoundingMode) {
    int there = -1;
    Side side{[&](Side& self) {
        std::fesetround(FE_UPWARD);
        self.suspend();
        there = std::fegetround();
    }};
    side.resume();
    EXPECT_EQ(std::fegetround(), FE_TONEAREST);
    side.resume();
    EXPECT_EQ(there, FE_UPWARD);
}

// More live values than registers on both sides, and calls of different depth.
[[gnu::noinline]] std::uint64_t mix(Side& self, std::uint64_t seed, int depth) {
    std::array<std::uint64_t, 24> values{};
    for (auto& value : values) value = seed = seed * 6364136223846793005U + 1442695040888963407U;
    const double kept = static_cast<double>(seed % 1000) / 7;
    if (depth > 0) seed ^= mix(self, seed, depth - 1);
    self.suspend();
    for (auto value : values) seed = seed * 31 + value;
    return seed + static_cast<std::uint64_t>(kept * 1e6);
}

TEST(Context, LocalsOfManyContextsSurviveInterleavedSwitches) {
    std::vector<std::uint64_t> results(20);
    std::list<Side> sides;
    for (std::size_t i = 0; i < results.size(); ++i) {
        sides.emplace_back(
            [&results, i](Side& self) { results[i] = mix(self, i % 5, static_cast<int>(i % 7)); });
    }
    bool more = true;
    while (more) {
        more = false;
        for (Side& side : sides) {
            if (side.ended()) continue;
            side.resume();
            more = true;
        }
    }
    std::vector<std::uint64_t> alone(results.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
        Side side{[&](Side& self) { alone[i] = mix(self, i % 5, static_cast<int>(i % 7)); }};
        while (!side.ended()) side.resume();
    }
    EXPECT_EQ(results, alone);
}

TEST(Context, AStackServesOneContextAfterAnother) {
    constexpr std::size_t stack_bytes = 65'536;
    const std::unique_ptr<std::byte[]> memory{new std::byte[stack_bytes]};
    struct Round {
        Context thread;
        Context* self = nullptr;
        int sum = 0;
    };
    auto entry = [](void* argument) {
        Round& round = *static_cast<Round*>(argument);
        std::array<volatile int, 2000> deep{};
        for (auto& cell : deep) cell = 1;
        for (auto& cell : deep) round.sum += cell;
        for (;;) round.self->switch_to(round.thread);  // abandoned here, with frames on the stack
    };
    for (int i = 0; i < 50; ++i) {
        Round round;
        Context context{{memory.get(), stack_bytes}, entry, &round};
        round.self = &context;
        round.thread.switch_to(context);
        EXPECT_EQ(round.sum, 2000);
    }
}

TEST(Context, OneThatNeverRanIsDestroyedInSilence) {
    bool ran = false;
    {
        Side side{[&](Side&) { ran = true; }};
    }
    EXPECT_FALSE(ran);
}

TEST(Context, OneMayBeMadeHereAndRunOnAnotherThread) {
    int error_there = -1;
    Side side{[&](Side& self) {
        errno = EDOM;
        self.suspend();
        error_there = errno;
    }};
    std::thread{[&] {
        side.resume();
        side.resume();
    }}.join();
    EXPECT_EQ(error_there, EDOM);
}  // and destroyed here, when its thread has ended

using ContextDeathTest = testing::Test;

TEST(ContextDeathTest, SwitchingToTheRunningContextAborts) {
    Context here;
    EXPECT_DEATH(here.switch_to(here), "next.is_suspended");
}

}  // namespace
}  // namespace greenroom::detail
