// select: waits for several things at once, and does exactly one of them.
//
//     greenroom::select(
//         on_receive(jobs, [&](Job job) { work(job); }),
//         on_send(results, result, [&] { sent = true; }),
//         on_event(stop, [&] { stopping = true; }),
//         on_future(answer, [&] { use(answer.get()); }),
//         after(1s, [&] { report_progress(); }));
//
// Of the cases that are ready one is taken, each with the same probability; if none is, the caller
// waits until one is. Then the function of that case runs, in the caller and without any lock: it
// may wait, and throw. What the other cases named is as if they had not been there: nothing is
// received, sent or taken, an item to be sent is still the caller's.
// With after() or at() it waits no longer than that; with otherwise() it does not wait at all.
// One channel may be in several cases; what a select sends it never receives itself.
//
// Threads       From any fiber and from any plain thread.
// Lifetime      Cases are made in the call of select: they refer to their arguments.
// Cancellation  A suspension point. If a case and a cancellation meet, one wins: a case that was
//               chosen runs, and the cancellation is heard of at the next suspension point.
// Errors        A call that may have to wait throws StacksExhausted if its worker has no stack
//               left to go on with, also where a case is ready; then nothing was taken.
// Limits        Any number of cases. All their objects are locked at once for a look at each
//               (`./dev bench select` has two).
#pragma once

#include <cstddef>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/select_case.hpp>
#include <greenroom/core/detail/subscription.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/work_queue.hpp>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace greenroom {

namespace detail {

struct DoNothing {
    void operator()() const noexcept {}
};

// What select needs of objects that hand nothing over; they name it as a friend.
struct SelectAccess {
    static WaitQueue& line(Event& event) noexcept { return event.waiters_; }
    static bool take_locked(Event& event) noexcept { return event.take_set(); }

    template <class T>
    static TaskState& state(const Task<T>& task) noexcept {
        GREENROOM_ASSERT(task.valid());
        return *task.state_;
    }
    static WaitQueue& line(TaskState& task) noexcept {
        task.forbid_second_user();
        return task.joiners_;
    }
    static bool take_locked(TaskState& task) noexcept { return task.done(); }

    template <class T>
    static FutureStateBase& state(const FutureBase<T>& future) noexcept {
        return future.state();
    }
    static WaitQueue& line(FutureStateBase& future) noexcept { return future.waiters_; }
    static bool take_locked(FutureStateBase& future) noexcept { return future.is_settled(); }

    template <class T, class Order>
    static Channel<T, Order>& items(WorkQueue<T, Order>& queue) noexcept {
        return queue.items_;
    }
};

template <class Object, class Then>
bool ReadyCase<Object, Then>::try_locked(Resumption&) noexcept {
    return SelectAccess::take_locked(object_);
}

// What is empty is the end.
template <class Then, class T>
void call_with(Then& then, std::optional<T>&& item) {
    if constexpr (std::is_invocable_v<Then&, std::optional<T>>) {
        then(std::move(item));
    } else {
        if (!item.has_value()) throw_select_at_end();
        then(std::move(*item));
    }
}

template <class Receives, class Then>
class ReceiveCase final : public SelectCase {
    using T = typename Receives::Item;

public:
    ReceiveCase(Receives& channel, Then then, Where where)
        : SelectCase{channel.receivers_, channel.receivers_, where},
          channel_{channel},
          then_{std::move(then)} {}

    void lock() noexcept override { channel_.lock().lock(); }
    void unlock() noexcept override { channel_.lock().unlock(); }
    void run() override { call_with(then_, std::move(item_)); }

private:
    bool try_locked(Resumption& woken) noexcept override {
        HandOver* served = nullptr;
        const auto step = channel_.take_locked(item_, spare_, served);
        if (served != nullptr) woken.add(*served);
        return step != HandOver::Step::must_wait;
    }
    WaitEntry& make_entry(WaitRecord& record) noexcept override {
        return waiter_.emplace(record, &item_);
    }

    Receives& channel_;
    Then then_;
    std::optional<T> item_;
    typename Receives::Spare spare_;
    std::optional<HandOver> waiter_;
};

template <class Sends, class Then>
class SendCase final : public SelectCase {
    using T = typename Sends::Item;

public:
    SendCase(Sends& channel, T&& item, Then then, Where where)
        : SelectCase{channel.receivers_, channel.senders_, where},
          channel_{channel},
          item_{std::addressof(item)},
          then_{std::move(then)} {
        channel_.store_.prepare(spare_);
    }
    SendCase(Sends& channel, const T& item, Then then, Where where)
        : SelectCase{channel.receivers_, channel.senders_, where},
          channel_{channel},
          copy_{item},
          item_{std::addressof(*copy_)},
          then_{std::move(then)} {
        channel_.store_.prepare(spare_);
    }

    void lock() noexcept override { channel_.lock().lock(); }
    void unlock() noexcept override { channel_.lock().unlock(); }
    void run() override {
        if (waiter_.has_value() ? !waiter_->served : closed_) ChannelBase::throw_closed();
        then_();
    }

private:
    bool try_locked(Resumption& woken) noexcept override {
        HandOver* served = nullptr;
        const auto step = channel_.offer_locked(*item_, spare_, served);
        if (served != nullptr) woken.add(*served);
        closed_ = step == HandOver::Step::closed;
        return step != HandOver::Step::must_wait;
    }
    WaitEntry& make_entry(WaitRecord& record) noexcept override {
        return waiter_.emplace(record, item_);
    }

