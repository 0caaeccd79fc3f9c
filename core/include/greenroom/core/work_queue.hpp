// WorkQueue: a channel that knows how much of what was sent has not been done yet.
//
//     greenroom::WorkQueue<Job> jobs{100};
//     ... workers:   for (Job& job : jobs) { handle(job); jobs.done(); }
//     ... the boss:  jobs.send(job); ...; jobs.join();   // all that was sent is done
//
// It is asyncio's Queue with task_done() and join(). Of the calls of the Channel of the same
// parameters it has those below, and what channel.hpp says of them holds here; select takes
// on_receive of one, not on_send.
//
// Threads       Every member is safe from any fiber and from any plain thread.
// Ordering      What was written before done() is visible after the join() that it ends.
// Cancellation  join and join_before are suspension points, as send and receive are.
#pragma once

#include <cstddef>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/detail/countdown.hpp>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

namespace greenroom {

namespace detail {
struct SelectAccess;
}

template <class T, class Order = OldestFirst>
class WorkQueue {
public:
    using Item = T;
    using Iterator = typename Channel<T, Order>::Iterator;

    explicit WorkQueue(std::size_t capacity) : items_{capacity} {}
    explicit WorkQueue(Unbounded) : items_{unbounded} {}

    // As in Channel. An item counts as unfinished as soon as its send begins.
    void send(T&& item, Where where = Where::here()) {
        (void)send_before(Deadline::never(), std::move(item), where);
    }
    void send(const T& item, Where where = Where::here()) requires std::is_copy_constructible_v<T> {
        send(T(item), where);
    }
    [[nodiscard]] bool send_before(Deadline deadline, T&& item, Where where = Where::here()) {
        Counted counted{unfinished_};
        return counted.sent = items_.send_before(deadline, std::move(item), where);
    }
    [[nodiscard]] bool try_send(T&& item) {
        Counted counted{unfinished_};
        return counted.sent = items_.try_send(std::move(item));
    }
    [[nodiscard]] std::optional<T> receive(Where where = Where::here()) {
        return items_.receive(where);
    }
    [[nodiscard]] std::optional<T> receive_before(Deadline deadline, Where where = Where::here()) {
        return items_.receive_before(deadline, where);
    }
    [[nodiscard]] std::optional<T> try_receive() noexcept { return items_.try_receive(); }
    Iterator begin(Where where = Where::here()) { return items_.begin(where); }
    std::default_sentinel_t end() const noexcept { return {}; }
    std::size_t size() const noexcept { return items_.size(); }
    std::size_t capacity() const noexcept { return items_.capacity(); }
    bool closed() const noexcept { return items_.closed(); }
    bool at_end() const noexcept { return items_.at_end(); }
    void close() { items_.close(); }

    // As in Channel; what is thrown away counts as done, what is in hand does not.
    std::size_t close_and_discard() {
        const std::size_t discarded = items_.close_and_discard();
        (void)unfinished_.try_subtract(discarded);
        return discarded;
    }

    // One item that was received has been dealt with. Throws Error(limit_reached) if that is said
    // more often than there were items.
    void done() { unfinished_.subtract(1, "done of a work queue"); }
    // Items sent and not done.
    std::size_t unfinished() const noexcept { return unfinished_.count(); }

    // Waits until nothing is unfinished. A dump shows `where`.
    void join(Where where = Where::here()) { (void)join_before(Deadline::never(), where); }
    // False: something still was at the deadline.
    [[nodiscard]] bool join_before(Deadline deadline, Where where = Where::here()) {
        return unfinished_.wait_before(deadline, {"work queue", this, where});
    }

private:
    friend struct detail::SelectAccess;

    // Counts an item before anybody can be done with it, and takes that back if it was not sent.
    struct Counted {
        explicit Counted(detail::Countdown& its_count) noexcept : count{its_count} { count.add(1); }
        ~Counted() {
            if (!sent) (void)count.try_subtract(1);
        }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;

        detail::Countdown& count;
        bool sent = false;
    };

    Channel<T, Order> items_;
    detail::Countdown unfinished_{0};
};

}  // namespace greenroom
