// MailboxOptions: how much an actor's mailbox holds, and what happens when it is full.
//
// Unbounded is the default and the fastest. A bound counts the users' messages only: stops, Down
// and answers always get through.
#pragma once

#include <cstddef>

namespace greenroom {

enum class WhenFull {
    suspend_sender,  // tell waits until there is room: a suspension point, first come first served.
                     // Of room that handlers make without a wait it may hear a time slice later.
                     // Where it may not wait (the actor's own handler, a destructor during an
                     // unwinding) it throws MailboxFull instead.
    fail,            // tell throws MailboxFull, an ask fails with it
    drop_newest,     // the message is dropped and counted; the sender is not disturbed
    drop_oldest,     // the oldest queued message is dropped and counted; an ask among them fails
};

struct MailboxOptions {
    std::size_t bound = 0;  // most messages queued; 0: no bound
    WhenFull when_full = WhenFull::suspend_sender;
    // Most urgent messages (urgent.hpp) that wait, apart from the others: one more is not sent, as
    // by WhenFull::fail, which is counted and told of.
    std::size_t urgent_max = 10'000;
    // From how many messages on a mailbox without a bound is told of as overloaded (overload.hpp):
    // 64 at least; 0: never. What is found in the mailbox at once is counted, when what was found
    // before has been handled. Beside a bound it is left as it is, and then each time that WhenFull
    // acts counts; or 0, and that is not told of. Nor is then that urgent_max was met.
    std::size_t overload_at = 10'000;
};

namespace detail {

// Throws std::invalid_argument, which says what is wrong and what would be right.
void require_valid(const MailboxOptions& options);

}  // namespace detail

// How a try_tell ended. (clang-format 14 takes the brace after an attribute for an initializer's.)
// clang-format off
enum class [[nodiscard]] Sent {
    // clang-format on
    sent,     // it is in the mailbox
    full,     // the mailbox is full: nothing was sent
    stopped,  // the actor has ended: the message is a dead letter
};

}  // namespace greenroom
