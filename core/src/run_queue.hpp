// RunQueue: the bounded ring of one worker: its owner pushes and pops, others steal half.
//
//   head_ .. tail_   the entries, oldest at head_; both count up for ever, and an entry's slot is
//                    its count modulo the capacity
//   tail_ + 1        the owner: push(), steal_into() as the thief
//   head_ + n        whoever wins the compare-exchange: pop(), take_half(), a thief
//
// A thief copies the entries first, and then claims them by moving the head. What it copied is good
// if and only if that succeeds:
//   - Counts of 64 bits never come round, so a head that still has its old value never moved.
//   - The owner writes a slot again only after it saw the head beyond that entry. If another moved
//     the head there, the thief's compare-exchange fails. If the thief itself did, its copy came
//     before (release there, acquire in room()) and cannot have read the later entry.
//
// Threads   "Owner": only the worker whose ring it is. The rest from any thread.
// Ordering  What was written before push() is visible to whoever takes the entry: the owner itself,
//           or a thief by the release of the tail, which its copy acquired. Parking gets no promise
//           from a ring: an entry pushed while all others go to sleep is found by the monitor.
// Limits    `capacity` entries. push() says when it is full; the owner then moves half elsewhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/runnable.hpp>

namespace greenroom::detail {

#if defined(GREENROOM_MODEL) && GREENROOM_MODEL
constexpr std::size_t run_queue_capacity = 4;  // so that short schedules reach its edges
#else
constexpr std::size_t run_queue_capacity = 256;
#endif

class RunQueue {
public:
    static constexpr std::size_t capacity = run_queue_capacity;
    static constexpr std::size_t half = capacity / 2;

    RunQueue() = default;
    RunQueue(const RunQueue&) = delete;
    RunQueue& operator=(const RunQueue&) = delete;

    // Owner. False: it is full, and `entry` still the caller's.
    [[nodiscard]] bool push(Runnable& entry) noexcept {
        // relaxed: only the owner writes it.
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        if (room(tail) == 0) return false;
        set(tail, &entry);
        // release: the slot and what the entry points to; acquire in steal_into().
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

    // Owner. The oldest entry, or null when there is none.
    [[nodiscard]] Runnable* pop() noexcept;

    // Owner, after pop(): has the processor fetch one of the next entries, to write it.
    void fetch_ahead() const noexcept;

    // Owner of a full ring: moves the oldest `half` entries to `out`, which has room for them.
    // Returns how many: none if thieves made room meanwhile, so that push() works again.
    std::size_t take_half(Runnable** out) noexcept;

    // The owner of `mine` robs this ring of half its entries, rounded up, as far as `mine` has
    // room: the oldest is returned to be run at once, the others are in `mine`. Null if there are
    // none, or if others were faster `steal_attempts_max` times.
    [[nodiscard]] Runnable* steal_into(RunQueue& mine) noexcept;

    // Names the entries that are in now, for has_given(). For others than the owner both are hints.
    std::uint64_t end() const noexcept { return tail_.load(std::memory_order_relaxed); }
    // True once all entries that were in at that end() have been taken.
    bool has_given(std::uint64_t end) const noexcept {
        return head_.load(std::memory_order_relaxed) >= end;  // relaxed: a count
    }

    // As of some moment in the past; for the owner exact, but for entries that thieves took since.
    std::size_t size_hint() const noexcept;
    bool looks_empty() const noexcept {
        // relaxed, both: a hint. The head first, as in size_hint().
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        return tail_.load(std::memory_order_relaxed) <= head;
    }

private:
    // What a thief may take, as it saw it.
    struct Loot {
        std::uint64_t head;
        std::uint64_t count;
    };

    static constexpr int steal_attempts_max = 4;
    static_assert((capacity & (capacity - 1)) == 0, "slots are found by masking");

    // Owner. How many slots are free, at least.
    std::uint64_t room(std::uint64_t tail) const noexcept {
        // acquire: a thief's copies, made before it moved the head, come before our overwriting
        // them; release in claim(). The RMWs of pop() between carry it on.
        return capacity - (tail - head_.load(std::memory_order_acquire));
    }
    // relaxed, both: published and claimed by head_ and tail_; atomic since a thief may copy a slot
    // that the owner writes at that moment (its claim then fails).
    void set(std::uint64_t position, Runnable* entry) noexcept {
        slots_[position & (capacity - 1)].store(entry, std::memory_order_relaxed);
    }
    Runnable* get(std::uint64_t position) const noexcept {
        return slots_[position & (capacity - 1)].load(std::memory_order_relaxed);
    }

    Loot look() const noexcept;
    bool claim(Loot loot) noexcept;

    // Each on lines of its own: thieves write the head, the owner alone the rest.
    alignas(64) Atomic<std::uint64_t> head_{0};
    alignas(64) Atomic<std::uint64_t> tail_{0};
    alignas(64) std::array<Atomic<Runnable*>, capacity> slots_{};
};

}  // namespace greenroom::detail
