// ActorTimer: a message that an actor has sent to itself when it is time.
//
//     class Session : public greenroom::Actor {
//      public:
//       void on_start() override {
//           ping_ = start_periodic_timer(this, 30s, Ping{});
//           idle_ = start_idle_timer(this, 5min, Timeout{});
//       }
//       void on(Ping);
//       void on(Timeout) { stop(); }
//      private:
//       greenroom::ActorTimer ping_, idle_;
//     };
//
// An actor's timer is one of its messages: it is handled in its turn, behind what came before it,
// and passes the bound of the mailbox. One is in the mailbox at most, however late the actor is. A
// message to another actor is delayed by TypedRef::tell_later.
//
// Threads   An ActorTimer is its actor's own, and used in its handlers and hooks.
// Lifetime  An ActorTimer that is dropped is cancelled; as a member it goes with its actor, and
//           never keeps that alive. Once it is cancelled its message does not come any more, not
//           even if it was in the mailbox already.
// Limits    Memory; a timer that is cancelled while it waits is freed at once. Never early; late by
//           the tick of 1 ms, or 2 ms (core's timers.hpp), and an idle one by 2 ms more.
#pragma once

#include <greenroom/actors/detail/timer_message.hpp>
#include <utility>

namespace greenroom {

class [[nodiscard]] ActorTimer {
public:
    ActorTimer() noexcept = default;
    ActorTimer(ActorTimer&& other) noexcept : timer_{std::exchange(other.timer_, nullptr)} {}
    ActorTimer& operator=(ActorTimer&& other) noexcept {
        std::swap(timer_, other.timer_);
        other.cancel();
        return *this;
    }
    ~ActorTimer() { cancel(); }

    void cancel() noexcept {
        if (timer_ != nullptr) std::exchange(timer_, nullptr)->cancel_for_good();
    }
    // False for one that is cancelled, was never started, or has come for the last time.
    bool is_pending() const noexcept { return timer_ != nullptr && timer_->is_pending(); }

    // For the library.
    explicit ActorTimer(detail::TimerMessage& timer) noexcept : timer_{&timer} {}

private:
    detail::TimerMessage* timer_ = nullptr;
};

}  // namespace greenroom
