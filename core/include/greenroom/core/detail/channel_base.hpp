// ChannelBase: what a channel is without its items: a lock, the two lines, the end.
//
// Under the lock, of those who still wait:
//   - receivers wait only while nothing is buffered and no sender waits;
//   - senders wait only while the buffer is full.
// So nobody who comes overtakes who waits, and who gives up leaves nobody behind who could go on.
// An item moves under the lock, by the hand of the one that won the other's record; that one is
// resumed when the lock is free, and finds the item in its own frame, or its own item gone.
//
// Threads  The members that end in `_locked` need the lock; the others take it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <mutex>

namespace greenroom::detail {

class ChannelBase {
public:
    ChannelBase(const ChannelBase&) = delete;
    ChannelBase& operator=(const ChannelBase&) = delete;

    // Ends the channel: from now on sends fail, receives take what is inside and then find the end.
    // Who waits in a send fails now; who waits in a receive finds the end now.
    // Throws Error(closed) if it was closed before: two parts of a program both think that they end
    // it, and one of them is wrong.
    void close();

    bool closed() const noexcept;
    // Items inside; those that blocked senders hold do not count.
    std::size_t size() const noexcept;
    std::size_t capacity() const noexcept { return capacity_; }

protected:
    enum class Step { done, closed, expired, must_wait };

    struct Waiter : WaitEntry {
        Waiter(WaitRecord& waits, void* its_item) noexcept : WaitEntry{waits}, item{its_item} {}

        void* const item;     // a sender's T, a receiver's std::optional<T>
        bool served = false;  // its item was moved; written by the one that won the record
    };

    explicit ChannelBase(std::size_t capacity) noexcept : capacity_{capacity} {}
    ~ChannelBase() = default;

    // The oldest of the line who still waits, won and taken out, or null. Its item is to be moved,
    // and it is to be resumed without the lock.
    static Waiter* win_first_locked(WaitQueue& line) noexcept;

    // Waits in `line`. `held` is the lock; it is free on return. done: served. Throws Cancelled.
    Step wait_in(WaitQueue& line, Waiter& waiter, Deadline deadline,
                 std::unique_lock<SpinLock>& held);

    // Closes, or finds it closed. False: it was.
    bool end_locked(Resumption& woken) noexcept;

    static void resume(Waiter* waiter) noexcept {
        if (waiter != nullptr) waiter->record.resume();
    }

    [[noreturn]] static void throw_closed();

    SpinLock& lock() const noexcept { return receivers_.lock; }

    // The lock guards all below; the senders' line has one of its own that nobody uses.
    mutable WaitQueue receivers_;
    WaitQueue senders_;
    const std::size_t capacity_;
    std::size_t first_ = 0;  // the slot of the oldest item
    std::size_t count_ = 0;
    bool closed_ = false;
};

}  // namespace greenroom::detail
