// Channel: a line of items between those that send and those that receive, of a fixed capacity.
//
// A send into a full channel waits until there is room, a receive from an empty one until there is
// an item. A channel of capacity 0 has no room at all: a send waits until a receiver has the item.
// One made with `unbounded` always has room.
// All wait in order of arrival, senders and receivers alike, and nobody overtakes.
//
//     greenroom::Channel<Order> orders{64};
//     ...
//     for (Order& order : orders) handle(order);   // until it is closed and empty
//
// The second parameter says which item is next: channel_order.hpp. To wait for several channels at
// once: select.hpp. To wait until all items have been dealt with: work_queue.hpp.
//
// Threads       Every member is safe from any fiber and from any plain thread, of several runtimes.
// Ordering      What was written before a send is visible to who receives the item. Items of one
//               sender are received in the order sent (OldestFirst).
// Lifetime      Who received an item may destroy the channel, even before its send has returned.
//               Destroying one in which somebody waits is a bug and aborts; items inside are
//               destroyed with it.
// Cancellation  send and receive, and their `_before` forms, are suspension points: in a cancelled
//               fiber they throw Cancelled, ready or not, and then no item has moved. If an item
//               and a cancellation meet, one wins: who got the item returns with it, and hears of
//               the cancellation at its next suspension point.
// Errors        A call that has to wait throws StacksExhausted if its worker has no stack left to
//               go on with; then no item has moved.
// Limits        A bounded channel of OldestFirst allocates its buffer once, in the constructor; all
//               others a node for each item, by the send. Moving a T must not throw, and happens
//               under a lock that others spin on: send big things by pointer.
#pragma once

#include <cstddef>
#include <greenroom/core/channel_order.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/channel_base.hpp>
#include <greenroom/core/detail/channel_store.hpp>
#include <greenroom/core/detail/receive_iterator.hpp>
#include <greenroom/core/where.hpp>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class T, class Order = OldestFirst>
class Channel : private detail::ChannelBase {
    static_assert(std::is_nothrow_move_constructible_v<T>, "moving an item must not throw");

public:
    using Item = T;
    using Iterator = detail::ReceiveIterator<Channel>;

    // Throws std::bad_alloc.
    explicit Channel(std::size_t capacity) : ChannelBase{capacity}, store_{capacity} {}
    explicit Channel(Unbounded) : Channel{detail::no_bound} {}

    ~Channel() {
        // Who served the caller has let go of the lock before it resumed it; who left or took what
        // the caller then found may still be about to.
        lock().lock();
        lock().unlock();
        store_.clear(count_);
    }

    // SIZE_MAX if it is unbounded.
    using ChannelBase::capacity;
    // From now on sends fail, also those that wait; receives take what is inside and then find the
    // end. Throws Error(closed) the second time.
    using ChannelBase::close;
    using ChannelBase::closed;
    // Like close(), for who cannot know whether somebody else has closed it: then it is false.
    using ChannelBase::try_close;
    // Items inside; those that waiting senders hold do not count.
    using ChannelBase::size;

    // Hands `item` over, waiting until there is room. It is moved from only then: when this throws,
    // `item` is still the caller's. Throws Error(closed), and std::bad_alloc where a send allocates
    // (Limits). A dump shows `where`.
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
        Spare spare;
        store_.prepare(spare);
        std::unique_lock held(lock());
        const Step step = offer(item, spare, held);
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
        Spare spare;
        std::unique_lock held(lock());
        (void)take(item, spare, held);
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
    template <class Sends, class Then>
    friend class detail::SendCase;
    template <class Receives, class Then>
    friend class detail::ReceiveCase;
    using Store = detail::ChannelStore<T, Order>;
    using Spare = typename Store::Spare;

    using Held = std::unique_lock<detail::BiasedLock>;

    // At its end the oldest item of the ring is out, and the lock free.
    struct TakenFirst {
        ~TakenFirst() {
            channel.store_.drop_first();
            --channel.count_;
            channel.lock().unlock();
        }
        Channel& channel;
    };

