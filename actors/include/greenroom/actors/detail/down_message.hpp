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

#include <cstdint>
#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/exit.hpp>
#include <type_traits>
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

    enum class Relation : std::uint8_t { watch, link, trapped_link };

    DownMessage(const Descriptor& kind, Relation between, Cell& its_watcher,
                Cell& its_watched) noexcept
        : Message{kind},
          relation{between},
          watcher{&its_watcher},
          watched{&its_watched},
          incarnation{its_watcher.incarnation()} {}

    const Relation relation;
    bool claimed = false;      // by the watcher, which takes the node back; under its lock, as
    bool left = false;         // meanwhile somebody else was done with it
    bool muted = false;        // it was taken back on its way: of the watcher's turn
    std::uint64_t number = 0;  // of the watch
    Cell* const watcher;       // both held by the node
    Cell* const watched;
    const std::uint32_t incarnation;  // the watcher's; another one is not told
    Place in_watched;                 // under the watched actor's family lock
    Place in_watcher;                 // these under the watcher's
    Down payload;                     // written by the watched actor's end
};

// For a watcher of the class W that is sent an N, which is Down or LinkDown.
template <class W, class N>
struct TypedDownMessage final : DownMessage {
    TypedDownMessage(Cell& its_watcher, Cell& its_watched) noexcept
        : DownMessage{descriptor_of,
                      std::is_same_v<N, Down> ? Relation::watch : Relation::trapped_link,
                      its_watcher, its_watched},
          keeps_watcher{&its_watcher},
          keeps_watched{&its_watched} {}

    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<TypedDownMessage&>(message);
        const struct End {
            TypedDownMessage& node;
            ~End() { end(node); }
        } at_the_end{node};
        if (node.muted || node.incarnation != receiver.incarnation()) return;
        N news{node.payload.actor, std::move(node.payload.name), std::move(node.payload.reason)};
        tell_handler<W>(receiver.actor(), news);
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

    static constexpr Descriptor descriptor_of{&dispatch, &discard, &destroy,       type_name<N>(),
                                              false,     nullptr,  &message_key<N>};

    const CellHold keeps_watcher;
    const CellHold keeps_watched;
};

// How a class that handles LinkDown is told of the end of what it is linked to.
struct LinkKind {
    DownMessage& (*make)(Cell& watcher, Cell& watched);
};

template <class W>
DownMessage& make_trapped_link(Cell& watcher, Cell& watched) {
    return make_pooled<TypedDownMessage<W, LinkDown>>(watcher, watched);
}
template <class W>
inline constexpr LinkKind trapped_link{&make_trapped_link<W>};

}  // namespace greenroom::detail
