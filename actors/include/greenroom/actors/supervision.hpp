// Supervision: what becomes of an actor whose child fails, and of the child.
//
//     class Shop : public greenroom::Actor {
//      public:
//       void on_start() override {
//           desk_ = supervise([] { return Desk{}; });
//           scout_ = supervise([this] { return Scout{desk_}; },
//                              {.restart = greenroom::Restart::transient});
//       }
//     };
//     system.spawn_with<Shop>({.supervision = {.strategy = greenroom::Strategy::rest_for_one}});
//
// A supervised child is given as a function that makes it, so that it can be made once more; a
// process or a set of functions as it is spawned (supervise_process, supervise_functional). When
// it fails its parent's Supervision decides, at once and whatever the parent does meanwhile: these
// are rules, no code of the parent's. A restart makes a new object behind the same references, with
// the same mailbox: the message that failed is gone, those behind it wait. The old object's on_stop
// has run, its children have stopped, its timers and what it had requested are forgotten; the new
// one's on_restart runs first. Watchers hear nothing of it; whom it watched and was linked to is
// forgotten.
//
// Source    The words and the table of restarts are those of Erlang/OTP's supervisors.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <greenroom/core/time.hpp>

namespace greenroom {

// Who is restarted with a child that is.
enum class Strategy {
    one_for_one,   // nobody
    all_for_one,   // all supervised children of its parent
    rest_for_one,  // those that were spawned after it
};

// When a child is restarted.
enum class Restart {
    permanent,  // whenever it ends, unless its parent ends or stop_child() ended it
    transient,  // when it fails or is killed
    temporary,  // never
};

// What is done about a failure.
enum class Directive {
    restart,   // as its Restart says
    resume,    // the message is gone, and the child goes on as it is
    stop,      // it ends, as failed
    escalate,  // its parent fails
};

// How long restarts of one child wait.
struct Backoff {
    Duration first{0};                        // before the first restart
    Duration max = std::chrono::seconds{30};  // each waits twice as long as the one before, at most
    double jitter = 0.2;                      // so much of it longer or shorter, by chance
    Duration calm = std::chrono::minutes{1};  // after so long without a failure: `first` again

    friend bool operator==(const Backoff&, const Backoff&) noexcept = default;
};

// The rules of a parent.
struct Supervision {
    Strategy strategy = Strategy::one_for_one;
    // More than so many restarts within that time, and the parent fails. Is it restarted itself, it
    // counts anew.
    std::size_t restarts_max = 3;
    Duration within = std::chrono::seconds{5};
    Backoff backoff{};

    friend bool operator==(const Supervision&, const Supervision&) noexcept = default;
};

}  // namespace greenroom
