#include <greenroom/core/detail/future_state.hpp>

#include <greenroom/core/detail/wait_in_line.hpp>
#include <mutex>

namespace greenroom::detail {

bool FutureStateBase::wait_before(Deadline deadline, Where where) {
    suspension_point();
    if (is_settled()) return true;
    WaitRecord record{{"future", this, where}};
    WaitEntry waiter{record};
    return wait_in_line(waiters_, waiter, deadline, [this] { return is_settled(); });
}

void FutureStateBase::then(std::unique_ptr<Continuation> continuation) noexcept {
    const bool old_look = mutant(Mutant::future_looks_unlocked) && is_settled();
    {
        const std::lock_guard held(waiters_.lock);
        if (!(mutant(Mutant::future_looks_unlocked) ? old_look : is_settled())) {
            *end_ = continuation.get();
            end_ = &continuation.release()->next_;
            return;
        }
    }
    continuation.release()->begin();
}

void FutureStateBase::publish() noexcept {
    Resumption woken;
    Continuation* continuation = nullptr;
    {
        const std::lock_guard held(waiters_.lock);
        // release: pairs with the acquire in is_settled().
        settled_.store(true, std::memory_order_release);
        woken.add_all(waiters_);
        continuation = std::exchange(first_, nullptr);
    }
    woken.run();
    while (continuation != nullptr) {
        std::exchange(continuation, continuation->next_)->begin();
    }
}

}  // namespace greenroom::detail
