// Structured: how the tasks of gather, race, map and TaskGroup run, and what they share.
//
// Whoever starts them does not go on before they have ended. They run on its own worker, in an
// actor's handler as the actor itself, and interleave only where they suspend: between two waits
// one has everything to itself. So they may refer to the caller's locals (`[&]`) and change the
// actor's members without a lock. They inherit the caller's deadline (timeout.hpp), and are
// cancelled with it.
//
// When they start  In the order given, on the caller's worker, when the caller suspends: at the
//                  latest when it waits for them.
// In plain threads they throw Error(wrong_thread): use run(runtime, ...) around them.
#pragma once

namespace greenroom {

// Given first: gather(parallel, ...), TaskGroup group{parallel | keep_going}.
struct GroupOptions {
    enum class OnFailure : unsigned char { as_usual, cancel_rest, keep_going };

    bool parallel = false;
    OnFailure on_failure = OnFailure::as_usual;

    friend constexpr GroupOptions operator|(GroupOptions left, GroupOptions right) noexcept {
        const bool plain = right.on_failure == OnFailure::as_usual;
        return {left.parallel || right.parallel, plain ? left.on_failure : right.on_failure};
    }
};

// Spreads the tasks over all workers of the runtime, each as a task of its own. What they refer to
// they then share for real, with locks or without writing; an actor's members they must not touch,
// since they do not run as the actor. No compiler can see that: it is the caller's promise.
inline constexpr GroupOptions parallel{.parallel = true};

// The first failure cancels the rest: what TaskGroup and map do anyway.
inline constexpr GroupOptions fail_fast{.on_failure = GroupOptions::OnFailure::cancel_rest};

// A failure cancels nothing: what gather does anyway.
inline constexpr GroupOptions keep_going{.on_failure = GroupOptions::OnFailure::keep_going};

}  // namespace greenroom
