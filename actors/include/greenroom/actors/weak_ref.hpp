// WeakRef: a reference that is no reason for an actor to live.
//
//     greenroom::WeakRef<Room> room = ref;
//     ...
//     if (greenroom::Ref<Room> still = room.lock()) still.tell(Leave{});
//
// It makes a difference to an actor with ActorOptions::stop_when_unreferenced alone: another lives
// until it is stopped, whoever refers to it. It is also how one says that an actor may have ended.
//
// Threads   As a Ref's.
// Lifetime  Like a Ref it keeps the memory of the actor's cell and object, whose destructor has run
//           when the actor has ended.
#pragma once

#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/ref.hpp>

namespace greenroom {

template <class A>
class WeakRef {
public:
    WeakRef() noexcept = default;
    WeakRef(const Ref<A>& ref) noexcept : cell_{ref.cell()} {}  // NOLINT: as a Ref converts

    // The actor; nobody if it has ended, or this was made from nothing. One that ends just now, for
    // want of references, ends all the same.
    Ref<A> lock() const noexcept {
        detail::Cell* const cell = cell_.cell();
        if (cell == nullptr || cell->has_ended()) return {};
        cell->add_reference();
        return Ref<A>::adopt(*cell);
    }
    bool expired() const noexcept { return !lock(); }

private:
    detail::CellHold cell_;
};

// Of a protocol: as above.
template <class... Signatures>
class WeakRef<Protocol<Signatures...>> {
    using Strong = Ref<Protocol<Signatures...>>;

public:
    WeakRef() noexcept = default;
    WeakRef(const Strong& ref) noexcept  // NOLINT: as a Ref converts
        : cell_{ref.cell()}, table_{ref.table_} {}

    Strong lock() const noexcept {
        detail::Cell* const cell = cell_.cell();
        if (cell == nullptr || cell->has_ended()) return {};
        cell->add_reference();
        return Strong{*cell, table_};
    }
    bool expired() const noexcept { return !lock(); }

private:
    detail::CellHold cell_;
    const detail::ProtocolEntry* table_ = nullptr;
};

}  // namespace greenroom
