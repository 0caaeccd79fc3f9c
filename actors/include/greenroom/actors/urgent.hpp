// is_urgent: which types of messages are handled before all others that an actor has queued.
//
//     struct Shutdown {};
//     template <>
//     inline constexpr bool greenroom::is_urgent<Shutdown> = true;
//
// An urgent message is the actor's next: it passes whatever is queued, in a mailbox of whatever
// kind, but never interrupts a handler. It is a property of the type, so that who sends need not
// know; asks, forwards and messages that are told later have it too, not those of timers.
//
// Ordering  Urgent messages of one sender to one actor are handled in the order sent, and before
//           ordinary ones that it had sent before them.
// Limits    They wait for no room: beyond MailboxOptions::urgent_max a tell throws MailboxFull.
//           That is counted, and told of as an overload (overload.hpp).
#pragma once

namespace greenroom {

// Specialised beside the type, before it is first sent.
template <class M>
inline constexpr bool is_urgent = false;

}  // namespace greenroom
