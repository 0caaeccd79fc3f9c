// Where long-lived tasks go. What waits never moves, so they are spread as they start.
#include <greenroom/core/error.hpp>
#include <memory>

#include "runtime_core.hpp"

namespace greenroom::detail {

namespace {

// Brings a task to its worker, and stays with it to its end.
struct Transport final : InboxNode, Runnable {
    Transport(Worker& its_worker, StackClass its_class, Runnable& its_task) noexcept
        : worker{its_worker}, stack_class{its_class}, task{its_task} {
        arrive = &arrives;
        worker.adds_long_lived();
    }
    ~Transport() { worker.loses_long_lived(); }
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    static void arrives(InboxNode& node, Worker& at) noexcept {
        std::unique_ptr<Transport> self{static_cast<Transport*>(&node)};
        if (at.run_bound(self->stack_class, *self)) {
            self.release();
        } else {
            at.push_last(self->task);  // anywhere, when others have given their stacks back
        }
    }

    // On a stack of its class, which the task keeps from its beginning to its end.
    void run(Worker& here) noexcept override {
        const std::unique_ptr<Transport> self{this};
        task.run(here);
    }

    Worker& worker;
    const StackClass stack_class;
    Runnable& task;
};

}  // namespace

void RuntimeCore::spread(StackClass stack_class, Runnable& task) {
    const auto count = static_cast<std::uint32_t>(workers.size());
    // Each search begins elsewhere, so that the first worker does not get each first task.
    const std::uint32_t first = count == 1 ? 0 : options.chance->choose(count);
    Worker* fewest = workers[first].get();
    for (std::uint32_t i = 1; i < count; ++i) {
        Worker* const other = workers[(first + i) % count].get();
        if (other->long_lived() < fewest->long_lived()) fewest = other;
    }
    auto transport = std::make_unique<Transport>(*fewest, stack_class, task);
    fewest->post(*transport.release());
}

}  // namespace greenroom::detail
