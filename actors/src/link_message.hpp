// LinkMessage: a link at an actor that does not handle LinkDown: it fails when the other does.
//
// It is never in a mailbox: Cell::deliver acts on it and ends it.
#pragma once

#include <greenroom/actors/detail/down_message.hpp>

namespace greenroom::detail {

struct LinkMessage final : DownMessage {
    LinkMessage(Cell& its_watcher, Cell& its_watched) noexcept
        : DownMessage{descriptor_of, Relation::link, its_watcher, its_watched},
          keeps_watcher{&its_watcher},
          keeps_watched{&its_watched} {}

    static void dispatch(Cell&, Message& message) { discard(message, Discard::receiver_stopped); }
    static void discard(Message& message, Discard) noexcept {
        auto& node = static_cast<LinkMessage&>(message);
        if (node.watcher->leave_watch(node)) free_message(node);
    }
    static void destroy(Message& message) noexcept {
        free_message(static_cast<LinkMessage&>(message));
    }

    static constexpr Descriptor descriptor_of{&dispatch, &discard, &destroy, "a link", false};

    const CellHold keeps_watcher;
    const CellHold keeps_watched;
};

}  // namespace greenroom::detail
