#include <greenroom/core/detail/latest_base.hpp>

#include <greenroom/core/assert.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <utility>

namespace greenroom::detail {

LatestBase::~LatestBase() {
    // Who was served may be here before the one that served has let go of the lock.
    const std::lock_guard held(receivers_.lock);
    GREENROOM_ASSERT(receiver_count_ == 0);  // a subscription ends before its source
}

void LatestBase::close() {
    Resumption woken;
    bool first = false;
    {
        const std::lock_guard held(receivers_.lock);
        first = !std::exchange(closed_, true);
        woken.add_all(receivers_);
    }
    woken.run();
    if (!first) throw Error{Errc::closed, "second close of a latest value"};
}

bool LatestBase::closed() const noexcept {
    const std::lock_guard held(receivers_.lock);
    return closed_;
}

SharedItem LatestBase::value() const noexcept {
    const std::lock_guard held(receivers_.lock);
    return value_;
}

void LatestBase::put(SharedItem value) {
    Resumption woken;
    bool refused = false;
    {
        const std::lock_guard held(receivers_.lock);
        refused = closed_;
        if (!refused) {
            value_.swap(value);  // the old one ends without the lock
            ++number_;
            WaitEntry* from = receivers_.first();
            while (WaitEntry* const next = receivers_.win_next(from)) {
                auto& receiver = *static_cast<SharedHandOver*>(next);
                receiver.shared() = value_;
                receiver.cursor->next = number_ + 1;
                receiver.served = true;
                woken.add(receiver);
            }
        }
    }
    woken.run();
    if (refused) throw Error{Errc::closed, "send into a closed latest value"};
}

void LatestBase::subscribe(Cursor& cursor) noexcept {
    const std::lock_guard held(receivers_.lock);
    ++receiver_count_;
    cursor.next = number_;
}

void LatestBase::unsubscribe(Cursor&) noexcept {
    const std::lock_guard held(receivers_.lock);
    --receiver_count_;
}

HandOver::Step LatestBase::take_locked(Cursor& cursor, SharedItem& item, Resumption&) noexcept {
    if (cursor.next > number_) return closed_ ? Step::closed : Step::must_wait;
    cursor.missed += number_ - cursor.next;
    cursor.next = number_ + 1;
    item = value_;
    return Step::done;
}

}  // namespace greenroom::detail
