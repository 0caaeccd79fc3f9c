// ChildOptions: what supervise() may choose for one child.
#pragma once

#include <exception>
#include <greenroom/actors/actor_options.hpp>
#include <greenroom/actors/supervision.hpp>

namespace greenroom {

struct ChildOptions {
    Restart restart = Restart::permanent;
    // What is done about a failure of the child; null: Directive::restart. Called in the child's
    // turn with what was thrown; it must not throw itself.
    Directive (*on_failure)(const std::exception_ptr& failure) = nullptr;
    ActorOptions actor{};
};

}  // namespace greenroom
