// StreamReply: the sender's end of a Stream (stream.hpp), which a handler takes where another takes
// a Reply.
//
//     void on(Subscribe, greenroom::StreamReply<Price> prices) {
//         readers_.push_back(std::move(prices));
//     }
//     void on(const Price& price) {
//         std::erase_if(readers_, [&](auto& reader) {
//             return reader.try_send(price) != greenroom::Sent::sent;
//         });
//     }
//
// It may be kept by the actor, moved to a task or a plain thread, or sent on with another message
// (Ref::forward). Of a message that was told and not asked it is one to nobody: then nobody reads.
//
// Threads, Ordering   As of Stream.
// Lifetime      Dropped before its end was given, the reader gets, behind what was sent:
//               ActorStopped if the actor has ended or is ending, else HandlerFailed if an
//               exception dropped it, else Error(broken), as of a Reply. It may outlive the actor.
// Cancellation  send is a suspension point: in a cancelled fiber it throws Cancelled, ready or not,
//               and then nothing was sent. A handler that waits in it is ended by a kill at once,
//               by a stop at the end of the grace.
// Limits        StreamOptions::credit. Sends that had to wait are counted in
//               SystemStats::stream_waits, streams whose reader went first in abandoned_streams.
#pragma once

#include <concepts>
#include <exception>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/stream_state.hpp>
#include <greenroom/actors/mailbox.hpp>
#include <greenroom/actors/reply.hpp>
#include <greenroom/actors/stream.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/result.hpp>
#include <greenroom/core/where.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class T>
using StreamReply = Reply<Stream<T>>;

template <class T>
class [[nodiscard]] Reply<Stream<T>> {
    using State = detail::StreamState<T>;

public:
    Reply() noexcept = default;  // to nobody
    // For the library: of a message that is not handled yet.
    explicit Reply(std::shared_ptr<State> state) noexcept : state_{std::move(state)} {}
    // For the library: to the asker of `node`, which `asked` handles, and which has its answer by
    // this: the other end.
    Reply(detail::Cell& asked, detail::AskAnswer<Stream<T>>& node) noexcept;
    Reply(Reply&&) noexcept = default;
    Reply& operator=(Reply&& other) noexcept {
        if (this == &other) return *this;
        drop();
        state_ = std::move(other.state_);
        producer_ = std::move(other.producer_);
        is_given_ = other.is_given_;
        return *this;
    }
    ~Reply() { drop(); }

    // Sends one item, waiting while `credit` of them are not received yet. False: nobody reads any
    // more, so that no work is worth while. On false and when it throws, `item` is still the
    // caller's. Throws Error(operation_not_permitted) if the end was given already, and
    // StacksExhausted. A dump shows `where`.
    [[nodiscard]] bool send(T&& item, Where where = Where::here());
    [[nodiscard]] bool send(const T& item,
                            Where where = Where::here()) requires std::is_copy_constructible_v<T> {
        return send(T(item), where);
    }
    // Sends one item if there is credit. Never waits. stopped: nobody reads any more.
    Sent try_send(T&& item) { return offer(item); }
    Sent try_send(const T& item) requires std::is_copy_constructible_v<T> {
        return try_send(T(item));
    }

    // True while somebody reads, and the end was not given.
    bool is_awaited() const noexcept { return state_ != nullptr && !state_->items.closed(); }
    // True if somebody read it, but has gone since.
    bool asker_has_gone() const noexcept { return state_ != nullptr && state_->items.closed(); }

    // Gives the end: once, by one of the four. Throws Error(operation_not_permitted), and changes
    // nothing, if it was given already. The reader gets what was sent before; then it finds the
    // end, or throws the failure (the actor has not failed by that), or reads on in `rest`.
    void close() { end(nullptr); }
    template <std::derived_from<std::exception> E>
    void fail(E failure) {
        end(std::make_exception_ptr(std::move(failure)));
    }
    void set(Stream<T> rest) { end(nullptr, std::move(rest)); }
    void settle(Result<Stream<T>> result) {
        result.ok() ? end(nullptr, std::move(result).value()) : end(result.failure());
    }

    // For the library, as of any Reply. Who waits for a stream closes no circle that is found.
    void is_taken_by(detail::Cell& producer, const detail::MessageOrigin&) noexcept {
        producer_ = detail::CellHold{&producer};
    }
    // For the library: as of Reply; a stream is wanted by no certain time.
    static Deadline until() noexcept { return Deadline::never(); }
    Where asked_at() const noexcept { return state_ == nullptr ? Where{} : state_->origin.where; }
    static void expire() noexcept {}
    [[nodiscard]] bool may_go_to(detail::Cell&, const detail::Descriptor&, const Where&) noexcept {
        return true;
    }
    void give_up(std::exception_ptr why) noexcept {
        if (!is_given_) end(std::move(why));
    }

private:
    // It moves the item if it says `sent`.
    Sent offer(T& item);
    // Of a send that says whether there was room.
    template <class Sends>
    static Sent outcome_of(const Sends& sends) {
        try {
            return sends() ? Sent::sent : Sent::full;
        } catch (const Error& error) {
            if (error.code() != Errc::closed) throw;
            return Sent::stopped;
        }
    }
    void require_open() const {
        if (!is_given_) return;
        throw Error{std::make_error_code(std::errc::operation_not_permitted),
                    "the stream was given its end already"};
    }
    void end(std::exception_ptr why, Stream<T> rest = {}) {
        require_open();
        is_given_ = true;
        const auto state = std::exchange(state_, nullptr);
        const detail::CellHold producer = std::move(producer_);
        if (state == nullptr || state->end(std::move(why), std::move(rest))) return;
        detail::count_abandoned_stream(producer.cell());
    }
    void drop() noexcept {
        if (state_ == nullptr) return;
        end(is_awaited() ? detail::why_unanswered(producer_.cell(), state_->origin) : nullptr);
    }

    std::shared_ptr<State> state_;  // null: to nobody, or ended
    detail::CellHold producer_;     // who handles the message, once it is handled
    bool is_given_ = false;         // its end
};

template <class T>
Reply<Stream<T>>::Reply(detail::Cell& asked, detail::AskAnswer<Stream<T>>& node) noexcept
    : producer_{&asked} {
    detail::AskEnd how{};
    try {
        auto [reply, stream] =
            Stream<T>::make({}, {node.descriptor->name, node.record.why().where});
        state_ = std::move(reply.state_);
        how = node.keep(std::move(stream));
    } catch (...) {  // want of memory
        node.error = std::current_exception();
        how = detail::AskEnd::refused;
    }
    node.hand_over(asked, how);
}

template <class T>
bool Reply<Stream<T>>::send(T&& item, Where where) {
    detail::suspension_point();
    const Sent sent = offer(item);
    if (sent != Sent::full) return sent == Sent::sent;
    detail::count_stream_wait(producer_.cell());
    const auto waits = [&] {
        return state_->items.send_before(Deadline::never(), std::move(item), where);
    };
    return outcome_of(waits) == Sent::sent;
}

template <class T>
Sent Reply<Stream<T>>::offer(T& item) {
    require_open();
    if (state_ == nullptr) return Sent::stopped;
    return outcome_of([&] { return state_->items.try_send(std::move(item)); });
}

}  // namespace greenroom
