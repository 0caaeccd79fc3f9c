#if defined(__GNUC__) && !defined(__clang__)
// First of all, since it goes by the line of <atomic>: g++ warns of moodycamel's fences, which
// ThreadSanitizer does not see. Our own code has none.
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#include "inject_queue.hpp"

#include <concurrentqueue/concurrentqueue.h>

#include <algorithm>
#include <greenroom/core/assert.hpp>
#include <thread>

namespace greenroom::detail {

namespace {

struct Traits : moodycamel::ConcurrentQueueDefaultTraits {
    static constexpr std::uint32_t EXPLICIT_CONSUMER_CONSUMPTION_QUOTA_BEFORE_ROTATE =
        InjectQueue::taken_in_a_row_max;
};

}  // namespace

class InjectQueue::Entries {
public:
    moodycamel::ConcurrentQueue<Runnable*, Traits> queue;
};

struct InjectQueue::Consumer::Place {
    moodycamel::ConsumerToken token;
};

InjectQueue::Consumer::Consumer(InjectQueue& queue)
    : place_{new Place{moodycamel::ConsumerToken{queue.entries_->queue}}} {}

InjectQueue::Consumer::~Consumer() = default;

InjectQueue::InjectQueue() : entries_{std::make_unique<Entries>()} {}

InjectQueue::~InjectQueue() = default;

void InjectQueue::push(Runnable& entry) noexcept {
    const bool queued = entries_->queue.enqueue(&entry);
    GREENROOM_ASSERT(queued);  // out of memory
    // seq_cst: before the caller's look for sleepers. Its release half hands the entry to whoever
    // is promised it, in reserve().
    count_.fetch_add(1, std::memory_order_seq_cst);
}

void InjectQueue::push_bulk(Runnable* const* entries, std::size_t count) noexcept {
    const bool queued = count == 0 || entries_->queue.enqueue_bulk(entries, count);
    GREENROOM_ASSERT(queued);  // out of memory
    // seq_cst: as in push().
    count_.fetch_add(count, std::memory_order_seq_cst);
}

Runnable* InjectQueue::pop(Consumer& consumer) noexcept {
    Runnable* entry = nullptr;
    return pop_bulk(consumer, &entry, 1) == 1 ? entry : nullptr;
}

std::size_t InjectQueue::pop_bulk(Consumer& consumer, Runnable** out, std::size_t limit) noexcept {
    moodycamel::ConsumerToken& token = consumer.place_->token;
    const std::size_t promised = reserve(limit);
    std::size_t taken = 0;
    while (taken < promised) {
        const std::size_t found =
            entries_->queue.try_dequeue_bulk(token, out + taken, promised - taken);
        taken += found;
        // Another consumer is in the middle of its step, and may have lost its processor.
        if (found == 0) std::this_thread::yield();
    }
    return taken;
}

void InjectQueue::clear() noexcept {
    Runnable* entry = nullptr;
    while (entries_->queue.try_dequeue(entry)) continue;
    // relaxed: nobody else pushes or takes any more.
    count_.store(0, std::memory_order_relaxed);
}

// Takes up to `limit` off the count: the caller has that many entries for certain.
std::size_t InjectQueue::reserve(std::size_t limit) noexcept {
    // relaxed: a guess, that the compare-exchange checks. That nothing was missed before parking is
    // for has_work() to say.
    std::uint64_t seen = count_.load(std::memory_order_relaxed);
    while (seen != 0) {
        const std::uint64_t part = std::min<std::uint64_t>(seen, limit);
        // acquire: the entries were queued before they were counted; release in push(). Other
        // consumers' RMWs between carry it on.
        if (count_.compare_exchange_weak(seen, seen - part, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
            return part;
        }
    }
    return 0;
}

}  // namespace greenroom::detail