    // What is left of a send and a receive if there is no room or item at hand, or no ring. Apart,
    // so that the common way is short. `locked`: the lock is held.
    [[gnu::noinline]] bool send_slowly(Deadline deadline, T& item, Where where,
                                       detail::ThreadToken self, bool locked);
    [[gnu::noinline]] std::optional<T> receive_slowly(Deadline deadline, Where where,
                                                      detail::ThreadToken self, bool locked);

    // `held` is the lock: free on return, but for must_wait. Whom they served they have resumed.
    Step offer(T& item, Spare& spare, Held& held);
    Step take(std::optional<T>& item, Spare& spare, Held& held) noexcept;

    // Go on from there.
    Step wait_to_send(Deadline deadline, T& item, Spare& spare, Held& held, Where where,
                      detail::ThreadToken self);
    void wait_to_receive(Deadline deadline, std::optional<T>& item, Spare& spare, Held& held,
                         Where where, detail::ThreadToken self);

    // `served` is whose wait this ended: to be resumed without the lock.
    [[gnu::noinline]] Step offer_locked(T& item, Spare& spare, detail::HandOver*& served) noexcept;
    [[gnu::noinline]] Step take_locked(std::optional<T>& item, Spare& spare,
                                       detail::HandOver*& served) noexcept;

    void push_locked(T& item, Spare& spare) noexcept {
        store_.put(item, spare);
        ++count_;
    }
    void pop_locked(std::optional<T>& item, Spare& spare) noexcept {
        store_.take(item, spare);
        --count_;
    }

    Store store_;  // count_ items
};

template <class T, class Order>
bool Channel<T, Order>::send_before(Deadline deadline, T&& item, Where where) {
    const detail::ThreadToken self = detail::suspension_point();
    if constexpr (Store::may_be_ring) {
        if (store_.is_ring()) [[likely]] {
            lock().lock(self);
            // Nobody waits to receive, since something is inside.
            if (count_ == 0 || count_ == capacity_ || closed_) [[unlikely]]
                return send_slowly(deadline, item, where, self, true);
            store_.put(item);
            ++count_;
            lock().unlock();
            return true;
        }
    }
    return send_slowly(deadline, item, where, self, false);
}

template <class T, class Order>
bool Channel<T, Order>::send_slowly(Deadline deadline, T& item, Where where,
                                    detail::ThreadToken self, bool locked) {
    Spare spare;
    if (!locked) {
        store_.prepare(spare);
        lock().lock(self);
    }
    detail::HandOver* served = nullptr;
    Step step = offer_locked(item, spare, served);
    if (step != Step::must_wait) {
        lock().unlock();
        resume(served);
    } else {
        Held held(lock(), std::adopt_lock);
        step = wait_to_send(deadline, item, spare, held, where, self);
    }
    if (step == Step::closed) [[unlikely]]
        throw_closed();
    return step == Step::done;
}

template <class T, class Order>
std::optional<T> Channel<T, Order>::receive_before(Deadline deadline, Where where) {
    const detail::ThreadToken self = detail::suspension_point();
    if constexpr (Store::may_be_ring) {
        if (store_.is_ring()) [[likely]] {
            lock().lock(self);
            if (count_ == 0 || !senders_.empty()) [[unlikely]]
                return receive_slowly(deadline, where, self, true);
            const TakenFirst taken{*this};  // made in its place: a copy would wait for its parts
            return std::optional<T>{std::in_place, std::move(store_.first())};
        }
    }
    return receive_slowly(deadline, where, self, false);
}

template <class T, class Order>
std::optional<T> Channel<T, Order>::receive_slowly(Deadline deadline, Where where,
                                                   detail::ThreadToken self, bool locked) {
    std::optional<T> item;
    Spare spare;
    if (!locked) lock().lock(self);
    detail::HandOver* served = nullptr;
    if (take_locked(item, spare, served) != Step::must_wait) {
        lock().unlock();
        resume(served);
    } else {
        Held held(lock(), std::adopt_lock);
        wait_to_receive(deadline, item, spare, held, where, self);
    }
    return item;
}

