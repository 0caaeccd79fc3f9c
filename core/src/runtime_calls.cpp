// What is asked of the workers of a runtime from outside, for example to take another driver. What
// waits, they tell in dump.cpp; what its own thread asks of a caller-driven one: caller_driven.cpp.
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/error.hpp>
#include <memory>
#include <mutex>
#include <utility>

#include "runtime_core.hpp"

namespace greenroom::detail {

namespace {

// One call on each worker. Shared, since a worker that is late finds it when the caller has gone.
struct RoundCall {
    struct Node : InboxNode {
        std::shared_ptr<RoundCall> call;
    };

    RoundCall(WorkerFunction its_function, std::shared_ptr<void> its_argument, std::size_t workers)
        : function{its_function}, argument{std::move(its_argument)}, answered(workers) {}

    const WorkerFunction function;
    const std::shared_ptr<void> argument;
    std::vector<bool> answered;  // these guarded by waiters.lock
    std::size_t missing = answered.size();
    WaitQueue waiters;

    static void arrives(InboxNode& node, Worker& worker) noexcept {
        const std::unique_ptr<Node> own{static_cast<Node*>(&node)};
        own->call->answer(worker);
    }

    void answer(Worker& worker) noexcept {
        function(argument.get(), worker);
        Resumption resumption;
        {
            const std::lock_guard held(waiters.lock);
            answered[static_cast<std::size_t>(worker.index())] = true;
            WaitEntry* const caller = --missing > 0 ? nullptr : waiters.first_waiting();
            if (caller != nullptr && waiters.win(*caller)) resumption.add(*caller);
        }
        resumption.run();
    }
};

}  // namespace

std::vector<bool> RuntimeCore::on_each_worker(WorkerFunction function,
                                              std::shared_ptr<void> argument, Deadline deadline) {
    forbid_parents(*this, "a call on its workers");
    if (call_as_driver(function, argument.get())) return std::vector<bool>(1, true);
    const auto call = std::make_shared<RoundCall>(function, std::move(argument), workers.size());
    const CancellationMask mask;  // who asks is not to leave while an answer is under way
    WaitRecord record{{"call on each worker", this, Where::here()}};
    WaitEntry entry{record};
    for (const auto& worker : workers) {
        auto node = std::make_unique<RoundCall::Node>();
        node->arrive = &RoundCall::arrives;
        node->call = call;
        worker->post(*node.release());
    }
    std::unique_lock held(call->waiters.lock);
    if (call->missing > 0) {
        call->waiters.add(entry);
        held.unlock();
        record.wait(deadline);
        held.lock();
        call->waiters.remove(entry);
    }
    return call->answered;
}

void RuntimeCore::ensure_driver(const void* key, const DriverFactory& factory) {
    // acquire: pairs with the release below.
    if (driver_key_.load(std::memory_order_acquire) == key) return;
    const Lock held{driver_change_};
    if (driver_key_.load(std::memory_order_relaxed) == key) return;  // relaxed: under the lock
    // Made here, where it may throw; each worker then takes its own.
    using Drivers = std::vector<std::unique_ptr<Driver>>;
    const auto drivers = std::make_shared<Drivers>();
    for (const auto& worker : workers) drivers->push_back(factory(worker->index()));
    on_each_worker(
        [](void* made, Worker& worker) {
            auto& list = *static_cast<Drivers*>(made);
            worker.replace_driver(std::move(list[static_cast<std::size_t>(worker.index())]));
        },
        drivers, Deadline::never());
    driver_key_.store(key, std::memory_order_release);  // release: pairs with the acquire above
}

}  // namespace greenroom::detail
