#include "runtime_core.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <greenroom/core/detail/process_fence.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "overflow.hpp"
#include "processors.hpp"
#include "stack_guard.hpp"
#include "this_thread.hpp"
#include "thread_registry.hpp"

namespace greenroom::detail {

namespace {

constexpr int workers_max = 256;
// How long a runtime that ends waits for a worker that is still in on_worker_start.
constexpr Duration start_patience = std::chrono::minutes{5};

SpinLock unused_lock;
RuntimeCore* unused_first = nullptr;  // guarded by unused_lock; linked by next_unused_

RuntimeOptions checked(RuntimeOptions options) {
    if (options.workers < 0 || options.workers > workers_max) {
        throw std::invalid_argument{"RuntimeOptions::workers is " +
                                    std::to_string(options.workers) + "; it is 0 (one for each " +
                                    "processor) to " + std::to_string(workers_max)};
    }
    if (options.blocking.threads_max == 0) {
        throw std::invalid_argument{"BlockingOptions::threads_max is 0: nothing could run"};
    }
    if (options.driven_by == DrivenBy::caller) options.workers = 1;
    if (options.workers == 0) options.workers = std::min(usable_processors(), workers_max);
    if (options.clock == nullptr) options.clock = &steady_clock();
    if (options.threads == nullptr) options.threads = &kernel_threads();
    if (options.chance == nullptr) options.chance = &kernel_chance();
    if (options.stack_memory == nullptr) options.stack_memory = &kernel_stack_memory();
    return options;
}

const char* name_of_current_activity() noexcept {
    const Worker* const worker = this_thread().worker;
    const Activity* const activity = worker == nullptr ? nullptr : worker->current().activity;
    return activity == nullptr ? nullptr : activity->name();
}

}  // namespace

RuntimeCore& RuntimeCore::acquire() {
    {
        const std::lock_guard held(unused_lock);
        if (unused_first != nullptr) {
            return *std::exchange(unused_first, unused_first->next_unused_);
        }
    }
    return *new RuntimeCore;
}

void RuntimeCore::give_back() noexcept {
    const std::lock_guard held(unused_lock);
    next_unused_ = std::exchange(unused_first, this);
}

void RuntimeCore::lock_store() noexcept { unused_lock.lock(); }
void RuntimeCore::unlock_store() noexcept { unused_lock.unlock(); }

void RuntimeCore::start(RuntimeOptions given) {
    options = checked(std::move(given));
    ++life_;
    count_forks();
    (void)process_fence_is_offered();  // asked before there are threads
    birthplace = Birthplace{};
    // A machine's virtual threads are all one.
    const bool pins = options.pin_workers && options.threads == &kernel_threads();
    processors_ = pins ? allowed_processors() : std::vector<int>{};
    // relaxed, all: nobody else knows this runtime yet; the gate publishes it.
    begun_outside_.store(0, std::memory_order_relaxed);
    stopping_.store(false, std::memory_order_relaxed);
    exiting_.store(false, std::memory_order_relaxed);
    all_tasks_ended_.store(0, std::memory_order_relaxed);
    caller_.store(nullptr, std::memory_order_relaxed);
    driver_key_.store(nullptr, std::memory_order_relaxed);
    workers_without_spare.store(0, std::memory_order_relaxed);
    now_.store(clock().now().time_since_epoch().count(), std::memory_order_relaxed);
    stack_use.clear();
    blocking.open();
    long_handlers.begin(options.long_handler);
    unseen_failure_log.emplace(std::chrono::seconds{1}, unseen_failure_lines_max);
    if (options.report_stack_overflow) install_overflow_report(&name_of_current_activity);
    try {
        for (int i = 0; i < options.workers; ++i) {
            workers.push_back(std::make_unique<Worker>(*this, i));
            workers.back()->start();
        }
        guard_tier = workers.front()->guard_tier();
        gate.open();
        if (caller_driven()) return;
        for (const auto& worker : workers) {
            threads_running_.push_back(
                threads().start(options.name + "-" + std::to_string(worker->index()),
                                [this, &worker = *worker] { run_worker(worker); }));
        }
        monitor.start();
    } catch (...) {
        join_workers();
        throw;
    }
}

void RuntimeCore::unbind_thread() const noexcept {
    if (!processors_.empty()) bind_thread(processors_);
}

void RuntimeCore::run_worker(Worker& worker) {
    const AlternateStack overflow_report;
    if (!processors_.empty()) {
        const auto index = static_cast<std::size_t>(worker.index());
        bind_thread({processors_[index % processors_.size()]});
    }
    if (options.on_worker_start) options.on_worker_start(worker.index());
    worker.run();
}

void RuntimeCore::stop() noexcept {
    GREENROOM_ASSERT(!is_home());  // a runtime cannot end itself from inside
    // One that a caller drives ends on the thread that drives it, if there was one.
    const bool another_drives_it = caller_driven() && is_driven() && !is_driver();
    GREENROOM_ASSERT(!another_drives_it);
    const Deadline give_up_at = Deadline::after(options.stop_grace);
    // seq_cst: before the look at what was begun outside; begin_task() counts first, then looks.
    stopping_.store(true, std::memory_order_seq_cst);
    blocking.begin_stop();
    kill_and_wait(give_up_at);
    if (!blocking.end(give_up_at)) give_up();
    join_workers();
}

// Who has answered has seen that the runtime stops, and begins no task any more: the counts of such
// workers can be relied on. One that has not is in the middle of a task, or has not come to its
// loop yet (on_worker_start), which nothing but patience can help.
void RuntimeCore::kill_and_wait(Deadline give_up_at) noexcept {
    const auto all_answer_before = [this](Deadline deadline) {
        const auto kill = [](void*, Worker& worker) { worker.kill_all(); };
        const std::vector<bool> answered = on_each_worker(kill, nullptr, deadline);
        return std::find(answered.begin(), answered.end(), false) == answered.end();
    };
    if (!all_answer_before(give_up_at)) {
        if (tasks_alive() != 0) give_up();
        if (!all_answer_before(Deadline::after(start_patience))) {
            std::fprintf(stderr,
                         "greenroom: runtime \"%s\": a worker is still in on_worker_start\n",
                         options.name.c_str());
            give_up();
        }
    }
    if (!wait_for_tasks(give_up_at)) give_up();
}

bool RuntimeCore::wait_for_tasks(Deadline deadline) noexcept {
    for (;;) {
        // acquire: before the sum; pairs with the release in look_for_last_task().
        const std::uint32_t seen = all_tasks_ended_.load(std::memory_order_acquire);
        if (tasks_alive() == 0) return true;
        if (deadline.has_passed()) return false;
        if (caller_driven()) {
            run_for(std::chrono::milliseconds{1});
            continue;
        }
        threads().wait(all_tasks_ended_, seen, deadline);
    }
}

void RuntimeCore::give_up() noexcept {
    std::fprintf(stderr,
                 "greenroom: runtime \"%s\": %llu tasks and %zu blocking calls refuse to end:\n%s",
                 options.name.c_str(), static_cast<unsigned long long>(tasks_alive()),
                 blocking.running(), dump({}).c_str());
    std::terminate();
}

void RuntimeCore::join_workers() noexcept {
    monitor.stop();  // first: what it injects, a worker must still be there to run
    // seq_cst: before the look at who sleeps; a worker looks at it after it said that it sleeps.
    exiting_.store(true, std::memory_order_seq_cst);
    wake_all();
    threads_running_.clear();
    gate.close(threads());
    caller_overflow_report_.reset();
    for (const auto& worker : workers) worker->finish();
    injected.clear();  // of a worker's probe, at most
    if (options.report_stack_overflow) uninstall_overflow_report();
    workers.clear();
}

Worker* RuntimeCore::worker_here() const noexcept {
    Worker* const worker = this_worker();
    return worker != nullptr && &worker->core() == this ? worker : nullptr;
}

TimePoint RuntimeCore::refresh_now() noexcept {
    const TimePoint now = clock().now();
    const std::int64_t count = now.time_since_epoch().count();
    // relaxed, all: a single word, that orders nothing.
    if (caller_driven()) {
        now_.store(count, std::memory_order_relaxed);  // by its one thread alone
        return now;
    }
    // Never back, whoever else refreshes it. Each loss is another's newer time, so this ends.
    std::int64_t seen = now_.load(std::memory_order_relaxed);
    while (seen < count && !now_.compare_exchange_weak(seen, count, std::memory_order_relaxed,
                                                       std::memory_order_relaxed)) {
    }
    return now;
}

void RuntimeCore::inject(Runnable& runnable) noexcept {
    if (mutant(Mutant::push_without_wake)) return injected.push(runnable);
    if (mutant(Mutant::wake_before_push)) wake_one();
    injected.push(runnable);
    if (!mutant(Mutant::wake_before_push)) wake_one();
}

void RuntimeCore::inject(Runnable* const* runnables, std::size_t count) noexcept {
    if (count == 0) return;
    injected.push_bulk(runnables, count);
    wake_one();
}

void RuntimeCore::wake_one() noexcept {
    if (caller_driven()) {
        workers.front()->wake_driver();
        return;
    }
    if (idle.sleeping() == 0 || idle.someone_searches()) return;
    (void)notify_one([](const Worker&) { return true; });
}

bool RuntimeCore::wake_thief(TimePoint now) noexcept {
    if (idle.sleeping() == 0) return false;
    if (idle.someone_searches()) return true;
    return notify_one([now](const Worker& worker) { return !worker.is_crowded(now); });
}

// Of those that are wanted and sleep, any.
template <class Wanted>
bool RuntimeCore::notify_one(const Wanted& wanted) noexcept {
    const auto count = static_cast<std::uint32_t>(workers.size());
    const std::uint32_t first = count == 1 ? 0 : options.chance->choose(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        Worker& worker = *workers[(first + i) % count];
        if (wanted(worker) && worker.notify()) return true;
    }
    return false;
}

void RuntimeCore::wake_all() noexcept {
    for (const auto& worker : workers) worker->notify();
}

std::uint64_t RuntimeCore::tasks_alive() const noexcept {
    std::uint64_t ended = 0;
    for (const auto& worker : workers) ended += worker->tasks().ended();
    std::uint64_t began = begun_outside_.load(std::memory_order_seq_cst);
    for (const auto& worker : workers) began += worker->tasks().began();
    return began - ended;
}

void RuntimeCore::begin_task(Worker* here) {
    if (here != nullptr) {
        here->tasks().begin();
        // relaxed: the worker sees it by the answer that it gives to kill_and_wait(), or before.
        if (!stopping_.load(std::memory_order_relaxed)) [[likely]]
            return;
    } else {
        // seq_cst, both: counted first; stop() says first that it stops, and then looks at the
        // count. So it waits for this task, or this task is refused.
        begun_outside_.fetch_add(1, std::memory_order_seq_cst);
        if (!stopping_.load(std::memory_order_seq_cst)) return;
    }
    refuse_task(here);
}

void RuntimeCore::refuse_task(Worker* here) {
    end_task(here);
    throw Error{Errc::stopping, "spawn: runtime \"" + options.name + "\" is ending"};
}

void RuntimeCore::end_task(Worker* here) noexcept {
    if (here == nullptr) {
        begun_outside_.fetch_sub(1, std::memory_order_seq_cst);  // never was one
    } else {
        here->tasks().end();
        // relaxed: what ends before this worker has seen it is in the sum of wait_for_tasks().
        if (!stopping_.load(std::memory_order_relaxed)) [[likely]]
            return;
        here->tasks().settle();
    }
    // seq_cst: pairs with the store in stop().
    if (stopping_.load(std::memory_order_seq_cst)) look_for_last_task();
}

// Of those who end the last tasks at once, the later finds that none is left (TaskCount::settle).
void RuntimeCore::look_for_last_task() noexcept {
    if (tasks_alive() != 0) return;
    // release: pairs with the acquire in wait_for_tasks().
    all_tasks_ended_.fetch_add(1, std::memory_order_release);
    threads().wake(&all_tasks_ended_);
}

}  // namespace greenroom::detail
