// ChannelBase: what a channel is without its items: a lock, the two lines, the end.
//
// Under the lock, of those who still wait:
//   - receivers wait only while nothing is buffered and no sender waits;
//   - senders wait only while the buffer is full.
// So nobody who comes overtakes who waits, and who gives up leaves nobody behind who could go on.
//
// Threads  The members that end in `_locked` need the lock; the others take it.
#pragma once

#include <cstddef>
#include <greenroom/core/detail/biased_lock.hpp>
#include <greenroom/core/detail/hand_over.hpp>

namespace greenroom::detail {

template <class Sends, class Then>
class SendCase;
template <class Receives, class Then>
class ReceiveCase;

class ChannelBase {
public:
    ChannelBase(const ChannelBase&) = delete;
    ChannelBase& operator=(const ChannelBase&) = delete;

    // Ends the channel: from now on sends fail, receives take what is inside and then find the end.
    // Who waits in a send fails now; who waits in a receive finds the end now.
    // Throws Error(closed) if it was closed before: two parts of a program both think that they end
    // it, and one of them is wrong.
    void close();
    // Like close(), for who cannot know whether somebody else has closed it: then it is false.
    bool try_close() noexcept;

    bool closed() const noexcept;
    // Items inside; those that blocked senders hold do not count.
    std::size_t size() const noexcept;
    std::size_t capacity() const noexcept { return capacity_; }

protected:
    template <class Sends, class Then>
    friend class SendCase;
    template <class Receives, class Then>
    friend class ReceiveCase;

    using Step = HandOver::Step;

    explicit ChannelBase(std::size_t capacity) noexcept : capacity_{capacity} {}
    ~ChannelBase() = default;

    // Closes, or finds it closed. False: it was.
    bool end_locked(Resumption& woken) noexcept;

    static void resume(HandOver* waiter) noexcept {
        if (waiter != nullptr) waiter->record.resume();
    }

    [[noreturn]] static void throw_closed();

    BiasedLock& lock() const noexcept { return lock_; }

    mutable BiasedLock lock_;  // guards all below; the lines' own locks are not used
    WaitQueue receivers_;
    WaitQueue senders_;
    const std::size_t capacity_;
    std::size_t count_ = 0;  // items inside
    bool closed_ = false;
};

}  // namespace greenroom::detail
