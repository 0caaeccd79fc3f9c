#include "run_queue.hpp"

#include <algorithm>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/detail/prefetch.hpp>

namespace greenroom::detail {

Runnable* RunQueue::pop() noexcept {
    // relaxed: only the owner writes it.
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    // relaxed: a guess, that the compare-exchange checks.
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    while (head != tail) {
        Runnable* const oldest = get(head);
        if (mutant(Mutant::pop_ignores_thief)) {
            head_.store(head + 1, std::memory_order_relaxed);
            return oldest;
        }
        // relaxed, won or lost: the owner wrote the slot itself, and a thief that meets the new
        // head learns nothing from it. Each loss is a thief's success, so this ends.
        if (head_.compare_exchange_weak(head, head + 1, std::memory_order_relaxed,
                                        std::memory_order_relaxed)) {
            return oldest;
        }
    }
    return nullptr;
}

void RunQueue::fetch_ahead() const noexcept {
    constexpr std::uint64_t ahead = 4;  // while so many are run, the lines are on their way
    constexpr std::size_t lines = 4;    // of a small actor
    constexpr std::size_t line_bytes = 64;
    // relaxed, both: only the owner writes the tail, and of the head a guess will do.
    const std::uint64_t place = head_.load(std::memory_order_relaxed) + ahead;
    if (place >= tail_.load(std::memory_order_relaxed)) return;
    const char* const begin = reinterpret_cast<const char*>(get(place));
    for (std::size_t i = 0; i < lines; ++i) prefetch_to_write(begin + i * line_bytes);
}

std::size_t RunQueue::take_half(Runnable** out) noexcept {
    // relaxed, all three: as in pop().
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (tail - head < capacity) return 0;
    for (std::size_t i = 0; i < half; ++i) out[i] = get(head + i);
    const bool won = head_.compare_exchange_strong(head, head + half, std::memory_order_relaxed,
                                                   std::memory_order_relaxed);
    return won ? half : 0;
}

Runnable* RunQueue::steal_into(RunQueue& mine) noexcept {
    GREENROOM_ASSERT(&mine != this);
    // relaxed: only the caller writes it.
    const std::uint64_t tail = mine.tail_.load(std::memory_order_relaxed);
    const std::uint64_t room = mine.room(tail);
    for (int attempt = 0; attempt < steal_attempts_max; ++attempt) {
        Loot loot = look();
        if (loot.count == 0) return nullptr;
        loot.count = std::min(loot.count, room + 1);
        // Beyond its tail a ring belongs to its owner alone: nothing shows before the tail moves.
        for (std::uint64_t i = 1; i < loot.count; ++i) mine.set(tail + i - 1, get(loot.head + i));
        Runnable* const oldest = get(loot.head);
        if (!claim(loot)) continue;
        // release: as in push(); and for the entries' own data, which claim() acquired.
        mine.tail_.store(tail + loot.count - 1, std::memory_order_release);
        return oldest;
    }
    return nullptr;
}

// Half of what is there. None if the owner has passed the head that was read first.
RunQueue::Loot RunQueue::look() const noexcept {
    // acquire: its partner is the release in claim(): the tail read next is then not older than
    // what the last thief saw. Heads moved by pop() give no such promise, hence the comparison
    // below.
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    // acquire: the slots and what their entries point to; release in push().
    const std::uint64_t tail = tail_.load(std::memory_order_acquire);
    const std::uint64_t count = tail - head;
    if (tail < head || count > capacity) return {head, 0};
    return {head, count - count / 2};
}

bool RunQueue::claim(Loot loot) noexcept {
    if (mutant(Mutant::steal_without_compare)) {
        head_.store(loot.head + loot.count, std::memory_order_release);
        return true;
    }
    // release: our copies come before the owner's next writes to these slots; acquire in room().
    // relaxed when lost: all is looked at afresh.
    return head_.compare_exchange_strong(loot.head, loot.head + loot.count,
                                         std::memory_order_release, std::memory_order_relaxed);
}

std::size_t RunQueue::size_hint() const noexcept {
    // relaxed, both: a hint. The head first, so that for the owner it never exceeds the truth.
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail < head) return 0;
    return std::min<std::uint64_t>(tail - head, capacity);
}

}  // namespace greenroom::detail
