// A worker without work: it looks around, spins a moment, and parks. The protocol: worker.hpp.
#include "cpu_relax.hpp"
#include "runtime_core.hpp"
#include "worker.hpp"

namespace greenroom::detail {

void Worker::idle() noexcept {
    // Spawns fail until it has seen that there are stacks again: it may not sleep on that.
    if (short_of_stacks_) prepare_spare();
    take_inbox();
    take_injected();
    must_flush_again_ = driver_->flush();
    if (!ready_.empty() || !newest_.looks_empty() || !ring_.looks_empty()) return;
    if (must_flush_again_) return driver_->poll();  // between: what comes in waits no longer
    if (core_.caller_driven()) {
        driver_->poll();
        must_flush_again_ = driver_->flush();  // of what can be sent only now
        const bool has_work = must_flush_again_ || !ready_.empty() || !newest_.looks_empty();
        if (!has_work && !work_is_waiting()) leave();
        return;
    }
    if (core_.exiting()) return leave();
    if (Runnable* const stolen = search()) {
        stolen->run(*this);
        return;
    }
    if (spin()) return;
    park();
}

Runnable* Worker::search() noexcept {
    const auto workers = static_cast<std::uint32_t>(core_.workers.size());
    if (workers == 1 || !core_.idle.begin_search(workers)) return nullptr;
    Runnable* const found = steal();
    const bool was_last = core_.idle.end_search();
    if (found != nullptr && was_last && !ring_.looks_empty()) core_.wake_one();
    return found;
}

Runnable* Worker::steal() noexcept {
    const auto workers = static_cast<std::uint32_t>(core_.workers.size());
    const std::uint32_t first = core_.options.chance->choose(workers);
    const TimePoint now = core_.coarse_now();
    for (std::uint32_t i = 0; i < workers; ++i) {
        Worker& victim = *core_.workers[(first + i) % workers];
        if (&victim == this) continue;
        Runnable* found = may_rob(victim, now) ? victim.ring_.steal_into(ring_) : nullptr;
        if (found == nullptr) found = victim.newest_.steal();
        if (found == nullptr) continue;
        count(steals_);
        from_elsewhere_ = ring_.end();
        return found;
    }
    return nullptr;
}

// Of its ring; a newest entry that the monitor has opened is anybody's.
bool Worker::may_rob(const Worker& victim, TimePoint now) noexcept {
    if (!crowd_.is_crowded(now)) return true;
    return victim.has_stealable_work() && lags(victim, now);
}

// True if there is something to do. Only beside another worker that is awake: who else would bring
// work? What the kernel brings is the driver's, which parks.
bool Worker::spin() noexcept {
    const std::uint32_t workers = static_cast<std::uint32_t>(core_.workers.size());
    for (int round = 0; round < spin_rounds; ++round) {
        if (core_.idle.sleeping() + 1 >= workers) return false;
        if (work_is_waiting()) return true;
        for (int i = 0; i < 8; ++i) cpu_relax();
    }
    return false;
}

bool Worker::work_is_waiting() noexcept {
    if (!inbox_.looks_empty() || core_.injected.has_work()) return true;
    // Who is awake keeps it: refreshed here, in a spin, it would take the clock's line from those.
    const TimePoint now = core_.coarse_now();
    for (const auto& other : core_.workers) {
        if (other->has_stealable_work() && may_rob(*other, now)) return true;
    }
    return false;
}

void Worker::park() noexcept {
    const bool looked_first = mutant(Mutant::park_looks_first) && !work_is_waiting();
    const bool looks = !looked_first && !mutant(Mutant::park_without_last_look);
    // Counted first: who notifies counts it out again. seq_cst, here and in notify(): see the pairs
    // in worker.hpp.
    core_.idle.begin_sleep();
    state_.store(parked, std::memory_order_seq_cst);
    if (!(looks && work_is_waiting()) && !core_.exiting()) {
        driver_->wait(Deadline{next_timer()});
        count(parks_);
    }
    if (state_.exchange(awake, std::memory_order_seq_cst) == parked) core_.idle.end_sleep();
    core_.monitor.worker_awoke();
    core_.refresh_now();
    advance_timers();
}

void Worker::post(InboxNode& node) noexcept {
    inbox_.push(node);
    if (!mutant(Mutant::post_without_notify)) notify();
}

bool Worker::notify() noexcept {
    // seq_cst: after the push that it announces; see the pairs in worker.hpp.
    if (state_.load(std::memory_order_seq_cst) != parked) return false;
    State seen = parked;
    if (!state_.compare_exchange_strong(seen, notified, std::memory_order_seq_cst,
                                        std::memory_order_relaxed)) {
        return false;
    }
    // At once, and not when it runs: it may take long until then, and it sleeps no more.
    if (!core_.caller_driven()) core_.idle.end_sleep();
    wake_driver();
    return true;
}

void Worker::wake_driver() noexcept {
    // acquire: pairs with release in replace_driver().
    waker_.load(std::memory_order_acquire)->wake();
}

void Worker::serve_driver() noexcept {
    // acquire: pairs with release in replace_driver(). It may have been replaced: then nothing is
    // in it.
    waker_.load(std::memory_order_acquire)->serve();
}

bool Worker::is_parked() const noexcept {
    // relaxed: notify() decides.
    return state_.load(std::memory_order_relaxed) == parked;
}

}  // namespace greenroom::detail
