// What tell and ask throw.
#pragma once

#include <greenroom/core/error.hpp>

namespace greenroom {

// The actor had ended when it was asked, or ended before it answered.
class ActorStopped : public Error {
public:
    explicit ActorStopped(const std::string& story) : Error{Errc::actor_stopped, story} {}
};

// The handler that should have answered threw.
class HandlerFailed : public Error {
public:
    explicit HandlerFailed(const std::string& story) : Error{Errc::handler_failed, story} {}
};

// The call would have closed a circle of actors that wait for one another, for answers or for room
// in a mailbox, where none could go on; an actor whose handler waits until all its tasks have ended
// waits for what they ask. what() names each, its message, and the line of its call.
class AskCycle : public Error {
public:
    explicit AskCycle(const std::string& story) : Error{Errc::ask_cycle, story} {}
};

// A bounded mailbox is full, and its policy, or the place of the call, is not to wait.
class MailboxFull : public Error {
public:
    explicit MailboxFull(const std::string& story) : Error{Errc::mailbox_full, story} {}
};

}  // namespace greenroom
