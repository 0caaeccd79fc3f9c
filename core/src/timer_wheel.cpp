#include "timer_wheel.hpp"

#include <bit>
#include <greenroom/core/detail/mutant.hpp>
#include <limits>
#include <utility>

namespace greenroom::detail {

namespace {

// The same nodes, by `next` alone, the last one first.
TimerNode* reversed(TimerNode* list) noexcept {
    TimerNode* done = nullptr;
    while (list != nullptr) {
        TimerNode* const node = std::exchange(list, list->next);
        node->next = std::exchange(done, node);
    }
    return done;
}

// Merges two sorted lists by `next` alone; of equal ones those of the left come first.
TimerNode* merge(TimerNode* left, TimerNode* right) noexcept {
    TimerNode* first = nullptr;
    TimerNode** end = &first;
    while (left != nullptr && right != nullptr) {
        TimerNode*& smaller = right->due < left->due ? right : left;
        *end = smaller;
        end = &smaller->next;
        smaller = smaller->next;
    }
    *end = left != nullptr ? left : right;
    return first;
}

bool is_sorted(const TimerNode* list) noexcept {
    for (; list != nullptr && list->next != nullptr; list = list->next) {
        if (list->next->due < list->due) return false;
    }
    return true;
}

// Sorts by `next` alone, in n log n steps and without memory of its own; what is equal keeps its
// order. runs[i] is nothing or a sorted list of 2^i nodes, which came before those of runs[i - 1].
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

void TimerWheel::take_overdue() noexcept {
    GREENROOM_ASSERT(heads_[batch] == nullptr);  // not from expire()
    prepare(overdue);
}

// Moves the timers of the next tick to the batch. False: none are due up to `until`, which is
// reached now.
bool TimerWheel::take_next_slot(Tick until) noexcept {
    while (used_levels_ != 0) {
        const auto level = static_cast<std::uint32_t>(std::countr_zero(used_levels_));
        const Tick first = first_tick(level);
        if (first > until) break;
        reached_ = first;
        const auto slot = static_cast<std::uint32_t>(std::countr_zero(used_[level]));
        if (level == 0) {
            prepare(slot);
            return true;
        }
        deal_out(level * slots + slot);
    }
    if (until > reached_) reached_ = until;
    return false;
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
    node.list = static_cast<std::uint16_t>(list);
    node.previous = nullptr;
    node.next = heads_[list];
    heads_[list] = &node;
    if (node.next != nullptr) {
        node.next->previous = &node;
    } else if (list < overdue) {
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
    TimerNode* node = reversed(take(list));
    while (node != nullptr) {
        TimerNode& next = *std::exchange(node, node->next);
        link(next, list_of(tick_not_before(next.due)));
    }
}

// Makes the list the batch, in the order in which its timers expire.
void TimerWheel::prepare(std::uint32_t list) noexcept {
    // As a rule it is sorted by now: who was added later is due later.
    heads_[batch] = sort(reversed(take(list)));
    TimerNode* before = nullptr;
    for (TimerNode* node = heads_[batch]; node != nullptr; node = node->next) {
        node->list = batch;
        node->previous = std::exchange(before, node);
    }
}

}  // namespace greenroom::detail
