// What is asked of the workers of a runtime from outside: to run for a slice, to tell what waits,
// to take another driver.
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/error.hpp>
#include <memory>
#include <mutex>
#include <utility>

#include "runtime_core.hpp"
#include "this_thread.hpp"
#include "thread_registry.hpp"

namespace greenroom::detail {

namespace {

// One call on each worker. Shared, since a worker that is late finds it when the caller has gone.
struct RoundCall {
    struct Node : InboxNode {
        std::shared_ptr<RoundCall> call;
    };

    void (*function)(void*, Worker&) = nullptr;
    void* argument = nullptr;
    std::size_t expected = 0;
    std::size_t answered = 0;  // guarded by waiters.lock
    bool abandoned = false;    // guarded by waiters.lock: `argument` has gone
    WaitQueue waiters;

    static void arrives(InboxNode& node, Worker& worker) noexcept {
        const std::unique_ptr<Node> own{static_cast<Node*>(&node)};
        own->call->answer(worker);
    }

    void answer(Worker& worker) noexcept {
        std::unique_lock held(waiters.lock);
        // Under the lock, so that the caller cannot leave meanwhile. It is short, and one at a
        // time.
        if (!abandoned) function(argument, worker);
        WaitEntry* const caller = ++answered < expected ? nullptr : waiters.first_waiting();
        Resumption resumption;
        if (caller != nullptr && waiters.win(*caller)) resumption.add(*caller);
        held.unlock();
        resumption.run();
    }
};

void run_here(RuntimeCore& core, void (*function)(void*, Worker&), void* argument) {
    for (const auto& worker : core.workers) function(argument, *worker);
}

}  // namespace

std::size_t RuntimeCore::on_each_worker(void (*function)(void*, Worker&), void* argument,
                                        Deadline deadline) {
    // A caller-driven worker has no thread: whoever asks is the one that may touch it.
    if (caller_driven()) {
        run_here(*this, function, argument);
        return workers.size();
    }
    const auto call = std::make_shared<RoundCall>();
    // Whoever waits for all of them must not be gone before: `argument` may be on its stack. Made
    // first, since both may throw; and a cancellation comes later.
    const CancellationMask mask;
    WaitRecord record{{"call on each worker", this, Where::here()}};
    WaitEntry entry{record};
    call->function = function;
    call->argument = argument;
    call->expected = workers.size();
    for (const auto& worker : workers) {
        auto node = std::make_unique<RoundCall::Node>();
        node->arrive = &RoundCall::arrives;
        node->call = call;
        worker->post(*node.release());
    }
    std::unique_lock held(call->waiters.lock);
    if (call->answered < call->expected) {
        call->waiters.add(entry);
        held.unlock();
        record.wait(deadline);
        held.lock();
        call->waiters.remove(entry);
    }
    call->abandoned = true;
    return call->answered;
}

std::string RuntimeCore::dump() {
    std::string lines;
    const auto describe = [](void* out, Worker& worker) {
        worker.describe_suspended(*static_cast<std::string*>(out));
    };
    const std::size_t answered =
        on_each_worker(describe, &lines, Deadline::after(std::chrono::seconds{1}));
    if (answered < workers.size()) {
        lines += std::to_string(workers.size() - answered) +
                 " of the workers are stuck in long handlers and did not answer\n";
    }
    BlockedThread::describe_all(lines);
    return lines;
}

void Worker::describe_suspended(std::string& out) const {
    for (const Fiber* fiber = fibers_; fiber != nullptr; fiber = fiber->next_of_home) {
        if (fiber->activity == nullptr || fiber->waiting == nullptr) continue;
        const WaitReason& why = fiber->waiting->why();
        const auto waited = core_.coarse_now() - fiber->waiting_since;
        out +=
            std::string{fiber->activity->name()} + " waits for " + why.kind + " at " +
            why.where.file + ":" + std::to_string(why.where.line) + " for " +
            std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(waited).count()) +
            " ms, worker " + std::to_string(index_) + "\n";
    }
}

void RuntimeCore::ensure_driver(const void* key, const DriverFactory& factory) {
    // acquire: pairs with the release below.
    if (driver_key_.load(std::memory_order_acquire) == key) return;
    const Lock held{driver_change_};
    if (driver_key_.load(std::memory_order_relaxed) == key) return;  // relaxed: under the lock
    // Made here, where it may throw; each worker then takes its own.
    std::vector<std::unique_ptr<Driver>> drivers;
    for (const auto& worker : workers) drivers.push_back(factory(worker->index()));
    on_each_worker(
        [](void* made, Worker& worker) {
            auto& list = *static_cast<std::vector<std::unique_ptr<Driver>>*>(made);
            worker.replace_driver(std::move(list[static_cast<std::size_t>(worker.index())]));
        },
        &drivers, Deadline::never());
    driver_key_.store(key, std::memory_order_release);  // release: pairs with the acquire above
}

RunResult RuntimeCore::run_for(Duration budget) {
    if (!caller_driven()) {
        throw Error{Errc::wrong_thread,
                    "run_for: this runtime has threads of its own; construct it with "
                    "RuntimeOptions::driven_by = DrivenBy::caller"};
    }
    ThisThread& thread = this_thread();
    const void* bound = nullptr;
    // relaxed: which thread it is, and no more; another thread gets an error.
    if (!caller_.compare_exchange_strong(bound, &thread, std::memory_order_relaxed,
                                         std::memory_order_relaxed) &&
        bound != &thread) {
        throw Error{Errc::wrong_thread,
                    "run_for: this runtime is bound to the thread that called run_for first"};
    }
    if (thread.worker != nullptr) {
        throw Error{Errc::wrong_thread, "run_for: called from inside of a runtime"};
    }
    if (!caller_overflow_report_) caller_overflow_report_.emplace();
    Worker& worker = *workers.front();
    worker.run_until(refresh_now() + budget);
    return worker.slice_result();
}

}  // namespace greenroom::detail
