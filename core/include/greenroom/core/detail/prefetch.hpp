// prefetch_to_write: asks the processor for a cache line that is about to be written, as its only
// owner, so that the write need not wait for another processor to give it up.
//
// Any address will do; of one that is not mapped nothing comes.
#pragma once

namespace greenroom::detail {

#if defined(__x86_64__)
// Of the builtin compilers make a fetch for reading, unless they are told of the processor. One
// without this instruction does nothing instead.
inline void prefetch_to_write(const void* address) noexcept {
    asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
}
#else
inline void prefetch_to_write(const void* address) noexcept { __builtin_prefetch(address, 1); }
#endif

}  // namespace greenroom::detail
