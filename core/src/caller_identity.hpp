// caller_identity: who calls, as a number that an owner can be told by.
//
// Of a fiber, which a handler or task keeps from its first line to its last; else of the plain
// thread. Even, and never 0.
#pragma once

#include <cstdint>

#include "this_thread.hpp"
#include "worker.hpp"

namespace greenroom::detail {

inline std::uintptr_t caller_identity() noexcept {
    ThisThread& thread = this_thread();
    static_assert(alignof(Fiber) > 1);
    static_assert(alignof(ThisThread) > 1);
    return thread.worker != nullptr ? reinterpret_cast<std::uintptr_t>(&thread.worker->current())
                                    : reinterpret_cast<std::uintptr_t>(&thread);
}

}  // namespace greenroom::detail
