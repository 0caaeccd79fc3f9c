// DownMessage: the news of an actor's end, allocated when it is watched, so that it always arrives.
//
//   listed --the watched ends--> on its way --> in the watcher's mailbox --> handled, or discarded
//   listed --the watcher ends first--> freed
//
// It is in two lists: the watched actor's, whom it tells of; and the watcher's, which at its end
// takes back what it still waits for, or an actor that lives long would keep whatever had watched
// it. Where the two ends meet, the watcher has claimed the node, and whoever comes last frees it.
//
// Threads  Each list, and what belongs to it, under its family's lock; never both at once.
#pragma once

#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/exit.hpp>
#include <utility>

namespace greenroom::detail {

struct DownMessage : Message {
    // Its place in one of the lists.
    struct Place {
        DownMessage* next = nullptr;
        DownMessage* previous = nullptr;
        bool listed = false;
    };
    struct List {
        DownMessage* newest = nullptr;
        void add(DownMessage& message, Place DownMessage::*place) noexcept {
            Place& mine = message.*place;
            mine = {newest, nullptr, true};
            if (newest != nullptr) (newest->*place).previous = &message;
            newest = &message;
        }
        // False: it is not in.
        bool remove(DownMessage& message, Place DownMessage::*place) noexcept {
            Place& mine = message.*place;
            if (!std::exchange(mine.listed, false)) return false;
            (mine.previous == nullptr ? newest : (mine.previous->*place).next) = mine.next;
            if (mine.next != nullptr) (mine.next->*place).previous = mine.previous;
            return true;
        }
    };

    DownMessage(const Descriptor& kind, Cell& its_watcher, Cell& its_watched) noexcept
        : Message{kind},
          watcher{&its_watcher},
          watched{&its_watched},
          incarnation{its_watcher.incarnation()} {}

    Cell* const watcher;  // both held by the node
    Cell* const watched;
    const std::uint32_t incarnation;  // the watcher's; another one is not told
    Place in_watched;                 // under the watched actor's family lock
    Place in_watcher;                 // these under the watcher's
    bool claimed = false;             // by the watcher, which has ended and looks for the node
    bool left = false;                // meanwhile somebody else was done with it
    Down payload;                     // written by the watched actor's end
};

template <class W>
struct TypedDownMessage final : DownMessage {
    TypedDownMessage(Cell& its_watcher, Cell& its_watched) noexcept
        : DownMessage{descriptor_of, its_watcher, its_watched},
          keeps_watcher{&its_watcher},
          keeps_watched{&its_watched} {}

    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<TypedDownMessage&>(message);
        const struct End {
            TypedDownMessage& node;
            ~End() { end(node); }
        } at_the_end{node};
        if (node.incarnation != receiver.incarnation()) return;
        tell_handler<W>(receiver.actor(), node.payload);
    }
    static void discard(Message& message, Discard) noexcept {
        end(static_cast<TypedDownMessage&>(message));
    }
    // By who is done with it.
    static void end(TypedDownMessage& node) noexcept {
        if (node.watcher->leave_watch(node)) free_message(node);
    }
    static void destroy(Message& message) noexcept {
        free_message(static_cast<TypedDownMessage&>(message));
    }

    static constexpr Descriptor descriptor_of{
        &dispatch, &discard, &destroy, "greenroom::Down", false, nullptr, &message_key<Down>};

    const CellHold keeps_watcher;
    const CellHold keeps_watched;
};

}  // namespace greenroom::detail
