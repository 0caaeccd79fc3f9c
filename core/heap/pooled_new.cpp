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
// A program under AddressSanitizer keeps the sanitizer's, which finds misuse.
#include <cstdlib>
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

// A child finds the pool's locks free, as it finds those of malloc (fork.cpp).
[[maybe_unused]] const bool forks_are_counted = (count_forks(), true);

// Nearly all are so small, and of a thread that has its cache.
constexpr std::size_t small_bytes_max = 128;
bool is_usual(std::size_t bytes) noexcept {
    return bytes - 1 < small_bytes_max && current_thread != nullptr;
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
