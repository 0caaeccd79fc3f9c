// operator new and delete that take from the block pool, for a program that links
// greenroom::pooled_new: so what its messages carry, a std::string or a std::vector, costs as
// little as the messages themselves when one thread allocates it and another releases it.
//
//   up to block_bytes_max bytes          the pool, by the cache of the calling thread
//   more, or a greater alignment         malloc, as without this file
//
// All forms but those with an alignment are here, though the standard library's would call the
// first three: a sanitizer's, or another allocator's, need not. Memory that was allocated with an
// alignment is always deleted with one, and so goes back where it came from.
//
// Compiled with AddressSanitizer this is empty: the program keeps the sanitizer's own. A program
// under it must not link this from a library that was compiled without.
#include <cstdlib>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/fork.hpp>
#include <new>

#include "address_sanitizer.hpp"
#include "region_map.hpp"
#include "slab.hpp"
#include "this_thread.hpp"

#if !GREENROOM_ADDRESS_SANITIZER

namespace {

using namespace greenroom::detail;

static_assert(block_alignment >= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

// Before the constructors of all shared libraries, since these may register handlers of a fork that
// allocate. A section that no shared library may have: this is for programs.
[[gnu::used,
  gnu::section(".preinit_array")]] void (*const at_start)() = &hold_block_pool_across_forks;

// Nearly all are so small, and of a thread that has its cache.
constexpr std::size_t small_bytes_max = 128;
bool is_usual(std::size_t bytes) noexcept {
    return bytes - 1 < small_bytes_max && current_thread != nullptr;
}

// Where it came from; else a wrong size would be found when the block goes back to its slab only.
[[maybe_unused]] bool is_of_size(void* memory, std::size_t bytes) noexcept {
    if (bytes > block_bytes_max) return !region_map.has(memory);
    return region_map.has(memory) &&
           block_class_of(Slab::of(memory).block_bytes) == block_class_of(bytes);
}

// Null if there is no memory.
void* try_to_allocate(std::size_t bytes) noexcept {
    if (bytes > block_bytes_max) return std::malloc(bytes);
    try {
        return this_thread().blocks.allocate(bytes);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

// As the standard asks for: the program's handler may free memory, or throw.
[[gnu::noinline]] void* allocate_otherwise(std::size_t bytes) {
    for (;;) {
        if (void* const memory = try_to_allocate(bytes)) return memory;
        const std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) throw std::bad_alloc{};
        handler();
    }
}

[[gnu::noinline]] void release_otherwise(void* memory, std::size_t bytes) noexcept {
    if (bytes > block_bytes_max || memory == nullptr) return std::free(memory);
    this_thread().blocks.release(memory, bytes);
}

}  // namespace

void* operator new(std::size_t bytes) {
    if (is_usual(bytes) && current_thread->blocks.has_at_hand(bytes)) [[likely]] {
        return current_thread->blocks.allocate(bytes);
    }
    return allocate_otherwise(bytes);
}

void operator delete(void* memory) noexcept {
    if (!region_map.has(memory)) return std::free(memory);
    this_thread().blocks.release(memory, Slab::of(memory).block_bytes);
}

void operator delete(void* memory, std::size_t bytes) noexcept {
    GREENROOM_DEBUG_ASSERT(memory == nullptr || is_of_size(memory, bytes));
    if (is_usual(bytes) && memory != nullptr) [[likely]] {
        return current_thread->blocks.release(memory, bytes);
    }
    release_otherwise(memory, bytes);
}

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    try {
        return ::operator new(bytes);
    } catch (...) {  // the program's handler may throw what it likes
        return nullptr;
    }
}

void* operator new[](std::size_t bytes) { return ::operator new(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t& tag) noexcept {
    return ::operator new(bytes, tag);
}

void operator delete(void* memory, const std::nothrow_t&) noexcept { ::operator delete(memory); }
void operator delete[](void* memory) noexcept { ::operator delete(memory); }
void operator delete[](void* memory, std::size_t bytes) noexcept {
    ::operator delete(memory, bytes);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept { ::operator delete(memory); }

#endif
