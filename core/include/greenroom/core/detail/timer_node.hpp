// TimerNode: a timer's place in a TimerWheel, which is private to core.
#pragma once

#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/time.hpp>

namespace greenroom::detail {

struct TimerNode {
    using Expire = void (*)(TimerNode&) noexcept;

    explicit TimerNode(Expire action) noexcept : expire{action} {}
    ~TimerNode() { GREENROOM_ASSERT(!is_armed()); }
    TimerNode(const TimerNode&) = delete;
    TimerNode& operator=(const TimerNode&) = delete;

    bool is_armed() const noexcept { return list != nowhere; }

    // Called by advance() when the node is out of the wheel, so it may be added again or destroyed.
    // May add and cancel any timer of the wheel, and must only enqueue: no user code.
    const Expire expire;

    static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

    // Written by the wheel alone.
    TimePoint due{};
    std::uint64_t order = 0;  // of the adding
    TimerNode* previous = nullptr;
    TimerNode* next = nullptr;
    std::uint32_t list = nowhere;  // the list that holds it
};

}  // namespace greenroom::detail
