#include <greenroom/core/detail/channel_base.hpp>

#include <greenroom/core/error.hpp>
#include <mutex>

namespace greenroom::detail {

void ChannelBase::close() {
    if (!try_close()) throw Error{Errc::closed, "second close of a channel"};
}

bool ChannelBase::try_close() noexcept {
    Resumption woken;
    bool first = false;
    {
        const std::lock_guard held(lock());
        first = end_locked(woken);
    }
    woken.run();
    return first;
}

bool ChannelBase::closed() const noexcept {
    const std::lock_guard held(lock());
    return closed_;
}

std::size_t ChannelBase::size() const noexcept {
    const std::lock_guard held(lock());
    return count_;
}

bool ChannelBase::end_locked(Resumption& woken) noexcept {
    if (closed_) return false;
    closed_ = true;
    for (WaitQueue* const line : {&receivers_, &senders_}) {
        if (line == &senders_ && mutant(Mutant::channel_closes_on_receivers_alone)) break;
        woken.add_all(*line);
    }
    return true;
}

void ChannelBase::throw_closed() { throw Error{Errc::closed, "send into a closed channel"}; }

}  // namespace greenroom::detail
