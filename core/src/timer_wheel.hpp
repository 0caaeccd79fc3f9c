// TimerWheel: a set of timers; adding one and taking one back is a handful of instructions.
//
// Time is counted in ticks of 1 ms. A timer is due at the first tick that is not before its due
// time, so it is late by less than a tick, and never early.
//
// Eight levels of 64 slots: a timer lies in the level of the highest digit (base 64) in which its
// tick differs from the present one. So the timers of a level come before all those of the next
// one, the slots of a level before those to their right, and the first timer is found by two
// bit scans, however far away it is. A slot of a higher level is dealt out to the levels below
// when the time reaches its first tick: at most seven times in a timer's life.
//
// The newest timer of a list is the first in it. All timers of a slot were added before its first
// tick was reached, and all that are added to the slots below come later: so the order of adding
// survives the dealing out, and no timer needs a number.
//
// Threads   None: a wheel belongs to one worker. Who shares one brings a lock.
// Ordering  Within one advance() timers expire by due time, and by their adding if that is equal.
// Lifetime  The wheel owns no timer; a node must be out of it (expired or cancelled) when it dies.
// Limits    Any number of timers, any TimePoint.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/timer_node.hpp>
#include <greenroom/core/time.hpp>

namespace greenroom::detail {

class TimerWheel {
public:
    static constexpr Duration tick = std::chrono::milliseconds{1};

    TimerWheel() = default;
    ~TimerWheel() { GREENROOM_ASSERT(size_ == 0); }
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    // Requires a node that is in no wheel. A due time in the past is fine: the next advance()
    // expires it.
    void add(TimerNode& node, TimePoint due) noexcept;

    // False: it is not in the wheel, having expired or never been added.
    bool cancel(TimerNode& node) noexcept;

    // Calls expire(node) for each that is due at `now`, when it is out of the wheel, so that it may
    // be added again or destroyed. That may add and cancel any timer of the wheel; it runs no code
    // of a user's. What it adds with a tick that was reached already waits for the next advance();
    // so a timer that adds itself cannot hang it. Returns how many were due.
    template <class Expire>
    std::size_t advance(TimePoint now, const Expire& expire) noexcept {
        const Tick until = tick_not_after(now);
        std::size_t expired = 0;
        take_overdue();
        do {
            while (TimerNode* const node = heads_[batch]) {  // afresh, since expire() may cancel
                cancel(*node);
                ++expired;
                expire(*node);
            }
        } while (take_next_slot(until));
        return expired;
    }

    // When advance() has something to do: never later than the tick of the first timer, and earlier
    // only by the rounding of a far one to its slot. TimePoint::max() if the wheel is empty.
    TimePoint next_due() const noexcept;

    std::size_t size() const noexcept { return size_; }

private:
    using Tick = std::uint64_t;

    static constexpr std::uint32_t digit_bits = 6;
    static constexpr std::uint32_t slots = 1u << digit_bits;
    static constexpr std::uint32_t levels = 8;
    static constexpr std::uint32_t overdue = levels * slots;  // the list of ticks up to reached_
    static constexpr std::uint32_t batch = overdue + 1;       // the list that advance() expires
    static_assert(batch < TimerNode::nowhere);
    static_assert(levels * digit_bits > 44, "the ticks of all TimePoints need 44 bits");

    static Tick tick_not_before(TimePoint time) noexcept;
    static Tick tick_not_after(TimePoint time) noexcept;
    static TimePoint time_of(Tick tick) noexcept;

    Tick first_tick(std::uint32_t level) const noexcept;
    std::uint32_t list_of(Tick tick) const noexcept;
    void link(TimerNode& node, std::uint32_t list) noexcept;
    void unlink(TimerNode& node) noexcept;
    TimerNode* take(std::uint32_t list) noexcept;
    void deal_out(std::uint32_t list) noexcept;
    void take_overdue() noexcept;
    bool take_next_slot(Tick until) noexcept;
    void prepare(std::uint32_t list) noexcept;

    Tick reached_ = 0;  // all ticks up to it are expired; those in the slots are later
    std::size_t size_ = 0;
    std::uint32_t used_levels_ = 0;             // bit: the level has a timer
    std::array<std::uint64_t, levels> used_{};  // bit: the slot has a timer
    std::array<TimerNode*, batch + 1> heads_{};
};

}  // namespace greenroom::detail
