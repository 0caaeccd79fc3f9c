// TellMessage: a message that nobody waits for.
#pragma once

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <new>
#include <utility>

namespace greenroom::detail {

// Makes a node in the message pool; large or over-aligned ones come from the heap.
template <class Node, class... Args>
Node& make_message(Args&&... args) {
    void* place = nullptr;
    if constexpr (alignof(Node) > 16) {
        place = ::operator new (sizeof(Node), std::align_val_t{alignof(Node)});
    } else {
        place = allocate_block(sizeof(Node));
    }
    try {
        return *::new (place) Node(std::forward<Args>(args)...);
    } catch (...) {
        if constexpr (alignof(Node) > 16) {
            ::operator delete (place, std::align_val_t{alignof(Node)});
        } else {
            release_block(place, sizeof(Node));
        }
        throw;
    }
}

template <class Node>
void free_message(Node& node) noexcept {
    node.~Node();
    if constexpr (alignof(Node) > 16) {
        ::operator delete (&node, std::align_val_t{alignof(Node)});
    } else {
        release_block(&node, sizeof(Node));
    }
}

// Frees a node at the end of a scope, on whatever way out.
template <class Node>
class MessageEnd {
public:
    explicit MessageEnd(Node& node) noexcept : node_{node} {}
    ~MessageEnd() { free_message(node_); }
    MessageEnd(const MessageEnd&) = delete;
    MessageEnd& operator=(const MessageEnd&) = delete;

private:
    Node& node_;
};

template <class A, class M>
struct TellMessage final : Message {
    template <class... Args>
    explicit TellMessage(Args&&... args)
        : Message{descriptor_of}, payload(build(std::forward<Args>(args)...)) {}

    // In place. Braces also make an aggregate, and parentheses a copy of a list of anything.
    template <class... Args>
    static M build(Args&&... args) {
        if constexpr (sizeof...(Args) == 1 && (std::is_same_v<std::decay_t<Args>, M> && ...)) {
            return M(std::forward<Args>(args)...);
        } else {
            return M{std::forward<Args>(args)...};
        }
    }

    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<TellMessage&>(message);
        const MessageEnd<TellMessage> end{node};
        (void)call_handler(static_cast<A&>(receiver.actor()), node.payload);
    }
    static void discard(Message& message, Discard) noexcept { destroy(message); }
    static void destroy(Message& message) noexcept {
        free_message(static_cast<TellMessage&>(message));
    }

    static constexpr Descriptor descriptor_of{&dispatch, &discard, &destroy, type_name<M>(), true};

    M payload;
};

}  // namespace greenroom::detail
