#include <greenroom/core/detail/channel_base.hpp>

#include <greenroom/core/error.hpp>

namespace greenroom::detail {

void ChannelBase::close() {
    Resumption woken;
    bool first = false;
    {
        const std::lock_guard held(lock());
        first = end_locked(woken);
    }
    woken.run();
    if (!first) throw Error{Errc::closed, "second close of a channel"};
}

bool ChannelBase::closed() const noexcept {
    const std::lock_guard held(lock());
    return closed_;
}

std::size_t ChannelBase::size() const noexcept {
    const std::lock_guard held(lock());
    return count_;
}

ChannelBase::Waiter* ChannelBase::win_first_locked(WaitQueue& line) noexcept {
    while (WaitEntry* const first = line.first_waiting()) {
        if (!line.win(*first)) continue;  // it gave up meanwhile
        return static_cast<Waiter*>(first);
    }
    return nullptr;
}

ChannelBase::Step ChannelBase::wait_in(WaitQueue& line, Waiter& waiter, Deadline deadline,
                                       std::unique_lock<SpinLock>& held) {
    line.add(waiter);
    held.unlock();
    const Outcome outcome = waiter.record.wait(deadline);
    if (outcome == Outcome::woken) return waiter.served ? Step::done : Step::closed;
    held.lock();
    if (!mutant(Mutant::expired_waiter_stays_linked)) line.remove(waiter);
    held.unlock();
    if (outcome == Outcome::cancelled) throw_cancelled();
    return Step::expired;
}

bool ChannelBase::end_locked(Resumption& woken) noexcept {
    if (closed_) return false;
    closed_ = true;
    for (WaitQueue* const line : {&receivers_, &senders_}) {
        while (Waiter* const waiter = win_first_locked(*line)) woken.add(*waiter);
    }
    return true;
}

void ChannelBase::throw_closed() { throw Error{Errc::closed, "send into a closed channel"}; }

}  // namespace greenroom::detail