template <class T, class Order>
detail::HandOver::Step Channel<T, Order>::wait_to_send(Deadline deadline, T& item, Spare& spare,
                                                       Held& held, Where where,
                                                       detail::ThreadToken self) {
    if (!detail::may_wait_at_once(self)) [[unlikely]] {
        held.unlock();
        detail::prepare_to_wait();
        held.lock();
        const Step step = offer(item, spare, held);
        if (step != Step::must_wait) return step;
    }
    detail::WaitRecord record{{"channel send", this, where}, self};
    detail::HandOver waiter{record, std::addressof(item)};
    return waiter.wait_in(senders_, deadline, held);
}

template <class T, class Order>
void Channel<T, Order>::wait_to_receive(Deadline deadline, std::optional<T>& item, Spare& spare,
                                        Held& held, Where where, detail::ThreadToken self) {
    if (!detail::may_wait_at_once(self)) [[unlikely]] {
        held.unlock();
        detail::prepare_to_wait();
        held.lock();
        if (take(item, spare, held) != Step::must_wait) return;
    }
    detail::WaitRecord record{{"channel receive", this, where}, self};
    detail::HandOver waiter{record, &item};
    (void)waiter.wait_in(receivers_, deadline, held);
}

template <class T, class Order>
detail::HandOver::Step Channel<T, Order>::offer(T& item, Spare& spare, Held& held) {
    detail::HandOver* served = nullptr;
    const Step step = offer_locked(item, spare, served);
    if (step == Step::must_wait) return step;
    held.unlock();
    resume(served);
    return step;
}

template <class T, class Order>
detail::HandOver::Step Channel<T, Order>::take(std::optional<T>& item, Spare& spare,
                                               Held& held) noexcept {
    detail::HandOver* served = nullptr;
    const Step step = take_locked(item, spare, served);
    if (step == Step::must_wait) return step;
    held.unlock();
    resume(served);
    return step;
}

template <class T, class Order>
detail::HandOver::Step Channel<T, Order>::offer_locked(T& item, Spare& spare,
                                                       detail::HandOver*& served) noexcept {
    if (closed_) return Step::closed;
    if (count_ == 0 && !mutant(detail::Mutant::channel_passes_by_receivers)) {
        served = static_cast<detail::HandOver*>(receivers_.win_first());
        if (served != nullptr) {
            static_cast<std::optional<T>*>(served->item)->emplace(std::move(item));
            served->served = true;
            return Step::done;
        }
    }
    if (count_ == capacity_) return Step::must_wait;
    push_locked(item, spare);
    return Step::done;
}

template <class T, class Order>
detail::HandOver::Step Channel<T, Order>::take_locked(std::optional<T>& item, Spare& spare,
                                                      detail::HandOver*& served) noexcept {
    if (count_ != 0) pop_locked(item, spare);
    // Senders wait only while it is full, as it just ceased to be, or while it has no room at all.
    const bool refills = !item.has_value() || !mutant(detail::Mutant::channel_leaves_room_unused);
    served = refills ? static_cast<detail::HandOver*>(senders_.win_first()) : nullptr;
    if (served != nullptr) {
        T& theirs = *static_cast<T*>(served->item);
        item.has_value() ? push_locked(theirs, spare) : void(item.emplace(std::move(theirs)));
        served->served = true;
    }
    if (item.has_value()) return Step::done;
    return closed_ ? Step::closed : Step::must_wait;
}

template <class T, class Order>
std::size_t Channel<T, Order>::close_and_discard() {
    detail::Resumption woken;
    std::size_t discarded = 0;
    {
        const std::lock_guard held(lock());
        end_locked(woken);
        discarded = std::exchange(count_, 0);
    }
    // Nothing comes in any more and nothing is inside: what is stored is this call's alone, or that
    // of another which had something to discard.
    if (discarded != 0) store_.clear(discarded);
    woken.run();
    return discarded;
}

}  // namespace greenroom
