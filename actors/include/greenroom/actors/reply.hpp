// Reply: the answer to a message that is given later than its handler returns, by whoever holds it.
//
//     void on(Get, greenroom::Reply<int> reply) { waiting_.push_back(std::move(reply)); }
//     void on(Ready ready) {
//         for (auto& reply : waiting_) reply.set(ready.value);
//     }
//
// It may be kept by the actor, moved to a task or a plain thread, or sent on with another message
// (Ref::forward). Of a message that was told and not asked it is a Reply to nobody.
//
// Threads       Used by one thread at a time, whichever.
// Ordering      What was done before the answer is visible to the asker that gets it.
// Lifetime      Dropped unanswered, the asker, or the future of a request, gets ActorStopped if the
//               actor whose handler took it last has ended or is ending, else HandlerFailed if an
//               exception dropped it (Timeout, if the asker's time was up), else Error(broken). It
//               may outlive the actor. Where the asker has given up, the answer is counted as late
//               and dropped.
// Deadline      The asker's is that of the asks in the handler that takes it, and in no other.
#pragma once

#include <concepts>
#include <exception>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/message_origin.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/result.hpp>
#include <memory>
#include <utility>

namespace greenroom {

namespace detail {

// Who gets the answer by a future. Of the pool.
template <class R>
struct Requester {
    struct Free {
        void operator()(Requester* requester) const noexcept { free_message(*requester); }
    };
    using Owner = std::unique_ptr<Requester, Free>;

    explicit Requester(Promise<R>&& its_promise) noexcept : promise{std::move(its_promise)} {}

    void settle(Result<R>&& result) {
        std::exception_ptr failure;
        try {
            return promise.settle(std::move(result));
        } catch (...) {  // it cannot be moved, or was given already, which the promise says again
            failure = std::current_exception();
        }
        promise.settle(Result<R>{std::move(failure)});
    }

    Promise<R> promise;
    MessageOrigin origin;  // once a handler has taken the reply
};

}  // namespace detail

template <class R>
class [[nodiscard]] Reply {
    static_assert(!detail::is_stream<R>, "include greenroom/actors/stream.hpp");

public:
    Reply() noexcept = default;  // to nobody
    // The promise's future gets the answer. Throws std::bad_alloc.
    explicit Reply(Promise<R> promise)
        : requester_{&detail::make_pooled<detail::Requester<R>>(std::move(promise))} {}
    // For the library: to the asker of `node`, which `asked` handles.
    Reply(detail::Cell& asked, detail::AskAnswer<R>& node) noexcept : node_{&node}, taker_{&asked} {
        asked.hold();
    }
    Reply(Reply&& other) noexcept
        : node_{std::exchange(other.node_, nullptr)},
          taker_{std::exchange(other.taker_, nullptr)},
          requester_{std::move(other.requester_)},
          is_given_{other.is_given_} {}
    Reply& operator=(Reply&& other) noexcept {
        if (this == &other) return *this;
        drop();
        node_ = std::exchange(other.node_, nullptr);
        taker_ = std::exchange(other.taker_, nullptr);
        requester_ = std::move(other.requester_);
        is_given_ = other.is_given_;
        return *this;
    }
    ~Reply() { drop(); }

    // True while somebody waits for the answer. (Of a promise, while it is not given.)
    bool is_awaited() const noexcept {
        return node_ != nullptr ? !node_->asker_has_gone() : requester_ != nullptr && !is_given_;
    }
    // True if it was asked for, but the asker has given up since: then no work is worth while.
    bool asker_has_gone() const noexcept { return node_ != nullptr && node_->asker_has_gone(); }

    // Gives the answer: once, by one of the three. Throws Error(operation_not_permitted), and
    // changes nothing, if it was given already. The asker gets the value, or throws the failure;
    // the actor has not failed by that.
    template <class... Value>
    void set(Value&&... value) {
        settle(Result<R>{std::forward<Value>(value)...});
    }
    template <std::derived_from<std::exception> E>
    void fail(E failure) {
        settle(Result<R>{std::move(failure)});
    }
    void settle(Result<R> result) {
        if (std::exchange(is_given_, true)) {
            throw Error{std::make_error_code(std::errc::operation_not_permitted),
                        "set: the reply was given already"};
        }
        if (node_ != nullptr) {
            end(node_->keep(std::move(result)));
        } else if (requester_ != nullptr) {
            requester_->settle(std::move(result));
            release_taker();
        }
    }

    // For the library: a handler of `taker` takes it, with such a message, and the answer may come
    // from anybody from now on.
    void is_taken_by(detail::Cell& taker, const detail::MessageOrigin& origin) noexcept {
        if (!is_awaited()) return;
        if (node_ != nullptr) {
            node_->wait.end_if_it_lasts();
        } else if (taker_ == nullptr) {
            requester_->origin = origin;
        }
        taker.hold();
        release_taker();
        taker_ = &taker;
    }
    // For the library: where it was asked for, of one that a handler has taken.
    Where asked_at() const noexcept {
        if (node_ != nullptr) return node_->record.why().where;
        return requester_ == nullptr ? Where{} : requester_->origin.where;
    }
    // For the library: it is about to go to `receiver` with a message. False: for who waits that
    // closes a circle, and he was told so.
    [[nodiscard]] bool may_go_to(detail::Cell& receiver, const detail::Descriptor& message,
                                 const Where& where) noexcept {
        if (node_ == nullptr || is_given_) return true;
        std::exception_ptr circle = detail::circle_by_forward(*node_, receiver, message, where);
        if (circle == nullptr) return true;
        give_up(std::move(circle));
        return false;
    }

    // For the library: by when the answer is wanted.
    Deadline until() const noexcept { return node_ != nullptr ? node_->until : Deadline::never(); }
    // For the library: nobody answers, since that time is up.
    void expire() noexcept {
        if (node_ != nullptr && !is_given_) leave(detail::AskEnd::expired);
    }
    // For the library: why there is no answer, if none was given. Runs none of the user's code.
    void give_up(std::exception_ptr why) noexcept {
        if (is_given_) return;
        try {
            settle(Result<R>{std::move(why)});
        } catch (const Error&) {  // of a promise that its maker had settled itself
        }
    }

private:
    void drop() noexcept {
        if (node_ != nullptr) {
            if (!is_given_) leave(detail::why_dropped(*taker_, until()));
        } else if (taker_ != nullptr) {
            if (!is_given_) give_up(detail::why_unanswered(taker_, requester_->origin));
            release_taker();
        }  // else a promise says for itself that it was dropped
    }
    void leave(detail::AskEnd how) noexcept {
        is_given_ = true;
        detail::AskAnswer<R>& node = *std::exchange(node_, nullptr);
        if (!node.finish(how)) node.leave();  // no answer, hence none that is late
        release_taker();
    }
    void end(detail::AskEnd how) noexcept {
        std::exchange(node_, nullptr)->hand_over(*taker_, how);
        release_taker();
    }
    void release_taker() noexcept {
        if (detail::Cell* const taker = std::exchange(taker_, nullptr)) taker->release();
    }

    detail::AskAnswer<R>* node_ = nullptr;  // of an ask that is not answered yet
    detail::Cell* taker_ = nullptr;         // whose handler has taken it last: with a hold
    typename detail::Requester<R>::Owner requester_;  // of a request
    bool is_given_ = false;
};

}  // namespace greenroom
