// CellNames: the names of an actor in its system, and those that it watches.
#pragma once

#include <greenroom/actors/detail/cell_parts.hpp>
#include <memory>
#include <string_view>

namespace greenroom::detail {

class Cell;

struct CellNames {
    // Any thread, holding a reference. add() throws Error(name_taken), Error(limit_reached) and
    // ActorStopped; drop() is false if it has no such name, or has ended.
    static void add(Cell& cell, std::string_view name, const Named& as);
    static bool drop(Cell& cell, std::string_view name) noexcept;

    // The watcher, in its turn. One for a name that it watches already is thrown away.
    static void watch(Cell& cell, std::unique_ptr<NameWatch> watch);
    static bool unwatch(Cell& cell, std::string_view name) noexcept;

    // At its end.
    static void forget(Cell& cell) noexcept;
    static void forget_watched(Cell& cell) noexcept;
};

}  // namespace greenroom::detail
