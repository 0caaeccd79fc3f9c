// Limiter: lets through so many at once, and so many in a time.
//
//   Limiter requests{{.at_once_max = 10, .per_period = 100, .period = 1s, .burst_max = 20}};
//   ...
//   const Limiter::Pass pass = requests.acquire();   // waits its turn
//
// The rate is a token bucket: it holds `burst_max` tokens at most, `per_period` of them come in
// each period, evenly, and each pass takes one.
//
// All wait in one line, and are served in order of arrival; only the first in line waits for time.
//
// Threads       Every member is safe from any fiber and from any plain thread. A Pass is of whoever
//               got it, and may be given back elsewhere.
// Lifetime      Outlives its passes. Destroying one that has waiters is a bug and aborts.
// Cancellation  acquire and acquire_before are suspension points; when they throw, neither a place
//               nor a token was taken.
// Limits        Time has a tick of 1 ms: the bucket holds what comes in during one at least, so
//               that high rates are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/time.hpp>
#include <greenroom/core/where.hpp>
#include <optional>
#include <utility>

namespace greenroom {

struct LimiterOptions {
    static constexpr std::size_t unlimited = Semaphore::unlimited;

    // Most passes at once.
    std::size_t at_once_max = unlimited;
    // Most passes in `period`, on the average. 0: any number.
    std::uint32_t per_period = 0;
    Duration period = std::chrono::seconds{1};
    // Most passes at one moment, after a time of quiet.
    std::uint32_t burst_max = 1;
};

class Limiter {
public:
    class Pass;

    // Throws std::invalid_argument for a limit of 0 at once, a burst of 0, or a period that is not
    // at least a nanosecond for each pass.
    explicit Limiter(const LimiterOptions& options);
    Limiter(const Limiter&) = delete;
    Limiter& operator=(const Limiter&) = delete;

    // Waits until it may pass. A dump shows `where`.
    [[nodiscard]] Pass acquire(Where where = Where::here());
    // Empty if it could not pass by the deadline; which it says as soon as that is certain.
    [[nodiscard]] std::optional<Pass> acquire_before(Deadline deadline,
                                                     Where where = Where::here());
    // A pass that needs no waiting and overtakes nobody. Never waits.
    [[nodiscard]] std::optional<Pass> try_acquire();

private:
    TimePoint next_token(TimePoint now) const noexcept;
    void take_token(TimePoint now) noexcept;
    bool wait_for_token(Deadline deadline, Where where);

    const Duration between_;    // tokens; zero: no limit of rate
    const Duration allowance_;  // how far ahead of an even pace a burst may be
    Mutex turn_;                // of the first in line; guards what follows
    TimePoint even_pace_{};     // when the next token would be due at an even pace
    Semaphore places_;
};

// While one lives, its holder counts among those at once.
class [[nodiscard]] Limiter::Pass {
public:
    Pass(Pass&& other) noexcept : places_{std::exchange(other.places_, nullptr)} {}
    Pass& operator=(Pass&& other) noexcept {
        std::swap(places_, other.places_);
        return *this;
    }
    ~Pass() {
        if (places_ != nullptr) places_->release();
    }

private:
    friend class Limiter;

    explicit Pass(Semaphore& places) noexcept : places_{&places} {}

    Semaphore* places_;
};

}  // namespace greenroom
