// QueueProbe: measures how long a runnable waits in a worker's ring until it runs.
//
// A worker puts its probe behind all others now and then (Worker::look_outside); whoever takes it,
// a thief too, counts the time. So no runnable bears a time, and no clock is read for each.
#pragma once

#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/runnable.hpp>
#include <greenroom/core/time.hpp>

namespace greenroom::detail {

class QueueProbe final : public Runnable {
public:
    // True: it lies nowhere, and the caller is to queue it now.
    bool begin(TimePoint now) noexcept {
        // acquire: pairs with the release in run(); only its worker sets it.
        if (queued_.load(std::memory_order_acquire)) return false;
        queued_.store(true, std::memory_order_relaxed);  // relaxed: the ring publishes it
        queued_at_ = now;
        return true;
    }
    // It did not find room.
    void take_back() noexcept { queued_.store(false, std::memory_order_relaxed); }  // relaxed: ours

    void run(Worker& here) noexcept override;

private:
    Atomic<bool> queued_{false};
    TimePoint queued_at_{};
};

}  // namespace greenroom::detail
