// ExceptionState: what the C++ runtime keeps for each thread about exceptions in flight: the chain
// of those caught and not yet ended (what `throw;` and current_exception() look at), and the count
// of those still looking for their handler (uncaught_exceptions()).
//
// The Itanium C++ ABI, 2.2.2, lays it out; it is all that a context must take with it to be able
// to suspend inside a catch block, or in a destructor while an exception unwinds.
//
// Copied whole and as bytes: the object belongs to the C++ runtime, which has its own type for it.
#pragma once

#include <cxxabi.h>

#include <cstring>

namespace greenroom::detail {

struct ExceptionState {
    void* caught = nullptr;
    unsigned int uncaught = 0;

    void read(const __cxxabiv1::__cxa_eh_globals* thread) noexcept {
        std::memcpy(static_cast<void*>(this), static_cast<const void*>(thread), sizeof *this);
    }
    void write(__cxxabiv1::__cxa_eh_globals* thread) const noexcept {
        std::memcpy(static_cast<void*>(thread), static_cast<const void*>(this), sizeof *this);
    }
};
static_assert(sizeof(ExceptionState) == 2 * sizeof(void*));

}  // namespace greenroom::detail
