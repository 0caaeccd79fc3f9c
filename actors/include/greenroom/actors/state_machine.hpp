// StateMachine: an actor whose answers depend on a state, which has things to do when it changes.
//
//     enum class Light { red, green };
//
//     class Crossing : public greenroom::StateMachine<Light> {
//      public:
//       Crossing() : StateMachine{Light::red} {}
//       void on_enter(const Light&) override { start_state_timer(this, 30s, Switch{}); }
//       void on(Switch) { become(state() == Light::red ? Light::green : Light::red); }
//       void on(Walk walk) {
//         if (state() == Light::red) return postpone(this, walk);
//         ...
//       }
//     };
//
// A State is any type that can be moved: an enumeration, or a std::variant of types that have the
// data of each state. What a handler does in which state is its own affair: it looks at state().
//
// Threads   The actor's handlers and hooks.
// Ordering  become() calls on_exit of the state that is left, cancels its timer, and calls on_enter
//           of the new one; then what was postponed is handled next, oldest first.
// Limits    Postponed messages are stashed (Actor::stash): ActorOptions::kept_max.
// Failure   An exception of a hook is one of the handler that called become(). The new state holds
//           from the end of on_exit on.
//
// Source    The words are those of Erlang's gen_statem: state timeouts, postponed events.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/reply.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/time.hpp>
#include <utility>

namespace greenroom {

template <class State>
class StateMachine : public Actor {
protected:
    // In that state when it starts.
    explicit StateMachine(State first) : state_(std::move(first)) {}

    State& state() noexcept { return state_; }
    const State& state() const noexcept { return state_; }

    // Also to an equal state: that is left and entered. Not in on_exit (asserted); in on_enter it
    // goes on from the state that was just entered.
    void become(State next) {
        GREENROOM_ASSERT(!leaving_);
        leave();
        state_ = std::move(next);
        on_enter(state_);
        unstash();
    }

    // What is done when a state is entered, the first one included: as the actor starts, and when
    // it is restarted. And when it is left; an end of the actor is no leaving. Both may wait.
    virtual void on_enter(const State& state) { (void)state; }
    virtual void on_exit(const State& state) { (void)state; }

    // Has `message` sent to this actor, of the class of `me`, when it has been in this state for
    // `delay`. One at a time: another replaces it.
    template <class Me, class M>
    void start_state_timer(const Me* me, Duration delay, M message) {
        timer_ = start_timer(me, delay, std::move(message));
    }
    void cancel_state_timer() noexcept { timer_.cancel(); }

    // Has a message handled again in the next state.
    template <class Me, class M>
    void postpone(const Me* me, M message) {
        stash(me, std::move(message));
    }
    template <class Me, class M, class R>
    void postpone(const Me* me, M message, Reply<R> reply) {
        stash(me, std::move(message), std::move(reply));
    }

    // Who overrides it calls it: it enters the first state.
    void on_start() override { on_enter(state_); }

private:
    void leave() {
        const struct Leaving {
            bool& now;
            explicit Leaving(bool& flag) : now{flag} { now = true; }
            ~Leaving() { now = false; }
        } leaving{leaving_};
        on_exit(state_);
        timer_.cancel();
    }

    State state_;
    ActorTimer timer_;
    bool leaving_ = false;
};

}  // namespace greenroom
