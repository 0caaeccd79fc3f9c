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
// Lifetime      Dropped unanswered, the asker gets ActorStopped if the actor has ended or is
//               ending, else HandlerFailed if an exception dropped it (Timeout, if the asker's
//               time was up), else Error(broken), as a promise's future always does. It may outlive
//               the actor. Where the asker has given up, the answer is counted as late and dropped.
// Deadline      The asker's is that of the asks in the handler that takes it, and in no other.
#pragma once

#include <concepts>
#include <exception>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/result.hpp>
#include <memory>
#include <utility>

namespace greenroom {

template <class R>
class [[nodiscard]] Reply {
    static_assert(!detail::is_stream<R>, "include greenroom/actors/stream.hpp");

public:
    Reply() noexcept = default;  // to nobody
    // The promise's future gets the answer. Throws std::bad_alloc.
    explicit Reply(Promise<R> promise) : promise_{new Promise<R>{std::move(promise)}} {}
    // For the library: to the asker of `node`, which `asked` handles.
    Reply(detail::Cell& asked, detail::AskAnswer<R>& node) noexcept : node_{&node}, asked_{&asked} {
        asked.hold();
    }
    Reply(Reply&& other) noexcept
        : node_{std::exchange(other.node_, nullptr)},
          asked_{other.asked_},
          promise_{std::move(other.promise_)},
          is_given_{other.is_given_} {}
    Reply& operator=(Reply&& other) noexcept {
        if (this == &other) return *this;
        drop();
        node_ = std::exchange(other.node_, nullptr);
        asked_ = other.asked_;
        promise_ = std::move(other.promise_);
        is_given_ = other.is_given_;
        return *this;
    }
    ~Reply() { drop(); }

    // True while somebody waits for the answer. (Of a promise, while it is not given.)
    bool is_awaited() const noexcept {
        return node_ != nullptr ? !node_->asker_has_gone() : promise_ != nullptr && !is_given_;
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
        } else if (promise_ != nullptr) {
            promise_->settle(std::move(result));
        }
    }

    // For the library: a handler takes it, and the answer may come from anybody from now on.
    void is_taken_by(detail::Cell&) noexcept {
        if (node_ != nullptr) node_->wait.end_if_it_lasts();
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
        if (!is_given_) settle(Result<R>{std::move(why)});
    }

private:
    void drop() noexcept {
        if (node_ == nullptr || is_given_) return;  // a promise says for itself that it was dropped
        leave(detail::why_dropped(*asked_, until()));
    }
    void leave(detail::AskEnd how) noexcept {
        is_given_ = true;
        detail::AskAnswer<R>& node = *std::exchange(node_, nullptr);
        if (!node.finish(how)) node.leave();  // no answer, hence none that is late
        asked_->release();
    }
    void end(detail::AskEnd how) noexcept {
        std::exchange(node_, nullptr)->hand_over(*asked_, how);
        asked_->release();
    }

    detail::AskAnswer<R>* node_ = nullptr;  // of an ask that is not answered yet
    detail::Cell* asked_ = nullptr;         // then: with a reference
    std::unique_ptr<Promise<R>> promise_;
    bool is_given_ = false;
};

}  // namespace greenroom