    Sends& channel_;
    std::optional<T> copy_;  // of an item that the caller keeps
    T* const item_;
    Then then_;
    typename Sends::Spare spare_;
    bool closed_ = false;
    std::optional<HandOver> waiter_;
};

template <class Receives, class Then>
class SubscriptionCase final : public SelectCase {
public:
    SubscriptionCase(Receives& from, Then then, Where where)
        : SelectCase{from.source_->receivers_, from.source_->receivers_, where},
          from_{from},
          then_{std::move(then)} {}

    void run() override { call_with(then_, Receives::copy_of(item_)); }

private:
    bool try_locked(Resumption& woken) noexcept override {
        const auto step = from_.source_->take_locked(from_.cursor_, item_, woken);
        return step != HandOver::Step::must_wait;
    }
    WaitEntry& make_entry(WaitRecord& record) noexcept override {
        return waiter_.emplace(record, item_, &from_.cursor_);
    }

    Receives& from_;
    Then then_;
    SharedItem item_;
    std::optional<SharedHandOver> waiter_;
};

}  // namespace detail

// An item is there, or the channel has come to its end. `then` is called with the item: as a
// std::optional<T>, empty at the end, if it takes that; else as a T, and at the end select throws
// Error(closed).
template <class T, class Order, class Then>
auto on_receive(Channel<T, Order>& channel, Then then, Where where = Where::here()) {
    return detail::ReceiveCase<Channel<T, Order>, Then>{channel, std::move(then), where};
}

// The same of a WorkQueue.
template <class T, class Order, class Then>
auto on_receive(WorkQueue<T, Order>& queue, Then then, Where where = Where::here()) {
    return on_receive(detail::SelectAccess::items(queue), std::move(then), where);
}

// The same of a Broadcast's or a Latest's receiver.
template <class T, class Source, class Then>
auto on_receive(detail::Subscription<T, Source>& receiver, Then then, Where where = Where::here()) {
    return detail::SubscriptionCase<detail::Subscription<T, Source>, Then>{receiver,
                                                                           std::move(then), where};
}

// There is room for `item`, or a receiver; it is moved from only if this case is chosen. Throws out
// of select Error(closed) if the channel is closed. The second form copies the item beforehand.
template <class T, class Order, class Then = detail::DoNothing>
auto on_send(Channel<T, Order>& channel, std::type_identity_t<T>&& item, Then then = {},
             Where where = Where::here()) {
    return detail::SendCase<Channel<T, Order>, Then>{channel, std::move(item), std::move(then),
                                                     where};
}
template <class T, class Order, class Then = detail::DoNothing>
auto on_send(Channel<T, Order>& channel, const std::type_identity_t<T>& item, Then then = {},
             Where where = Where::here()) {
    return detail::SendCase<Channel<T, Order>, Then>{channel, item, std::move(then), where};
}

// The event is set; an automatic one is taken if this case is chosen.
template <class Then = detail::DoNothing>
auto on_event(Event& event, Then then = {}, Where where = Where::here()) {
    return detail::ReadyCase<Event, Then>{event, detail::SelectAccess::line(event), std::move(then),
                                          where};
}

// The task has ended: then get() does not wait. Unlike join(), a cancellation of the caller leaves
// the task alone.
template <class T, class Then = detail::DoNothing>
auto on_join(const Task<T>& task, Then then = {}, Where where = Where::here()) {
    detail::TaskState& state = detail::SelectAccess::state(task);
    return detail::ReadyCase<detail::TaskState, Then>{state, detail::SelectAccess::line(state),
                                                      std::move(then), where};
}

// The result of a Future or a SharedFuture is there: then get() does not wait.
template <class T, class Then = detail::DoNothing>
auto on_future(const FutureBase<T>& future, Then then = {}, Where where = Where::here()) {
    detail::FutureStateBase& state = detail::SelectAccess::state(future);
    return detail::ReadyCase<detail::FutureStateBase, Then>{
        state, detail::SelectAccess::line(state), std::move(then), where};
}

// No other case was ready by then. Of several the earliest counts.
template <class Then = detail::DoNothing>
auto at(Deadline deadline, Then then = {}, Where where = Where::here()) {
    return detail::DeadlineCase<Then>{deadline, std::move(then), where};
}
template <class Then = detail::DoNothing>
auto after(Duration from_now, Then then = {}, Where where = Where::here()) {
    return detail::DeadlineCase<Then>{Deadline::after(from_now), std::move(then), where};
}

// No other case is ready now.
template <class Then = detail::DoNothing>
auto otherwise(Then then = {}, Where where = Where::here()) {
    return detail::DeadlineCase<Then>{Deadline{TimePoint::min()}, std::move(then), where};
}

// The case, if `condition` holds; else select does as if it were not there. At least one case of a
// select must be there (asserted).
template <class Case>
    requires std::is_base_of_v<detail::SelectCase, Case> Case &&
        when(bool condition, Case&& given) {
        given.enable(condition);
        return std::move(given);
    }

// Waits for one of the cases and does it. Returns its place among the arguments, from 0.
template <class... Cases>
    requires(std::is_base_of_v<detail::SelectCase, Cases>&&...)
std::size_t select(Cases&&... cases) {
    static_assert(sizeof...(Cases) > 0, "select needs a case");
    detail::SelectCase* by_place[] = {&cases...};
    detail::SelectCase* by_chance[] = {&cases...};
    const std::size_t chosen = detail::select_one(by_chance);
    by_place[chosen]->run();
    return chosen;
}

}  // namespace greenroom
