// How an actor ends, and the message that tells of it.
#pragma once

#include <cstdint>
#include <string>

namespace greenroom {

// Names one actor of one system, for reports and comparisons. Never used again in that system.
struct ActorId {
    std::uint64_t number = 0;
    friend bool operator==(const ActorId&, const ActorId&) noexcept = default;
};

enum class ExitKind {
    stopped,         // stop(), from inside or outside, or by its parent
    killed,          // kill()
    failed,          // an exception left a handler or a hook
    restarted,       // it is made anew, for another's failure or because it may not end
    system_stopped,  // its system went down
};

struct ExitReason {
    ExitKind kind = ExitKind::stopped;
    std::string what;  // of `failed`: the exception's text and the message that was handled

    bool is_failure() const noexcept { return kind == ExitKind::failed; }
    // Whether those fail that are linked to the actor.
    bool spreads() const noexcept { return kind == ExitKind::failed || kind == ExitKind::killed; }
};

// "stopped", "failed: no such file, in handling of Load".
std::string to_string(const ExitReason& reason);

// Sent to whoever watches an actor, after all that the actor had sent to it.
struct Down {
    ActorId actor;
    std::string name;  // the actor's, as shown in dumps
    ExitReason reason;
};

// Sent likewise to whoever is linked to the actor and handles this: so it does not fail with it.
struct LinkDown {
    ActorId actor;
    std::string name;
    ExitReason reason;
};

// Names one watch of one actor.
struct WatchId {
    std::uint64_t number = 0;
    friend bool operator==(const WatchId&, const WatchId&) noexcept = default;
};

}  // namespace greenroom
