#include "timer_wheel.hpp"

#include <bit>
#include <greenroom/core/detail/mutant.hpp>
#include <limits>
#include <utility>

namespace greenroom::detail {

namespace {

bool is_before(const TimerNode& left, const TimerNode& right) noexcept {
    return left.due != right.due ? left.due < right.due : left.order < right.order;
}

// Merges two sorted lists by `next` alone.
TimerNode* merge(TimerNode* left, TimerNode* right) noexcept {
    TimerNode* first = nullptr;
    TimerNode** end = &first;
    while (left != nullptr && right != nullptr) {
        TimerNode*& smaller = is_before(*right, *left) ? right : left;
        *end = smaller;
        end = &smaller->next;
        smaller = smaller->next;
    }
    *end = left != nullptr ? left : right;
    return first;
}

bool is_sorted(const TimerNode* list) noexcept {
    for (; list != nullptr && list->next != nullptr; list = list->next) {
        if (is_before(*list->next, *list)) return false;
    }
    return true;
}

// Sorts by `next` alone, in n log n steps and without memory of its own: runs[i] is nothing or a
// sorted list of 2^i nodes.
TimerNode* sort(TimerNode* list) noexcept {
    if (is_sorted(list)) return list;
    std::array<TimerNode*, std::numeric_limits<std::size_t>::digits> runs{};
    while (list != nullptr) {
        TimerNode* run = std::exchange(list, list->next);
        run->next = nullptr;
        std::size_t i = 0;
        for (; runs[i] != nullptr; ++i) run = merge(std::exchange(runs[i], nullptr), run);
        runs[i] = run;
    }
    for (TimerNode* run : runs) list = merge(run, list);
    return list;
}

}  // namespace

void TimerWheel::add(TimerNode& node, TimePoint due) noexcept {
    GREENROOM_ASSERT(!node.is_armed());
    node.due = due;
    node.order = added_++;
    const Tick at = tick_not_before(due);
    link(node, at > reached_ ? list_of(at) : overdue);
    ++size_;
}

bool TimerWheel::cancel(TimerNode& node) noexcept {
    if (!node.is_armed()) return false;
    unlink(node);
    --size_;
    return true;
}

std::size_t TimerWheel::advance(TimePoint now) noexcept {
    GREENROOM_ASSERT(heads_[batch] == nullptr);  // not from expire()
    const Tick until = tick_not_after(now);
    std::size_t expired = expire_all(overdue);
    while (used_levels_ != 0) {
        const auto level = static_cast<std::uint32_t>(std::countr_zero(used_levels_));
        const Tick first = first_tick(level);
        if (first > until) break;
        reached_ = first;
        const auto slot = static_cast<std::uint32_t>(std::countr_zero(used_[level]));
        if (level == 0) {
            expired += expire_all(slot);
        } else {
            deal_out(level * slots + slot);
        }
    }
    if (until > reached_) reached_ = until;
    return expired;
}

TimePoint TimerWheel::next_due() const noexcept {
    if (heads_[overdue] != nullptr) return time_of(reached_);
    if (used_levels_ == 0) return TimePoint::max();
    const auto level = static_cast<std::uint32_t>(std::countr_zero(used_levels_));
    if (mutant(Mutant::wheel_forgets_the_far) && level > 0) return TimePoint::max();
    return time_of(first_tick(level));
}

TimerWheel::Tick TimerWheel::tick_not_before(TimePoint time) noexcept {
    const auto count = time.time_since_epoch().count();
    if (count <= 0) return 0;
    return (static_cast<Tick>(count) + static_cast<Tick>(tick.count()) - 1) /
           static_cast<Tick>(tick.count());
}

TimerWheel::Tick TimerWheel::tick_not_after(TimePoint time) noexcept {
    const auto count = time.time_since_epoch().count();
    return count <= 0 ? 0 : static_cast<Tick>(count) / static_cast<Tick>(tick.count());
}

TimePoint TimerWheel::time_of(Tick tick_number) noexcept {
    const Tick count = tick_number * static_cast<Tick>(tick.count());
    constexpr auto latest = static_cast<Tick>(TimePoint::max().time_since_epoch().count());
    return count > latest ? TimePoint::max()
                          : TimePoint{Duration{static_cast<Duration::rep>(count)}};
}

// The first tick of the first slot in use of `level`, which has one.
TimerWheel::Tick TimerWheel::first_tick(std::uint32_t level) const noexcept {
    const std::uint32_t shift = level * digit_bits;
    const auto slot = static_cast<Tick>(std::countr_zero(used_[level]));
    return (reached_ >> (shift + digit_bits) << (shift + digit_bits)) | (slot << shift);
}

std::uint32_t TimerWheel::list_of(Tick at) const noexcept {
    // | 1: the present tick, which only deal_out() asks for, has no differing digit; level 0.
    const auto highest = static_cast<std::uint32_t>(std::bit_width((at ^ reached_) | 1) - 1);
    const std::uint32_t level = highest / digit_bits;
    return level * slots + static_cast<std::uint32_t>((at >> (level * digit_bits)) % slots);
}

void TimerWheel::link(TimerNode& node, std::uint32_t list) noexcept {
    node.list = list;
    node.previous = nullptr;
    node.next = heads_[list];
    if (node.next != nullptr) node.next->previous = &node;
    heads_[list] = &node;
    if (list < overdue) {
        used_[list / slots] |= std::uint64_t{1} << (list % slots);
        used_levels_ |= 1u << (list / slots);
    }
}

void TimerWheel::unlink(TimerNode& node) noexcept {
    const std::uint32_t list = std::exchange(node.list, TimerNode::nowhere);
    if (node.next != nullptr) node.next->previous = node.previous;
    if (node.previous != nullptr) {
        node.previous->next = node.next;
        return;
    }
    heads_[list] = node.next;
    if (node.next == nullptr) take(list);
}

// Empties a list, and returns what was in it.
TimerNode* TimerWheel::take(std::uint32_t list) noexcept {
    if (list < overdue) {
        std::uint64_t& used = used_[list / slots];
        used &= ~(std::uint64_t{1} << (list % slots));
        if (used == 0) used_levels_ &= ~(1u << (list / slots));
    }
    return std::exchange(heads_[list], nullptr);
}

// Moves the timers of a slot whose first tick is reached to the levels below it.
void TimerWheel::deal_out(std::uint32_t list) noexcept {
    TimerNode* node = take(list);
    while (node != nullptr) {
        TimerNode& next = *std::exchange(node, node->next);
        link(next, list_of(tick_not_before(next.due)));
    }
}

std::size_t TimerWheel::expire_all(std::uint32_t list) noexcept {
    TimerNode* taken = take(list);
    TimerNode* in_order = nullptr;  // as a rule: the last added was the first in the list
    while (taken != nullptr) {
        TimerNode* const node = std::exchange(taken, taken->next);
        node->next = std::exchange(in_order, node);
    }
    heads_[batch] = sort(in_order);
    TimerNode* before = nullptr;
    for (TimerNode* node = heads_[batch]; node != nullptr; node = node->next) {
        node->list = batch;
        node->previous = std::exchange(before, node);
    }
    std::size_t expired = 0;
    while (heads_[batch] != nullptr) {  // looked at afresh, since expire() may cancel
        TimerNode& node = *heads_[batch];
        cancel(node);
        ++expired;
        node.expire(node);
    }
    return expired;
}

}  // namespace greenroom::detail
