// Subscription: one receiver's place in what several receivers each see whole.
//
// `Source` is BroadcastBase or LatestBase, which keep items as shared pointers: one is handed out
// under the lock by copying the pointer, and the item is copied from it without the lock.
// A source gives the line of its receivers, receivers_, whose lock guards all that it has, and says
// in take_locked() what a receiver sees next. A receiver waits only if that is nothing yet; whoever
// sends hands the item to all who wait.
//
// Threads   By one fiber or plain thread at a time; different ones of one source at once.
// Lifetime  Ends before its source does (asserted there). May be moved while nobody waits in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/hand_over.hpp>
#include <greenroom/core/detail/receive_iterator.hpp>
#include <greenroom/core/where.hpp>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace greenroom::detail {

using SharedItem = std::shared_ptr<const void>;

// Where a receiver stands.
struct Cursor {
    std::uint64_t next = 0;    // the number of the item that it sees next
    std::uint64_t missed = 0;  // how many it did not see
};

// A receiver that waits, or (without a cursor) a sender.
struct SharedHandOver : HandOver {
    SharedHandOver(WaitRecord& waits, SharedItem& its_item, Cursor* its_cursor) noexcept
        : HandOver{waits, &its_item}, cursor{its_cursor} {}

    SharedItem& shared() const noexcept { return *static_cast<SharedItem*>(item); }

    Cursor* const cursor;
};

template <class Receives, class Then>
class SubscriptionCase;

template <class T, class Source>
class Subscription {
public:
    using Item = T;
    using Iterator = ReceiveIterator<Subscription>;

    Subscription(Subscription&& other) noexcept
        : source_{std::exchange(other.source_, nullptr)}, cursor_{other.cursor_} {}
    Subscription& operator=(Subscription&&) = delete;
    ~Subscription() {
        if (source_ != nullptr) source_->unsubscribe(cursor_);
    }

    // The next item, waiting until there is one. Empty at the end: closed, and nothing is left.
    // A suspension point. Throws what copying a T throws; the item then counts as seen.
    [[nodiscard]] std::optional<T> receive(Where where = Where::here()) {
        return receive_before(Deadline::never(), where);
    }
    // Like receive, but gives up at `deadline`, and then is empty as well.
    [[nodiscard]] std::optional<T> receive_before(Deadline deadline, Where where = Where::here()) {
        suspension_point();
        SharedItem item;
        if (take(item) == Step::must_wait) wait_to_receive(deadline, item, where);
        return copy_of(item);
    }
    // The next item, if there is one now. Never waits.
    [[nodiscard]] std::optional<T> try_receive() {
        SharedItem item;
        (void)take(item);
        return copy_of(item);
    }

    // How many items it was too slow for, as of its last receive.
    std::uint64_t missed() const noexcept { return cursor_.missed; }

    // What a range-for receives, one by one, until the end.
    Iterator begin(Where where = Where::here()) { return Iterator{*this, where}; }
    std::default_sentinel_t end() const noexcept { return {}; }

    // For the source, which makes it.
    explicit Subscription(Source& source) : source_{&source} { source.subscribe(cursor_); }

private:
    template <class Receives, class Then>
    friend class SubscriptionCase;

    using Step = HandOver::Step;

    Step take(SharedItem& item) noexcept {
        Resumption woken;
        std::unique_lock held(source_->receivers_.lock);
        const Step step = source_->take_locked(cursor_, item, woken);
        held.unlock();
        woken.run();
        return step;
    }

    // Apart, so that the common way has a small frame.
    [[gnu::noinline]] void wait_to_receive(Deadline deadline, SharedItem& item, Where where) {
        WaitRecord record{{Source::receiving, source_, where}};
        SharedHandOver waiter{record, item, &cursor_};
        Resumption woken;
        std::unique_lock held(source_->receivers_.lock);
        if (source_->take_locked(cursor_, item, woken) == Step::must_wait) {
            (void)waiter.wait_in(source_->receivers_, deadline, held);
            return;
        }
        held.unlock();
        woken.run();
    }

    static std::optional<T> copy_of(const SharedItem& item) {
        if (item == nullptr) return std::nullopt;
        return *static_cast<const T*>(item.get());
    }

    Source* source_;
    Cursor cursor_;
};

}  // namespace greenroom::detail
