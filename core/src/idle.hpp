// Idle: how many workers of a runtime search for work, and how many sleep; and who is woken.
//
// New work wakes one worker, and only if none is searching: who searches will find it, and when the
// last searcher finds something it wakes the next. Waking is the dearest thing that a scheduler
// does, so nobody is woken for work that its own worker reaches sooner. Who has been notified no
// longer counts as asleep, though it may take long until it runs.
//
// The proof that no injected work is left while all sleep:
//
//   producer  queues the work (seq_cst), then reads `sleeping` and `searching` (seq_cst)
//   sleeper   counts itself into `sleeping`, out of `searching` (seq_cst), then looks at the queues
//             (seq_cst) once more, and only then sleeps
//
// In the single order of these either the producer sees the sleeper and wakes one, or the sleeper's
// last look finds the work. If the producer leaves it to a searcher, that one's own last look comes
// later still.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>

namespace greenroom::detail {

class Idle {
public:
    // True if the caller may search: at most half of the workers do at once.
    bool begin_search(std::uint32_t workers) noexcept {
        // relaxed: the limit is one of cost and need not be exact.
        if (2 * searching_.load(std::memory_order_relaxed) >= workers && workers > 1) return false;
        // seq_cst: see above.
        searching_.fetch_add(1, std::memory_order_seq_cst);
        return true;
    }

    // True if the caller was the last: if it found work it then wakes another.
    bool end_search() noexcept {
        // seq_cst: see above.
        return searching_.fetch_sub(1, std::memory_order_seq_cst) == 1;
    }

    // seq_cst, all four: see above.
    void begin_sleep() noexcept { sleeping_.fetch_add(1, std::memory_order_seq_cst); }
    void end_sleep() noexcept { sleeping_.fetch_sub(1, std::memory_order_seq_cst); }
    std::uint32_t sleeping() const noexcept { return sleeping_.load(std::memory_order_seq_cst); }
    bool someone_searches() const noexcept {
        return searching_.load(std::memory_order_seq_cst) != 0;
    }

    // relaxed: a look in passing, for work that would be reached anyway.
    bool someone_sleeps_perhaps() const noexcept {
        return sleeping_.load(std::memory_order_relaxed) != 0;
    }

private:
    alignas(64) Atomic<std::uint32_t> searching_{0};
    Atomic<std::uint32_t> sleeping_{0};
};

}  // namespace greenroom::detail
