// Tracing: each message of one actor, told when it has been handled.
//
//     system.trace(account);                // to the log, at level info
//     ...
//     system.untrace(account);
//
// Threads   The function is called in the actor's turn, on its worker, for one message after
//           another. It must not wait. What it throws is logged, and is no failure of the actor.
// Ordering  It begins with the first or second message that the actor takes after trace() has
//           returned, and ends likewise; with the first if the actor was idle.
// Lifetime  It ends with the actor, not with one incarnation of it.
// Cost      None to who is not traced. Of one who is, two readings of the clock for each message,
//           and what the function does.
// Limits    TraceOptions::per_second_max: the others are counted.
#pragma once

#include <cstdint>
#include <functional>
#include <greenroom/actors/exit.hpp>
#include <greenroom/actors/message_note.hpp>
#include <greenroom/core/time.hpp>
#include <string>

namespace greenroom {

struct TraceOptions {
    // How many messages are told within a second, by the actor's clock; others are counted only.
    std::uint64_t per_second_max = 1'000;
};

struct TracedMessage {
    enum class End { handled, failed, cancelled };

    std::string actor;  // its class
    ActorId id;
    MessageNote note;
    Duration took{};  // in its handler, waits included
    End end = End::handled;
    std::string failure{};       // of one that failed: the exception's text
    std::uint64_t left_out = 0;  // messages since the one that was told before
};
using TraceFunction = std::function<void(const TracedMessage&)>;

// "Account 12: Pay, asked by Shop 3 at shop.cpp:12: handled in 15 us"
std::string to_string(const TracedMessage& traced);

// What a trace has done.
struct TraceCounts {
    std::uint64_t told = 0;
    std::uint64_t left_out = 0;  // by per_second_max
};

}  // namespace greenroom
