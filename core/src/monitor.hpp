// Monitor: a thread for each runtime that sees to it that nothing stands still behind a long
// handler, and that keeps the coarse clock. It looks each millisecond while anything runs, and
// sleeps while all workers do. It says whether it keeps time: whether it has been let run so that
// its last looks were on time.
//
//   watching --all workers asleep for calm_ticks looks--> cooling
//   cooling  --the same once more--> asleep --a worker unparks--> watching
//
// While a worker is stuck in a long handler, the monitor ends its slice, opens its newest slot to
// thieves, serves its driver, and after a while says who holds it. The deadlines of its suspended
// fibers stay with it, and so does all else that is bound to it.
//
// Cooling gives the free memory of messages above its watermark back to the system, and has each
// worker give back the pages of stacks that it does not need.
//
// Ordering  It stores asleep_, then reads the count of sleeping workers; a worker that unparks is
//           counted out, by who notified it or by itself, and then reads asleep_: all seq_cst. One
//           of the two sees the other.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/threads.hpp>
#include <memory>
#include <vector>

namespace greenroom::detail {

class RuntimeCore;
class Worker;

class Monitor {
public:
    static constexpr Duration tick = std::chrono::milliseconds{1};
    static constexpr int calm_ticks = 20;  // a server's gaps between bursts do not count as calm

    static constexpr int looks_on_time_min = 16;  // in a row, before it says that it keeps time
    // How far the coarse clock is behind then: a tick, and less than another one that it was late.
    static constexpr Duration coarse_lag_max = 2 * tick;

    explicit Monitor(RuntimeCore& core) noexcept : core_{core} {}

    void start();
    void stop() noexcept;

    // For workers: true while the coarse clock is refreshed on time, as far as can be known. False
    // with a clock that is none of the kernel's, and costs nothing to read.
    bool keeps_time() const noexcept {
        // relaxed: it orders nothing; the coarse clock was no older when it was said.
        return keeps_time_.load(std::memory_order_relaxed);
    }

    // A worker has unparked.
    void worker_awoke() noexcept {
        // seq_cst: see Ordering.
        if (asleep_.load(std::memory_order_seq_cst) != 0) wake();
    }

private:
    // What the last look saw of a worker; of the monitor's thread.
    struct Seen {
        std::uint64_t progress = 0;
        TimePoint stuck_since{};
        bool stuck = false;  // it made no step since
        bool told = false;
    };

    void watch();
    void look(TimePoint now) noexcept;
    void note_lag(Duration lag) noexcept;
    void lose_time() noexcept;
    bool look_at(Worker& worker, Seen& seen, TimePoint now) noexcept;
    void help_stuck(Worker& worker, Seen& seen, TimePoint now) noexcept;
    bool all_asleep() const noexcept;
    void serve_timers(Worker& worker) noexcept;
    void sleep_until_work() noexcept;
    void wake() noexcept;

    RuntimeCore& core_;
    FutexWord asleep_{0};
    FutexWord stop_word_{0};
    Atomic<bool> stopping_{false};
    Atomic<bool> keeps_time_{false};
    int looks_on_time_ = 0;  // of the monitor's thread
    std::vector<Seen> seen_;
    std::unique_ptr<Threads::Handle> thread_;
};

}  // namespace greenroom::detail
