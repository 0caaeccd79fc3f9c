// ActorOptions: what spawn_with() may choose for one actor.
#pragma once

#include <cstddef>
#include <greenroom/actors/mailbox.hpp>
#include <greenroom/actors/supervision.hpp>
#include <greenroom/core/stack_class.hpp>
#include <optional>

namespace greenroom {

class Runtime;

struct ActorOptions {
    MailboxOptions mailbox{};
    // How much stack its handlers may use.
    StackClass stack_class = StackClass::standard;
    // Whose workers run it; null: its system's. A runtime with one worker gives it a thread of its
    // own, a CpuGroup's keeps its computations off the others. It lives longer than the actor.
    Runtime* runtime = nullptr;
    // Whether on_start waits for its first message. One that is stopped before has no hook called.
    bool lazy_start = false;
    // Whether it handles other messages while a handler waits: they interleave there, and nowhere
    // else. Else one message is handled after another.
    bool reentrant = false;
    // How many handlers of a reentrant one may have begun and not ended; more messages wait.
    std::size_t handlers_max = 1'000;
    // How many messages it may keep for later (Actor::stash, Process::receive).
    std::size_t kept_max = 10'000;
    // How many of its last messages it notes, for the report of a failure and for
    // System::inspect(): 0 to 1,000, else std::invalid_argument. Unset: SystemOptions::notes.
    std::optional<std::size_t> notes{};
    // By what rules it restarts those that it supervises.
    Supervision supervision{};
    // Whether it ends, as by stop_when_drained(), when the last Ref to it has been dropped; else it
    // lives until it is stopped, or its parent is. A WeakRef does not count, nor who watches it; a
    // connection or listener that delivers to it does, until it is gone.
    bool stop_when_unreferenced = false;
};

// What spawn() chooses. This very object is known to hold nothing unusual.
inline const ActorOptions usual_actor_options{};

}  // namespace greenroom
