// DownMessage: the news of an actor's end, allocated when it is watched, so that it always arrives.
#pragma once

#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/exit.hpp>
#include <greenroom/actors/ref.hpp>
#include <utility>

namespace greenroom::detail {

struct DownMessage : Message {
    DownMessage(const Descriptor& kind, Cell& its_watcher) noexcept
        : Message{kind}, watcher{&its_watcher} {}

    Cell* const watcher;                  // held by the node
    DownMessage* next_watcher = nullptr;  // in the watched actor's list, under its family lock
    Down payload;                         // written by the watched actor's end
};

template <class W>
struct TypedDownMessage final : DownMessage {
    explicit TypedDownMessage(Ref<W> its_watcher) noexcept
        : DownMessage{descriptor_of, *its_watcher.cell()}, keeps_alive{std::move(its_watcher)} {}

    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<TypedDownMessage&>(message);
        const MessageEnd<TypedDownMessage> end{node};
        (void)call_handler(static_cast<W&>(receiver.actor()), node.payload);
    }
    static void discard(Message& message, Discard) noexcept { destroy(message); }
    static void destroy(Message& message) noexcept {
        free_message(static_cast<TypedDownMessage&>(message));
    }

    static constexpr Descriptor descriptor_of{&dispatch, &discard, &destroy, "greenroom::Down",
                                              false};

    const Ref<W> keeps_alive;
};

}  // namespace greenroom::detail
