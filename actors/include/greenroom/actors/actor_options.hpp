// ActorOptions: what spawn_with() may choose for one actor.
#pragma once

#include <cstddef>
#include <greenroom/actors/mailbox.hpp>
#include <greenroom/core/stack_class.hpp>

namespace greenroom {

struct ActorOptions {
    MailboxOptions mailbox{};
    // How much stack its handlers may use.
    StackClass stack_class = StackClass::standard;
    // How many messages it may keep for later (Actor::stash, Process::receive).
    std::size_t kept_max = 10'000;
    // Whether it ends, as by stop_when_drained(), when the last Ref to it has been dropped; else it
    // lives until it is stopped, or its parent is. A WeakRef does not count, nor who watches it; a
    // connection or listener that delivers to it does, until it is gone.
    bool stop_when_unreferenced = false;
};

}  // namespace greenroom
