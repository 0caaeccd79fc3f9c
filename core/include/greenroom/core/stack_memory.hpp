// StackMemory: the seam through which the library asks the system for the memory of stacks.
//
// A test implements it to make the kernel of another day: one without guards, or without memory.
//
// Threads   Called by each worker, so from several threads at once.
// Errors    Each call returns 0 or an errno, and sets none.
#pragma once

#include <cstddef>

namespace greenroom {

class StackMemory {
public:
    virtual ~StackMemory() = default;

    // Address space, readable and writable, whose pages come when they are touched. On failure
    // `address` is null.
    struct Mapping {
        void* address = nullptr;
        int error = 0;
    };
    virtual Mapping map(std::size_t bytes) noexcept = 0;

    // Gives back a whole mapping, in which protect() has worked `protected_areas` times.
    virtual int unmap(void* address, std::size_t bytes, std::size_t protected_areas) noexcept = 0;

    // Makes each access to the area a SIGSEGV, without splitting the mapping. EINVAL: the kernel
    // cannot, or the memory is locked.
    virtual int guard_install(void* address, std::size_t bytes) noexcept = 0;

    // The same, by splitting the mapping. ENOMEM: the process has too many of them.
    virtual int protect(void* address, std::size_t bytes) noexcept = 0;

    // Gives the area's pages back; the next access finds zeroes. Guards in it stay.
    virtual int release_pages(void* address, std::size_t bytes) noexcept = 0;
};

// mmap, madvise and mprotect. Its protect() leaves an eighth of vm.max_map_count to the program.
StackMemory& kernel_stack_memory() noexcept;

}  // namespace greenroom
