// Atomic: the atomic type of the whole library.
//
// In the normal build it is std::atomic. In the model build (GREENROOM_MODEL) it may switch to
// another virtual thread before each operation, so that a seed can play every interleaving of lock-
// free code; see docs/testing.md.
#pragma once

#include <atomic>

#if defined(GREENROOM_MODEL) && GREENROOM_MODEL

#include <greenroom/core/detail/model_atomic.hpp>  // IWYU pragma: export

#else

namespace greenroom::detail {

template <class T>
using Atomic = std::atomic<T>;

}  // namespace greenroom::detail

#endif
