// HeldBackSlot: where a worker keeps what the turn that it runs holds back.
//
//   empty --put--> taken    the turn
//   taken --let_go-> empty  the turn, or its worker before others run there
//
// The monitor looks under the lock: so what it finds there is still there.
//
// Threads   The worker's own, but let_go_beside().
#pragma once

#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/held_back.hpp>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <mutex>
#include <utility>

namespace greenroom::detail {

class HeldBackSlot {
public:
    bool empty() const noexcept { return what_ == nullptr; }  // nobody else writes it
    void put(HeldBack& what) noexcept {
        GREENROOM_ASSERT(what_ == nullptr);
        const std::lock_guard held(lock_);
        what_ = &what;
    }
    // Does what was put off. Requires that it is not empty.
    void let_go() noexcept {
        HeldBack* what = nullptr;
        {
            const std::lock_guard held(lock_);
            what = std::exchange(what_, nullptr);
        }
        what->let_go();
    }
    // The same, before others run on the worker.
    void before_others_run() noexcept {
        if (!empty() && !mutant(Mutant::suspend_keeps_held_back)) [[unlikely]]
            let_go();
    }
    // By the monitor.
    void let_go_beside() noexcept {
        Resumption woken;
        {
            const std::lock_guard held(lock_);
            if (what_ != nullptr) what_->let_go_beside(woken);
        }
        woken.run();
    }

private:
    SpinLock lock_;
    HeldBack* what_ = nullptr;  // lock, but for its worker to read
};

}  // namespace greenroom::detail
