// InjectQueue: the work of a runtime that belongs to no worker yet: from foreign threads, and what
// a full ring gave up. A moodycamel::ConcurrentQueue behind a count of our own.
//
// moodycamel tells nothing by looking empty: with several producers and consumers it may miss what
// is there. So all is decided by the count. An entry is counted once it is in the queue; a consumer
// first takes its part of the count, and then looks until it has found as many entries. That ends:
// there are at least as many in the queue as consumers were promised, and a look fails only while
// another consumer makes its step.
//
// Threads   All members from any thread.
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
    InjectQueue();
    ~InjectQueue();
    InjectQueue(const InjectQueue&) = delete;
    InjectQueue& operator=(const InjectQueue&) = delete;

    void push(Runnable& entry) noexcept;
    void push_bulk(Runnable* const* entries, std::size_t count) noexcept;

    // Null when there is none.
    [[nodiscard]] Runnable* pop() noexcept;

    // Moves up to `limit` entries to `out`; returns how many.
    [[nodiscard]] std::size_t pop_bulk(Runnable** out, std::size_t limit) noexcept;

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
