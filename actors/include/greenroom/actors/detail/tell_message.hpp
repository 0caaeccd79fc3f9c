// TellMessage: a message that nobody waits for. The node knows the message alone; the descriptor,
// which the sender takes from the reference, knows the receiver's class.
#pragma once

#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/urgent.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <new>
#include <utility>

namespace greenroom::detail {

// Makes a node in the message pool; large or over-aligned ones come from the heap. It brings along
// the caller's fields.
template <class Node, class... Args>
Node& make_message(const Descriptor& kind, Args&&... args) {
    const MessagePlace place = message_place(sizeof(Node), alignof(Node), kind);
    try {
        return *::new (place.memory) Node(*place.kind, std::forward<Args>(args)...);
    } catch (...) {
        give_back(place, sizeof(Node), alignof(Node));
        throw;
    }
}

// The same for what is nobody's message, or the runtime's own.
template <class Node, class... Args>
Node& make_pooled(Args&&... args) {
    void* const place = allocate_block(sizeof(Node), alignof(Node));
    try {
        return *::new (place) Node(std::forward<Args>(args)...);
    } catch (...) {
        release_block(place, sizeof(Node), alignof(Node));
        throw;
    }
}

// Of one that carries no fields (any more).
template <class Node>
inline void free_message(Node& node) noexcept {
    node.~Node();
    release_block(&node, sizeof(Node), alignof(Node));
}

// The `destroy` of most descriptors.
template <class Node>
void destroy_message(Message& message) noexcept {
    free_message(static_cast<Node&>(message));
}

// The `discard` of those that nobody waits for.
inline void discard_by_destroying(Message& message, Discard) noexcept {
    message.descriptor->destroy(message);
}

// Frees a node at the end of a scope, on whatever way out. `destroy` is a constant where one is
// made, and hence no call by a pointer.
class MessageEnd {
public:
    using Destroy = void (*)(Message& message) noexcept;

    MessageEnd(Message& message, Destroy destroy) noexcept : message_{message}, destroy_{destroy} {}
    ~MessageEnd() { destroy_(message_); }
    MessageEnd(const MessageEnd&) = delete;
    MessageEnd& operator=(const MessageEnd&) = delete;

private:
    Message& message_;
    const Destroy destroy_;
};

// A message built in place. Braces also make an aggregate, and parentheses a copy of a list of
// anything.
template <class M, class... Args>
M build_message(Args&&... args) {
    if constexpr (sizeof...(Args) == 1 && (std::is_same_v<std::decay_t<Args>, M> && ...)) {
        return M(std::forward<Args>(args)...);
    } else {
        return M{std::forward<Args>(args)...};
    }
}

template <class M>
struct TellMessage final : Message {
    template <class... Args>
    explicit TellMessage(const Descriptor& kind, Args&&... args)
        : Message{kind}, payload(build_message<M>(std::forward<Args>(args)...)) {}

    template <class A>
    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<TellMessage&>(message);
        const MessageEnd end{node, &destroy_message<TellMessage>};
        if constexpr (PayloadOfMessage<M>::is_shared && !handles_itself<A, M>) {
            tell_handler_shared<A>(receiver.actor(), *node.payload);
        } else {
            tell_handler<A>(receiver.actor(), node.payload);
        }
    }

    M payload;
};

template <class A, class M>
inline constexpr Descriptor tell_descriptor{
    &TellMessage<M>::template dispatch<A>,
    &discard_by_destroying,
    &destroy_message<TellMessage<M>>,
    type_name<PayloadOf<M>>(),
    true,
    nullptr,
    &message_key<PayloadOf<M>>,
    is_urgent<PayloadOf<M>>,
    PayloadOfMessage<M>::is_shared ? NodeKind::told_shared : NodeKind::told};

// How a reference sends: `kind` is the descriptor of M for the receiver's class.
template <class M, class... Args>
void tell(Cell& receiver, const Descriptor& kind, Where where, Args&&... args) {
    auto& node = make_message<TellMessage<M>>(kind, std::forward<Args>(args)...);
    if constexpr (is_urgent<PayloadOf<M>>) {
        receiver.send_urgent(node, where);
    } else {
        receiver.send(node, where);
    }
}

template <class M, class... Args>
Sent try_tell(Cell& receiver, const Descriptor& kind, Where where, Args&&... args) {
    auto& node = make_message<TellMessage<M>>(kind, std::forward<Args>(args)...);
    const Sent sent = receiver.try_send(node, where);
    if (sent == Sent::full) node.descriptor->destroy(node);
    return sent;
}

}  // namespace greenroom::detail
