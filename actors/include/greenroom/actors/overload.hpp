// Overload: what is told of an actor whose mailbox is longer than it should be.
//
// A mailbox without a bound takes all that comes. When an actor finds MailboxOptions::overload_at
// messages or more in it, the log says so, the system counts it, and SystemOptions::on_overload is
// called: which actor, how many, of which types, from whom.
//
// The types are those of the oldest messages, `Overload::sample_max` at most. A message does not
// know its sender, so senders are asked now and then while the mailbox grows: few, and by chance.
//
// Limits   Of one actor it is told once in a second at most.
#pragma once

#include <cstddef>
#include <cstdint>
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

    std::string actor;                    // its class
    std::uint64_t id = 0;                 // AnyRef::id of it
    std::size_t queued = 0;               // that it found, and others may have come
    std::size_t sampled = 0;              // of these: whose types were looked at
    std::vector<OverloadShare> messages;  // the most frequent first, three at most
    std::vector<OverloadShare> senders;   // likewise; empty if none was asked yet
};

// "Account 12 has found 20000 messages in its mailbox; of the oldest 1000 are 990 Deposit, ...".
std::string to_string(const Overload& overload);

}  // namespace greenroom
