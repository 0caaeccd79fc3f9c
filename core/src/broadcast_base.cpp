#include <greenroom/core/detail/broadcast_base.hpp>

#include <array>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <utility>

namespace greenroom::detail {

namespace {

[[noreturn]] void throw_closed() { throw Error{Errc::closed, "send into a closed broadcast"}; }

}  // namespace

BroadcastBase::BroadcastBase(std::size_t capacity, WhenBehind when_behind)
    : when_behind_{when_behind}, slots_(capacity) {
    GREENROOM_ASSERT(capacity > 0);
}

BroadcastBase::~BroadcastBase() {
    // Who was served may be here before the one that served has let go of the lock.
    const std::lock_guard held(receivers_.lock);
    GREENROOM_ASSERT(receiver_count_ == 0);  // a subscription ends before its broadcast
}

void BroadcastBase::close() {
    Resumption woken;
    bool first = false;
    {
        const std::lock_guard held(receivers_.lock);
        first = !std::exchange(closed_, true);
        woken.add_all(receivers_);
        woken.add_all(senders_);
    }
    woken.run();
    if (!first) throw Error{Errc::closed, "second close of a broadcast"};
}

bool BroadcastBase::closed() const noexcept {
    const std::lock_guard held(receivers_.lock);
    return closed_;
}

std::size_t BroadcastBase::receivers() const noexcept {
    const std::lock_guard held(receivers_.lock);
    return receiver_count_;
}

std::uint64_t BroadcastBase::missed() const noexcept {
    const std::lock_guard held(receivers_.lock);
    return missed_;
}

void BroadcastBase::subscribe(Cursor& cursor) noexcept {
    const std::lock_guard held(receivers_.lock);
    ++receiver_count_;
    cursor.next = end_;
}

void BroadcastBase::unsubscribe(Cursor& cursor) noexcept {
    // What it had still to see it sees now, as a receiver like others, and faster than one sender
    // can send; some at a time, since they end without the lock.
    constexpr std::size_t at_once = 16;
    for (bool more = true; more;) {
        std::array<SharedItem, at_once> seen;
        Resumption woken;
        {
            const std::lock_guard held(receivers_.lock);
            for (std::size_t i = 0; i < at_once && more; ++i) {
                more = take_locked(cursor, seen[i], woken) == Step::done;
            }
            if (!more) --receiver_count_;
        }
        woken.run();
    }
}

HandOver::Step BroadcastBase::offer(SharedItem& item) {
    SharedItem lost;
    Resumption woken;
    Step step{};
    {
        const std::lock_guard held(receivers_.lock);
        step = offer_locked(item, lost, woken);
    }
    woken.run();
    if (step == Step::closed) throw_closed();
    return step;
}

bool BroadcastBase::send_before(Deadline deadline, SharedItem& item, Where where) {
    suspension_point();
    if (offer(item) == Step::done) return true;
    WaitRecord record{{"broadcast send", this, where}};
    SharedHandOver waiter{record, item, nullptr};
    SharedItem lost;
    Resumption woken;
    std::unique_lock held(receivers_.lock);
    Step step = offer_locked(item, lost, woken);
    if (step == Step::must_wait) {
        step = waiter.wait_in(senders_, deadline, held);
    } else {
        held.unlock();
        woken.run();
    }
    if (step == Step::closed) throw_closed();
    return step == Step::done;
}

HandOver::Step BroadcastBase::offer_locked(SharedItem& item, SharedItem& lost,
                                           Resumption& woken) noexcept {
    if (closed_) return Step::closed;
    if (full() && when_behind_ == WhenBehind::wait) return Step::must_wait;
    put_locked(item, lost, woken);
    return Step::done;
}

void BroadcastBase::put_locked(SharedItem& item, SharedItem& lost, Resumption& woken) noexcept {
    const std::uint64_t number = end_++;
    std::size_t unseen = receiver_count_;
    WaitEntry* from = receivers_.first();
    while (WaitEntry* const next = receivers_.win_next(from)) {
        auto& receiver = *static_cast<SharedHandOver*>(next);
        receiver.shared() = item;
        receiver.cursor->next = number + 1;
        receiver.served = true;
        --unseen;
        woken.add(receiver);
    }
    if (unseen == 0) {  // so nothing older is kept either
        GREENROOM_ASSERT(first_ == number);
        first_ = end_;
        return;
    }
    if (number - first_ == slots_.size()) {
        Slot& oldest = slot(first_++);
        missed_ += oldest.unseen;
        lost = std::move(oldest.item);
    }
    slot(number).item = std::move(item);
    slot(number).unseen = unseen;
}

HandOver::Step BroadcastBase::take_locked(Cursor& cursor, SharedItem& item,
                                          Resumption& woken) noexcept {
    if (cursor.next < first_) {
        cursor.missed += first_ - cursor.next;
        cursor.next = first_;
    }
    if (cursor.next == end_) return closed_ ? Step::closed : Step::must_wait;
    see_locked(cursor.next++, item, woken);
    return Step::done;
}

// One of those who had `number` still to see has seen it.
void BroadcastBase::see_locked(std::uint64_t number, SharedItem& item, Resumption& woken) noexcept {
    Slot& seen = slot(number);
    if (--seen.unseen != 0) {
        item = seen.item;
        return;
    }
    item = std::move(seen.item);
    ++first_;
    while (!full()) {
        auto* const sender = static_cast<SharedHandOver*>(senders_.win_first());
        if (sender == nullptr) return;
        SharedItem lost;  // none: there is room
        put_locked(sender->shared(), lost, woken);
        sender->served = true;
        woken.add(*sender);
    }
}

}  // namespace greenroom::detail
