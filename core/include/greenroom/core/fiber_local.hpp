// FiberLocal: a variable of which each task, each turn of an actor and each plain thread has its
// own.
//
//   FiberLocal<Trace> trace;
//   trace->add("asked");   // this fiber's; made at its first use
//
// A `thread_local` is shared by all fibers of a worker; this is not. What a generator uses is that
// of the fiber that resumes it.
//
// Threads   Any; each sees its own.
// Lifetime  Made (as T{}) at the first use, and destroyed at the end of the task, of the actor's
//           turn or of the plain thread, newest first; a destructor there may wait, and is not
//           cancelled. The FiberLocal itself may be destroyed before.
// Cost      A walk through the few that the fiber has in use.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/local_list.hpp>

namespace greenroom {

template <class T>
class FiberLocal {
public:
    FiberLocal() noexcept = default;
    FiberLocal(const FiberLocal&) = delete;
    FiberLocal& operator=(const FiberLocal&) = delete;

    // The caller's own. Throws what T{} throws, and std::bad_alloc.
    T& get() const {
        if (T* const own = find()) return *own;
        auto* const node = new Node{key_};
        // Asked for after T{}, which may have waited or made others.
        detail::LocalList& list = detail::locals_of_caller();
        node->next = list.first;
        list.first = node;
        return node->value;
    }
    T& operator*() const { return get(); }
    T* operator->() const { return &get(); }

    // The caller's own, or null if it has not used it yet.
    T* find() const noexcept {
        detail::LocalNode* node = detail::locals_of_caller().first;
        while (node != nullptr && node->key != key_) node = node->next;
        return node == nullptr ? nullptr : &static_cast<Node*>(node)->value;
    }

private:
    struct Node final : detail::LocalNode {
        using LocalNode::LocalNode;
        T value{};
    };

    const std::uint64_t key_ = detail::next_local_key();
};

}  // namespace greenroom
