// Overload: what is told of an actor whose mailbox is longer than it should be, or full.
//
// A mailbox without a bound takes all that comes. When an actor finds MailboxOptions::overload_at
// messages or more in it, the log says so, the system counts it, and SystemOptions::on_overload is
// called: which actor, how many, of which types, from whom.
//
// The types are those of the oldest messages, `Overload::sample_max` at most. A message does not
// know its sender, so senders are asked now and then while the mailbox grows: few, and by chance.
//
// A mailbox with a bound is told of when that was met: somebody had to wait for room, was refused,
// or a message was dropped. The first time is told when the actor has come to the end of the
// message that it is in; what follows within a second is told with what comes after that. The
// counters of SystemStats and ActorReport::times_full have it at once. The limit of urgent messages
// (MailboxOptions::urgent_max), which every mailbox has, is such a bound, and told of apart.
//
// Limits   Of one actor it is told once in a second at most; of urgent messages likewise, apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/mailbox.hpp>
#include <string>
#include <vector>

namespace greenroom {

// A type of messages, or the class of an actor or name of a task that sends them.
struct OverloadShare {
    std::string name;
    std::size_t count = 0;  // of those that were looked at
};

struct Overload {
    static constexpr std::size_t sample_max = 1'000;
    static constexpr std::size_t line_max = 64;

    std::string actor;                    // its class
    std::uint64_t id = 0;                 // AnyRef::id of it
    std::size_t queued = 0;               // that it found, and others may have come
    std::size_t sampled = 0;              // of these: whose types were looked at
    std::vector<OverloadShare> messages;  // the most frequent first, three at most
    std::vector<OverloadShare> senders;   // likewise; empty if none was asked yet

    // Of a bound that was met. The messages are then those in it and in line for it: of those
    // that the turn has not taken yet, `line_max` are looked at. The senders have met the bound.
    std::size_t bound = 0;   // 0: none was, and what follows says nothing
    bool is_urgent = false;  // that of urgent messages: what is queued is these alone
    WhenFull when_full = WhenFull::suspend_sender;
    std::uint64_t waited = 0;   // since it was told last: sends that had to wait for room,
    std::uint64_t refused = 0;  // that threw MailboxFull, and those that try_tell did not make,
    std::uint64_t dropped = 0;  // and messages that were dropped
    std::size_t in_line = 0;    // who waits for room now; `line_max` of them are counted
};

// "Account 12 has found 20000 messages in its mailbox; of the oldest 1000 are 990 Deposit, ...", or
// "Account 12, bounded to 100 (drop_oldest), was full: 31 dropped; 100 queued, ...".
std::string to_string(const Overload& overload);

}  // namespace greenroom
