// What the block pool itself consists of, beside its blocks: objects from malloc. Not from `new`,
// since that may take from the pool itself (core/heap/pooled_new.cpp).
#pragma once

#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

// Null if there is no memory.
template <class T, class... Arguments>
T* make_on_bare_heap(Arguments&&... arguments) noexcept {
    static_assert(std::is_trivially_destructible_v<T>);
    void* const memory = std::malloc(sizeof(T));
    return memory == nullptr ? nullptr : new (memory) T{std::forward<Arguments>(arguments)...};
}

// Null is fine.
template <class T>
void free_on_bare_heap(T* object) noexcept {
    std::free(object);
}

}  // namespace greenroom::detail
