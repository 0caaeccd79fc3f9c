// ActorOptions: what spawn_with() may choose for one actor.
#pragma once

#include <greenroom/actors/mailbox.hpp>
#include <greenroom/core/stack_class.hpp>

namespace greenroom {

struct ActorOptions {
    MailboxOptions mailbox{};
    // How much stack its handlers may use.
    StackClass stack_class = StackClass::standard;
};

}  // namespace greenroom
