// InjectQueue: the work of a runtime that belongs to no worker yet: from foreign threads, and what
// a full ring gave up. A moodycamel::ConcurrentQueue behind a count of our own.
//
// moodycamel tells nothing by looking empty: with several producers and consumers it may miss what
// is there. So all is decided by the count. An entry is counted once it is in the queue; a consumer
// first takes its part of the count, and then looks until it has found as many entries. That ends:
// there are at least as many in the queue as consumers were promised, and a look fails only while
// another consumer makes its step.
//
// moodycamel keeps the entries of each thread in a queue of their own, and looks through these in
// the same order each time: who takes a few at once would take those of one thread for as long as
// that pushes, and leave the others'. So each taker is a Consumer, which goes on to the next
// thread's after `taken_in_a_row_max`.
//
// Threads   All members from any thread; a Consumer is one taker's own.
// Ordering  What was written before push() is visible to whoever takes the entry. The count is
//           seq_cst: a pusher counts, then looks for sleepers; a worker says that it sleeps, then
//           asks has_work() (idle.hpp). At least one of them sees the other.
//           Entries of one thread leave in the order pushed, as long as one consumer takes them.
// Limits    None of its own: it grows. Out of memory, it aborts: a lost runnable would be a hang.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/runnable.hpp>
#include <memory>

namespace greenroom::detail {

class InjectQueue {
public:
    // Of one that takes. Lives no longer than the queue.
    class Consumer {
    public:
        explicit Consumer(InjectQueue& queue);
        ~Consumer();
        Consumer(const Consumer&) = delete;
        Consumer& operator=(const Consumer&) = delete;

    private:
        friend class InjectQueue;
        struct Place;
        const std::unique_ptr<Place> place_;
    };

    static constexpr std::uint32_t taken_in_a_row_max = 64;  // of one thread's entries

    InjectQueue();
    ~InjectQueue();
    InjectQueue(const InjectQueue&) = delete;
    InjectQueue& operator=(const InjectQueue&) = delete;

    void push(Runnable& entry) noexcept;
    void push_bulk(Runnable* const* entries, std::size_t count) noexcept;

    // Null when there is none.
    [[nodiscard]] Runnable* pop(Consumer& consumer) noexcept;

    // Moves up to `limit` entries to `out`; returns how many.
    [[nodiscard]] std::size_t pop_bulk(Consumer& consumer, Runnable** out,
                                       std::size_t limit) noexcept;

    // By the last one that takes, when nobody pushes any more: forgets all entries.
    void clear() noexcept;

    // seq_cst: see Ordering.
    bool has_work() const noexcept { return count_.load(std::memory_order_seq_cst) != 0; }

    // relaxed: a look in passing, for statistics and for how much to take.
    std::size_t size_hint() const noexcept {
        return static_cast<std::size_t>(count_.load(std::memory_order_relaxed));
    }

private:
    class Entries;  // the only one that knows moodycamel

    std::size_t reserve(std::size_t limit) noexcept;

    const std::unique_ptr<Entries> entries_;
    alignas(64) Atomic<std::uint64_t> count_{0};  // entries that nobody was promised yet
};

}  // namespace greenroom::detail
