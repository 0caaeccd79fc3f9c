// ValgrindStack: tells valgrind, where its header was there at build time, of one more stack.
#pragma once

#include <cstddef>
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif

#include "stack_bounds.hpp"

#if defined(VALGRIND_STACK_REGISTER)

namespace greenroom::detail {

// A request is a few instructions without effect outside of valgrind.
class ValgrindStack {
public:
    void add(StackBounds bounds) noexcept {
        id_ = VALGRIND_STACK_REGISTER(bounds.low, bounds.top());
    }
    void remove() noexcept { VALGRIND_STACK_DEREGISTER(id_); }

private:
    unsigned long id_ = 0;
};

}  // namespace greenroom::detail

#else

namespace greenroom::detail {

class ValgrindStack {
public:
    void add(StackBounds) noexcept {}
    void remove() noexcept {}
};

}  // namespace greenroom::detail

#endif
