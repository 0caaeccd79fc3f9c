// Stream: an answer of many items, which who asked for it receives one by one. StreamOptions: how
// far ahead of the reader its sender may be.
//
//     class Table : public greenroom::Actor {
//      public:
//       void on(const Query& query, greenroom::StreamReply<Row> rows) {
//           for (const Row& row : rows_) {
//               if (query.matches(row) && !rows.send(row)) return;  // nobody reads them any more
//           }
//           rows.close();
//       }
//       ...
//     greenroom::Stream<Row> rows = table.request(Query{"blue"}, {.credit = 100});
//     for (Row& row : rows) use(row);
//
// `request` returns it at once, `ask` when the handler has begun. The other end: stream_reply.hpp.
// What is sent and not received yet is at most the credit; each receive gives some back, so a slow
// reader slows the sender down, and memory is bounded.
//
// Threads       The ends are for different fibers or plain threads, of whatever runtimes; each is
//               used by one of them at a time.
// Ordering      Items are received in the order sent. What was done before a send is visible to who
//               receives the item.
// Lifetime      Dropped before its end it tells the sender, as cancel() does: of what is sent no
//               more is kept, and the next send says so. A request that is not handled by then is
//               dropped. It may outlive the actor and the System.
// Cancellation  receive and receive_before are suspension points, as those of a Channel.
// Errors        Behind the items that were sent before, receive throws why there are no more, again
//               at each call: ActorStopped if the actor has ended, HandlerFailed if an exception
//               dropped the StreamReply, Error(broken) if it was dropped otherwise, MailboxFull by
//               the mailbox's policy, or what StreamReply::fail was given.
// Circles       A reader waits for an actor and a full stream's sender for its reader: of such
//               waits no circle is found (AskCycle). So an actor that waits for a stream neither
//               asks who sends it nor reads one of its own; where it may come to that, receive with
//               a deadline.
#pragma once

#include <cstddef>
#include <exception>
#include <greenroom/actors/detail/stream_state.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/receive_iterator.hpp>
#include <greenroom/core/where.hpp>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace greenroom {

template <class R>
class Reply;

struct StreamOptions {
    static constexpr std::size_t credit_max = 1'000'000;

    // How many items may be sent and not received yet, 1 to credit_max; the next send waits. The
    // memory of so many is taken at once.
    std::size_t credit = 64;
};

namespace detail {

// Throws std::invalid_argument.
void require_valid(const StreamOptions& options);

}  // namespace detail

template <class T>
class [[nodiscard]] Stream {
public:
    using Item = T;
    using Options = StreamOptions;
    using Iterator = detail::ReceiveIterator<Stream>;

    Stream() noexcept = default;  // at its end
    Stream(Stream&&) noexcept = default;
    Stream& operator=(Stream&& other) noexcept {
        if (this == &other) return *this;
        cancel();
        state_ = std::move(other.state_);
        return *this;
    }
    ~Stream() { cancel(); }

    // The next item, waiting until there is one. Empty at the end: it was closed, or cancelled
    // here. A dump shows `where`.
    [[nodiscard]] std::optional<T> receive(Where where = Where::here()) {
        return receive_before(Deadline::never(), where);
    }
    // Like receive, but gives up at `deadline`, and then is empty as well; one in the past still
    // takes what is there.
    [[nodiscard]] std::optional<T> receive_before(Deadline deadline, Where where = Where::here());

    // True if receive would wait for nothing and find no item: it is empty then, or throws.
    bool at_end() const noexcept {
        return state_ == nullptr || (state_->items.at_end() && state_->rest.at_end());
    }

    // Throws away what was not received, and has the sender told that nobody reads any more. Never
    // waits. From now on this is at its end.
    void cancel() noexcept {
        if (const auto state = std::exchange(state_, nullptr)) state->items.close_and_discard();
    }

    // What a range-for receives, one by one, until the end. The loop's variable is the item itself.
    Iterator begin(Where where = Where::here()) { return Iterator{*this, where}; }
    std::default_sentinel_t end() const noexcept { return {}; }

    // For the library: both ends of the answer to such a message. Throws std::invalid_argument and
    // std::bad_alloc.
    struct Ends {
        Reply<Stream> reply;
        Stream stream;
    };
    static Ends make(const StreamOptions& options, const detail::MessageOrigin& origin) {
        detail::require_valid(options);
        auto state = std::make_shared<detail::StreamState<T>>(options.credit, origin);
        return {Reply<Stream>{state}, Stream{state}};
    }

private:
    explicit Stream(std::shared_ptr<detail::StreamState<T>> state) noexcept
        : state_{std::move(state)} {}

    std::shared_ptr<detail::StreamState<T>> state_;  // null: at its end
};

template <class T>
std::optional<T> Stream<T>::receive_before(Deadline deadline, Where where) {
    while (state_ != nullptr) {
        std::optional<T> item = state_->items.receive_before(deadline, where);
        if (item.has_value() || !state_->items.at_end()) return item;
        if (state_->failure != nullptr) std::rethrow_exception(state_->failure);
        Stream rest = std::move(state_->rest);
        state_ = std::move(rest.state_);
    }
    return std::nullopt;
}

}  // namespace greenroom

#include <greenroom/actors/stream_reply.hpp>  // IWYU pragma: export
