// FutexDriver: a worker that waits for nothing but wakes sleeps on a futex.
//
//   0 --wake--> 1 --wait--> 0
//
// Ordering  wake() releases and wait() acquires, though nothing rests on it: the worker's state
//           does the ordering (worker.hpp).
#pragma once

#include <greenroom/core/driver.hpp>
#include <greenroom/core/threads.hpp>

namespace greenroom::detail {

class FutexDriver final : public Driver {
public:
    explicit FutexDriver(Threads& threads) noexcept : threads_{threads} {}

    void wait(Deadline deadline) override {
        // acquire: pairs with wake().
        if (word_.load(std::memory_order_acquire) == 0) threads_.wait(word_, 0, deadline);
        // acquire: pairs with wake(), whose work is looked for after this.
        word_.exchange(0, std::memory_order_acquire);
    }

    void poll() override {}

    void wake() noexcept override {
        // release: pairs with wait().
        word_.store(1, std::memory_order_release);
        threads_.wake(&word_);
    }

private:
    Threads& threads_;
    FutexWord word_{0};
};

}  // namespace greenroom::detail
