// Channel: a line of items between those that send and those that receive, of a fixed capacity.
//
// A send into a full channel waits until there is room, a receive from an empty one until there is
// an item. A channel of capacity 0 has no room at all: a send waits until a receiver has the item.
// All wait in order of arrival, senders and receivers alike, and nobody overtakes.
//
//     greenroom::Channel<Order> orders{64};
//     ...
//     for (Order& order : orders) handle(order);   // until it is closed and empty
//
// Threads       Every member is safe from any fiber and from any plain thread, of several runtimes.
// Ordering      What was written before a send is visible to who receives the item. Items of one
//               sender are received in the order sent.
// Lifetime      Who received an item may destroy the channel, even before its send has returned.
//               Destroying one in which somebody waits is a bug and aborts; items inside are
//               destroyed with it.
// Cancellation  send and receive, and their `_before` forms, are suspension points: in a cancelled
//               fiber they throw Cancelled, ready or not, and then no item has moved. If an item
//               and a cancellation meet, one wins: who got the item returns with it, and hears of
//               the cancellation at its next suspension point.
// Limits        The buffer is allocated once, by the constructor. Moving a T must not throw, and
//               happens under a lock that others spin on: send big things by pointer.
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/channel_base.hpp>
#include <greenroom/core/where.hpp>
#include <iterator>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class T>
class Channel : private detail::ChannelBase {
    static_assert(std::is_nothrow_move_constructible_v<T>, "moving an item must not throw");

public:
    class Iterator;

    // Throws std::bad_alloc.
    explicit Channel(std::size_t capacity)
        : ChannelBase{capacity}, slots_{capacity == 0 ? nullptr : Allocator{}.allocate(capacity)} {}

    ~Channel() {
        // Who served the caller has let go of the lock before it resumed it; who left or took what
        // the caller then found may still be about to.
        lock().lock();
        lock().unlock();
        destroy_items(count_);
        if (slots_ != nullptr) Allocator{}.deallocate(slots_, capacity());
    }

    using ChannelBase::capacity;
    using ChannelBase::close;
    using ChannelBase::closed;
    using ChannelBase::size;

    // Hands `item` over, waiting until there is room. It is moved from only then: when this throws,
    // `item` is still the caller's. Throws Error(closed). A dump shows `where`.
    void send(T&& item, Where where = Where::here()) {
        (void)send_before(Deadline::never(), std::move(item), where);
    }
    void send(const T& item, Where where = Where::here()) requires std::is_copy_constructible_v<T> {
        send(T(item), where);
    }

    // Like send, but gives up at `deadline`; one in the past still sends if there is room. On false
    // nothing was sent, and `item` is still the caller's.
    [[nodiscard]] bool send_before(Deadline deadline, T&& item, Where where = Where::here());
    [[nodiscard]] bool send_before(
        Deadline deadline, const T& item,
        Where where = Where::here()) requires std::is_copy_constructible_v<T> {
        return send_before(deadline, T(item), where);
    }

    // Sends if there is room, or a receiver waits. Never waits. On false, and when it throws
    // Error(closed), `item` is still the caller's.
    [[nodiscard]] bool try_send(T&& item) {
        const Step step = offer(item);
        if (step == Step::closed) throw_closed();
        return step == Step::done;
    }
    [[nodiscard]] bool try_send(const T& item) requires std::is_copy_constructible_v<T> {
        return try_send(T(item));
    }

    // The oldest item, waiting until there is one. Empty at the end: closed, and nothing is left.
    [[nodiscard]] std::optional<T> receive(Where where = Where::here()) {
        return receive_before(Deadline::never(), where);
    }

    // Like receive, but gives up at `deadline`, and then is empty as well; one in the past still
    // takes what is there.
    [[nodiscard]] std::optional<T> receive_before(Deadline deadline, Where where = Where::here());

    // The oldest item, if there is one now. Never waits.
    [[nodiscard]] std::optional<T> try_receive() noexcept {
        std::optional<T> item;
        take(item);
        return item;
    }

    // True once it is closed and empty: no receive will find an item again.
    bool at_end() const noexcept {
        const std::lock_guard held(lock());
        return closed_ && count_ == 0;
    }

    // Closes and throws away what is inside: receivers find the end at once. Returns how many items
    // were thrown away. Unlike close(), it may be called after that, and again.
    std::size_t close_and_discard();

    // What a range-for receives, one by one, until the end. The loop's variable is the item itself.
    Iterator begin(Where where = Where::here()) { return Iterator{*this, where}; }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    using Allocator = std::allocator<T>;

    // Both take the lock, and resume the one that they served.
    Step offer(T& item);
    Step take(std::optional<T>& item) noexcept;

    // Apart, so that the common way has a small frame.
    [[gnu::noinline]] Step wait_to_send(Deadline deadline, T& item, Where where);
    [[gnu::noinline]] void wait_to_receive(Deadline deadline, std::optional<T>& item, Where where);

    [[gnu::noinline]] Step offer_locked(T& item, Waiter*& served) noexcept;
    [[gnu::noinline]] Step take_locked(std::optional<T>& item, Waiter*& served) noexcept;

