// TimerNode: a timer's place in a TimerWheel, which is private to core.
// ActingTimerNode: one that says itself what is done when it is due.
#pragma once

#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/time.hpp>

namespace greenroom::detail {

struct TimerNode {
    TimerNode() noexcept = default;
    ~TimerNode() { GREENROOM_ASSERT(!is_armed()); }
    TimerNode(const TimerNode&) = delete;
    TimerNode& operator=(const TimerNode&) = delete;

    bool is_armed() const noexcept { return list != nowhere; }

    static constexpr std::uint16_t nowhere = 0xffff;

    // Written by the wheel alone.
    TimePoint due{};
    TimerNode* previous = nullptr;
    TimerNode* next = nullptr;
    std::uint16_t list = nowhere;  // the list that holds it
};

struct ActingTimerNode : TimerNode {
    using Expire = void (*)(TimerNode&) noexcept;

    explicit ActingTimerNode(Expire action) noexcept : expire{action} {}

    const Expire expire;
};

}  // namespace greenroom::detail
