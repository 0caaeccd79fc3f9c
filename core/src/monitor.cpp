#include "monitor.hpp"

#include <utility>

#include "block_depot.hpp"
#include "runtime_core.hpp"

namespace greenroom::detail {

void Monitor::start() {
    stopping_.store(false, std::memory_order_relaxed);  // relaxed: the thread's start publishes it
    stop_word_.store(0, std::memory_order_relaxed);     // likewise
    asleep_.store(0, std::memory_order_relaxed);        // likewise
    lose_time();
    seen_.assign(core_.workers.size(), Seen{});
    thread_ = core_.threads().start(core_.options.name + "-mon", [this] { watch(); });
}

void Monitor::stop() noexcept {
    if (thread_ == nullptr) return;
    // seq_cst: before the look whether it sleeps, in wake(); it looks at this after saying so.
    stopping_.store(true, std::memory_order_seq_cst);
    stop_word_.store(1, std::memory_order_release);  // release: pairs with the wait in watch()
    core_.threads().wake(&stop_word_);
    wake();
    thread_.reset();
}

void Monitor::watch() {
    int calm = 0;
    bool cooled = false;
    // seq_cst: see stop().
    while (!stopping_.load(std::memory_order_seq_cst)) {
        const Deadline next_look{core_.clock().now() + tick};
        if (core_.threads().wait(stop_word_, 0, next_look) &&
            stopping_.load(std::memory_order_seq_cst)) {
            return;
        }
        const TimePoint now = core_.refresh_now();
        note_lag(now - next_look.at());
        look(now);
        calm = all_asleep() ? calm + 1 : 0;
        if (calm < calm_ticks) continue;
        calm = 0;
        if (std::exchange(cooled, !cooled)) {
            sleep_until_work();
        } else {
            for (const auto& worker : core_.workers) worker->post_cooling();
        }
    }
}

void Monitor::note_lag(Duration lag) noexcept {
    if (lag >= tick) return lose_time();
    if (looks_on_time_ == looks_on_time_min || ++looks_on_time_ < looks_on_time_min) return;
    keeps_time_.store(core_.options.clock == &steady_clock(), std::memory_order_relaxed);
}

void Monitor::lose_time() noexcept {
    looks_on_time_ = 0;
    keeps_time_.store(false, std::memory_order_relaxed);
}

bool Monitor::all_asleep() const noexcept { return core_.idle.sleeping() == core_.workers.size(); }

// Helps who is stuck, and wakes a worker where work stands still.
void Monitor::look(TimePoint now) noexcept {
    bool work_stands = false;
    for (std::size_t i = 0; i < core_.workers.size(); ++i) {
        work_stands |= look_at(*core_.workers[i], seen_[i], now);
    }
    if (work_stands || core_.injected.has_work()) core_.wake_one();
}

// True if it has work that another could do.
bool Monitor::look_at(Worker& worker, Seen& seen, TimePoint now) noexcept {
    if (worker.is_parked()) {
        seen.stuck = false;
        return false;
    }
    const std::uint64_t progress = worker.progress();
    const bool made_no_step = std::exchange(seen.progress, progress) == progress;
    if (made_no_step) help_stuck(worker, seen, now);
    seen.stuck = made_no_step;
    return worker.has_stealable_work() || (made_no_step && !worker.newest().looks_empty());
}

void Monitor::help_stuck(Worker& worker, Seen& seen, TimePoint now) noexcept {
    if (!seen.stuck) {
        seen.stuck_since = now - tick;
        seen.told = false;
    }
    worker.end_slice();
    worker.newest().open_to_thieves();
    worker.serve_driver();
    worker.held_back().let_go_beside();
    serve_timers(worker);
    const Duration time = now - seen.stuck_since;
    if (seen.told || !core_.long_handlers.too_long(time)) return;
    seen.told = true;
    worker.count_long_handler();
    core_.long_handlers.tell(core_.options.name, worker.index(), worker.runs(), time);
}

// In place of a worker that is stuck in a long handler.
void Monitor::serve_timers(Worker& worker) noexcept {
    worker.shared_timers().take_due(core_.coarse_now(),
                                    [this](Runnable& due) { core_.inject(due); });
}

void Monitor::sleep_until_work() noexcept {
    lose_time();
    // seq_cst: before the look at the workers, and at stopping_; see monitor.hpp.
    asleep_.store(1, std::memory_order_seq_cst);
    if (!all_asleep() || stopping_.load(std::memory_order_seq_cst)) {
        asleep_.store(0, std::memory_order_relaxed);  // relaxed: a late wake() does no harm
        return;
    }
    // acquire: nothing rests on it; the next look reads everything anew.
    while (asleep_.load(std::memory_order_acquire) != 0) {
        core_.threads().wait(asleep_, 1, Deadline::never());
    }
}

void Monitor::wake() noexcept {
    // seq_cst: one of several wakers makes the call.
    if (asleep_.exchange(0, std::memory_order_seq_cst) != 0) core_.threads().wake(&asleep_);
}

}  // namespace greenroom::detail
