// NameWatch: an actor's interest in a name; at the same time the one message that tells of it.
//
//   listed --the name changes--> queued --handled: one change is told--> listed, or queued again
//   listed --the watcher is done with it--> freed
//   queued --the watcher is done with it--> given up --handled, or refused--> freed
//
// What is told is made up when the message is handled, from what was told last and what holds now.
// Which of the two it can be is known before, since they come in turn: the descriptor tells, and
// changes with what was told. So a process can wait for one of them.
// So a watch is allocated once, never fails to tell, and never has more than one message under
// way, however often the name changes hands.
//
// Threads   Its registry's lock guards what is marked; dispatch and discard are called in the
//           watcher's turn.
// Lifetime  The registry's, but for one given up: whoever has the message frees that. It keeps the
//           memory of its watcher's cell.
#pragma once

#include <cstdint>
#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/names.hpp>
#include <greenroom/actors/ref.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace greenroom::detail {

// The two descriptors of a watch, by what it tells next.
struct NameNewsKind {
    Descriptor registered;
    Descriptor freed;
};

struct NameWatch : Message {
    NameWatch(const NameNewsKind& its_kind, Cell& its_watcher, std::string_view its_name)
        : Message{its_kind.registered}, kind{its_kind}, watcher{&its_watcher}, name{its_name} {}

    // As its message is handled.
    void was_told(std::uint64_t registration) noexcept {
        told = registration;
        descriptor = registration == 0 ? &kind.registered : &kind.freed;
    }

    const NameNewsKind& kind;
    const CellHold watcher;
    const std::string name;
    // Under the registry's lock:
    std::uint64_t told = 0;             // the registration told of last; 0: that the name is free
    bool queued = false;                // in the watcher's mailbox, or on the way to it
    bool given_up = false;              // in no list any more
    NameWatch* next_to_tell = nullptr;  // while on the way
};

// What a watcher is told by one message.
struct NameChange {
    enum class What { nothing, registered, freed };
    What what = What::nothing;
    AnyRef ref;  // of registered
};

// Of a watch whose message arrived. What remains to be told is sent by a further message.
NameChange next_change(NameWatch& watch) noexcept;
void discard_name_watch(Message& message, Discard why) noexcept;
void destroy_name_watch(Message& message) noexcept;

template <class W>
void dispatch_name_watch(Cell& receiver, Message& message) {
    auto& watch = static_cast<NameWatch&>(message);
    NameChange change = next_change(watch);
    if (change.what == NameChange::What::nothing) return;  // and the watch may be gone
    if (change.what == NameChange::What::registered) {
        NameRegistered news{watch.name, std::move(change.ref)};
        tell_handler<W>(receiver.actor(), news);
    } else {
        NameFreed news{watch.name};
        tell_handler<W>(receiver.actor(), news);
    }
}

template <class W, class News>
inline constexpr Descriptor name_news_descriptor{&dispatch_name_watch<W>,
                                                 &discard_name_watch,
                                                 &destroy_name_watch,
                                                 type_name<News>(),
                                                 false,
                                                 nullptr,
                                                 &message_key<News>};

template <class W>
inline constexpr NameNewsKind name_news_kind{name_news_descriptor<W, NameRegistered>,
                                             name_news_descriptor<W, NameFreed>};

}  // namespace greenroom::detail
