// Crowd: whether what a worker runs talks so much to what others run that it had better be on one.
//
// Who un-idles an actor runs it, so actors follow the messages that they are sent. Where a crowd of
// them has come to lie on two workers, many a message moves an actor, with its memory, from one
// processor to the other, which takes ten times as long as to handle it; and a thief that takes
// half of such a crowd makes both slower.
//
//   calm --of the turns since the last look many are of actors that came from elsewhere-->
//   crowded, for a rest --over--> calm: a thief tries again what it is worth
//
// While it is crowded a worker robs only who lags: who has not come to what it had queued a while
// ago (Patience); so nobody who does not lag wakes it for a surplus. When one of two has run out of
// a crowd, that stays with the other, and what takes long is shared as ever. A crowd that comes
// back at once is left alone for twice as long.
//
// Threads   The worker's own, but for is_crowded(), which is a guess for others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/time.hpp>

#include "run_queue.hpp"

namespace greenroom::detail {

class Crowd {
public:
    static constexpr std::uint64_t turns_min = 61;  // or it looks at no fewer the next time
    static constexpr std::uint64_t moved_one_in = 4;
    static constexpr Duration short_turn = std::chrono::microseconds{1};  // longer ones are shared
    static constexpr Duration rest_min = std::chrono::milliseconds{10};
    static constexpr Duration rest_max = std::chrono::milliseconds{80};

    // An actor's turn begins, and its last one was on another worker.
    void note_moved() noexcept { ++moved_; }

    // Now and then. `steps`: how many the worker has made in all.
    void look(TimePoint now, std::uint64_t steps) noexcept {
        const std::uint64_t made = steps - steps_;
        if (made < turns_min) return;
        const bool moves = moved_ * moved_one_in >= made;
        const bool is_short = now - looked_at_ < short_turn * made;
        moved_ = 0;
        steps_ = steps;
        looked_at_ = now;
        if (!moves || !is_short || is_crowded(now)) return;
        const bool comes_back = now < until() + rest_;
        rest_ = comes_back ? std::min(2 * rest_, rest_max) : rest_min;
        // relaxed: a single word, that orders nothing.
        until_.store((now + rest_).time_since_epoch().count(), std::memory_order_relaxed);
    }

    bool is_crowded(TimePoint now) const noexcept { return now < until(); }

private:
    // Of the last rest. relaxed: as in look().
    TimePoint until() const noexcept {
        return TimePoint{Duration{until_.load(std::memory_order_relaxed)}};
    }

    std::uint64_t moved_ = 0;  // since the last look
    std::uint64_t steps_ = 0;  // then
    TimePoint looked_at_{};
    Atomic<std::int64_t> until_{0};
    Duration rest_ = rest_min;
};

// Whether who works on a ring, always the same, comes to what is in it. Its owner or a thief looks
// now and then.
class Patience {
public:
    static constexpr Duration lag = std::chrono::microseconds{50};

    // True if, as far as the looks tell, something has been in `ring` for so long.
    bool lags(const RunQueue& ring, TimePoint now) noexcept {
        if (ring.has_given(end_)) {
            end_ = ring.end();
            since_ = now;
            return false;
        }
        return now - since_ >= lag;
    }

private:
    std::uint64_t end_ = 0;  // of the ring at the first look
    TimePoint since_{};
};

}  // namespace greenroom::detail
