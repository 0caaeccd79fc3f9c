// prefetch_to_write: asks the processor for a cache line that is about to be written, as its only
// owner, so that the write need not wait for another processor to give it up.
#pragma once

namespace greenroom::detail {

// Any address will do; of one that is not mapped nothing comes.
inline void prefetch_to_write(const void* address) noexcept {
#if defined(__x86_64__)
    // Of the builtin compilers make the fetch for reading, unless they are told of a processor.
    // Those without this instruction do nothing instead.
    asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#else
    __builtin_prefetch(address, 1);
#endif
}

}  // namespace greenroom::detail
