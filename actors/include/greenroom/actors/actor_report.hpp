// ActorReport: one live actor, as System::inspect() finds it: for consoles, tests, and the day when
// something stands still.
//
//     greenroom::ActorReport report = system.inspect(account);
//     if (report.state == greenroom::ActorState::waiting) std::cout << report;
//
// Each part was so at some moment of the call; together they may never have been so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/exit.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace greenroom {

enum class ActorState {
    idle,        // it has nothing to do
    scheduled,   // it has, and a worker will run it; or it is between two short handlers
    running,     // it is in a handler or hook, on a worker
    waiting,     // likewise, and that waits
    restarting,  // its object is being made anew, or waits for that
    stopping,    // it was told to end, or failed
    ended,
};

// What came of asking it for its state.
enum class Described {
    not_asked,
    told,         // what Actor::on_inspect() returned
    not_in_time,  // it did not come to it by the deadline: see ActorReport::waits_for
    ended,        // it ended before
};

struct ActorReport {
    std::string name;  // of its class
    ActorId id;
    ActorState state = ActorState::ended;
    // Of a handler that waits: for what, where, for how long, as a dump has it: "ask at
    // bank.cpp:12, for 3200 ms"; of an actor that stops: "its children", if it does. What is behind
    // a worker that does not answer: "worker 2, which is in Miner". Else empty.
    std::string waits_for;
    std::string waits_on;  // of an ask or a wait for room: whom, with what: "Bank 3, with Pay"
    // Of one that notes its messages (ActorOptions::notes), which it handles, and which it was
    // given last, the newest first: "Pay, asked by Shop 3 at shop.cpp:12".
    std::string message;
    std::vector<std::string> last_messages;
    int worker = -1;                // of one that runs or waits: where
    std::size_t queued = 0;         // as AnyRef::queued()
    std::uint64_t times_full = 0;   // how often a bound of its mailbox was met: see overload.hpp
    std::size_t kept = 0;           // messages that it has stashed, or does not receive yet
    std::size_t children = 0;       // that live
    std::size_t watchers = 0;       // how many are told of its end, linked ones included
    std::uint32_t incarnation = 0;  // how often its object was made anew
    std::size_t restarts = 0;       // of its children, that count for Supervision::restarts_max now
    Described described = Described::not_asked;
    std::string description;  // if it was told
};

// "waiting".
const char* to_string(ActorState state) noexcept;
// A line; one more for what it has told of its state, and one for each of its last messages.
std::string to_string(const ActorReport& report);
std::ostream& operator<<(std::ostream& out, const ActorReport& report);

}  // namespace greenroom
