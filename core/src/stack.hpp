// Stack: one stack of a pool, and its place there; 24 bytes, apart from the stack itself.
//
// Threads  Its pool's worker.
#pragma once

#include <cstddef>
#include <greenroom/core/stack_class.hpp>

#include "stack_bounds.hpp"

namespace greenroom::detail {

class Stack {
public:
    Stack() noexcept = default;
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;

    StackClass stack_class() const noexcept { return class_; }
    StackBounds bounds() const noexcept { return {low_, usable_bytes(class_)}; }

private:
    friend class StackSlab;
    friend class StackShelf;

    std::byte* low_ = nullptr;
    Stack* next_cold_ = nullptr;  // in the list of cold stacks
    StackClass class_ = StackClass::standard;
    bool in_use_ = false;
};
static_assert(sizeof(Stack) == 24);

}  // namespace greenroom::detail