    void push_locked(T& item) noexcept {
        std::size_t slot = first_ + count_;
        if (slot >= capacity_) slot -= capacity_;
        new (slots_ + slot) T(std::move(item));
        ++count_;
    }
    void pop_locked(std::optional<T>& item) noexcept {
        item.emplace(std::move(slots_[first_]));
        destroy_items(1);
        --count_;
    }
    // Of items that nobody else can reach any more.
    void destroy_items(std::size_t count) noexcept {
        for (; count != 0; --count) {
            std::destroy_at(slots_ + first_);
            if (++first_ == capacity_) first_ = 0;
        }
    }

    T* const slots_;  // a ring; first_ and count_ tell which hold items
};

template <class T>
class Channel<T>::Iterator {
public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Iterator(Channel& channel, Where where) : channel_{&channel}, where_{where} { ++*this; }

    T& operator*() const noexcept { return *item_; }
    Iterator& operator++() {
        item_ = channel_->receive(where_);
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept {
        return !iterator.item_.has_value();
    }

private:
    Channel* channel_;
    Where where_;
    mutable std::optional<T> item_;
};

template <class T>
bool Channel<T>::send_before(Deadline deadline, T&& item, Where where) {
    detail::suspension_point();
    Step step = offer(item);
    if (step == Step::must_wait) [[unlikely]]
        step = wait_to_send(deadline, item, where);
    if (step == Step::closed) [[unlikely]]
        throw_closed();
    return step == Step::done;
}

template <class T>
std::optional<T> Channel<T>::receive_before(Deadline deadline, Where where) {
    detail::suspension_point();
    std::optional<T> item;
    if (take(item) == Step::must_wait) [[unlikely]]
        wait_to_receive(deadline, item, where);
    return item;
}

template <class T>
detail::ChannelBase::Step Channel<T>::wait_to_send(Deadline deadline, T& item, Where where) {
    detail::WaitRecord record{{"channel send", this, where}};
    Waiter waiter{record, std::addressof(item)};
    Waiter* served = nullptr;
    std::unique_lock held(lock());
    const Step step = offer_locked(item, served);
    if (step == Step::must_wait) return wait_in(senders_, waiter, deadline, held);
    held.unlock();
    resume(served);
    return step;
}

template <class T>
void Channel<T>::wait_to_receive(Deadline deadline, std::optional<T>& item, Where where) {
    detail::WaitRecord record{{"channel receive", this, where}};
    Waiter waiter{record, &item};
    Waiter* served = nullptr;
    std::unique_lock held(lock());
    if (take_locked(item, served) == Step::must_wait) {
        wait_in(receivers_, waiter, deadline, held);
        return;
    }
    held.unlock();
    resume(served);
}

template <class T>
detail::ChannelBase::Step Channel<T>::offer(T& item) {
    std::unique_lock held(lock());
    if (count_ != 0 && count_ != capacity_ && !closed_) [[likely]] {
        push_locked(item);  // the common way, in short
        return Step::done;
    }
    Waiter* served = nullptr;
    const Step step = offer_locked(item, served);
    held.unlock();
    resume(served);
    return step;
}

template <class T>
detail::ChannelBase::Step Channel<T>::take(std::optional<T>& item) noexcept {
    std::unique_lock held(lock());
    if (count_ != 0 && senders_.empty()) [[likely]] {
        pop_locked(item);  // the common way, in short
        return Step::done;
    }
    Waiter* served = nullptr;
    const Step step = take_locked(item, served);
    held.unlock();
    resume(served);
    return step;
}

template <class T>
detail::ChannelBase::Step Channel<T>::offer_locked(T& item, Waiter*& served) noexcept {
    if (closed_) return Step::closed;
    if (count_ == 0 && !receivers_.empty()) {
        served = win_first_locked(receivers_);
        if (served != nullptr) {
            static_cast<std::optional<T>*>(served->item)->emplace(std::move(item));
            served->served = true;
            return Step::done;
        }
    }
    if (count_ == capacity_) return Step::must_wait;
    push_locked(item);
    return Step::done;
}

template <class T>
detail::ChannelBase::Step Channel<T>::take_locked(std::optional<T>& item,
                                                  Waiter*& served) noexcept {
    if (count_ != 0) pop_locked(item);
    // Senders wait only while it is full, as it just ceased to be, or while it has no room at all.
    if (senders_.empty()) {
        if (item.has_value()) return Step::done;
        return closed_ ? Step::closed : Step::must_wait;
    }
    served = win_first_locked(senders_);
    if (served != nullptr) {
        T& theirs = *static_cast<T*>(served->item);
        item.has_value() ? push_locked(theirs) : void(item.emplace(std::move(theirs)));
        served->served = true;
    }
    if (item.has_value()) return Step::done;
    return closed_ ? Step::closed : Step::must_wait;
}

template <class T>
std::size_t Channel<T>::close_and_discard() {
    detail::Resumption woken;
    std::size_t discarded = 0;
    {
        const std::lock_guard held(lock());
        end_locked(woken);
        discarded = std::exchange(count_, 0);
    }
    // Nothing comes in any more and nothing is inside: the slots are this call's alone.
    destroy_items(discarded);
    woken.run();
    return discarded;
}

}  // namespace greenroom
