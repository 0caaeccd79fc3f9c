// on_big_stack: runs a function on a larger stack, and waits for it: for a library that recurses
// deeply, called from where stacks are of the ordinary 128 KiB.
//
//   auto tree = on_big_stack([&] { return parser.parse(text); });
//
// A structured task (structured.hpp): on the caller's worker and as the caller, so it may refer to
// the caller's locals and, in a handler, to the actor. The stack is made for it and given back.
//
// Cancellation  A suspension point. A caller that is cancelled cancels the function, and waits.
// Errors        StacksExhausted if there is no memory for the stack; what the function throws.
// In a plain thread, whose stack is as large, it calls the function.
#pragma once

#include <greenroom/core/detail/gathering.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

template <class F>
auto on_big_stack(F&& function, StackClass stack_class = StackClass::huge,
                  Where where = Where::here()) {
    using Value = detail::CallResult<F>;
    if (detail::current_core() == nullptr) return function();
    detail::Group group{{.kind = "big stack"}, where};
    auto child = detail::start_child<F&>(group, function, nullptr, stack_class);
    group.join();
    detail::rethrow_first(group);
    child->rethrow();
    if constexpr (!std::is_void_v<Value>) return child->take();
}

}  // namespace greenroom
