// TaskCount: how many tasks one worker has begun, and how many it has ended.
//
// A task may end on another worker than it began on, so only the sum over all workers says how many
// are alive. Each worker writes its own two figures, with plain stores: a count of all would be one
// more word that every spawn and every end on every worker exchanges.
//
// Who wants to know that nothing is left (RuntimeCore::stop) first has every worker see that the
// runtime stops, so that none begins more, and then adds up. From then on who ends one looks, too.
//
// Ordering  began() and ended() release, and their readers acquire: what a task did comes before
//           its end in any sum that counts it.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>

namespace greenroom::detail {

class TaskCount {
public:
    // The worker's own thread.
    void begin() noexcept { add_one(began_); }
    void end() noexcept { add_one(ended_); }
    // After end(): of two workers that do this and then add up, one finds the other's end.
    void settle() noexcept { ended_.fetch_add(0, std::memory_order_seq_cst); }

    // Any thread. Who adds up reads the ends of all before the beginnings of any, and thus never
    // finds fewer alive than there are.
    std::uint64_t began() const noexcept { return began_.load(std::memory_order_seq_cst); }
    std::uint64_t ended() const noexcept { return ended_.load(std::memory_order_seq_cst); }

private:
    static void add_one(Atomic<std::uint64_t>& figure) noexcept {
        // relaxed: this thread alone writes it. release: see Ordering.
        figure.store(figure.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    Atomic<std::uint64_t> began_{0};
    Atomic<std::uint64_t> ended_{0};
};

}  // namespace greenroom::detail
