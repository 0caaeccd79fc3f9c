// Restarter: what a cell has whose actor may be made anew.
//
// Threads  `maker` is the turn's; the last six are under the parent's family lock; the rest never
//          changes.
#pragma once

#include <greenroom/actors/child_options.hpp>
#include <greenroom/actors/detail/maker.hpp>
#include <greenroom/actors/exit.hpp>
#include <greenroom/core/time.hpp>
#include <memory>

#include "supervisor.hpp"

namespace greenroom::detail {

struct Restarter {
    Restarter(Cell& its_cell, std::unique_ptr<Maker> its_maker, const ChildOptions& given)
        : cell{its_cell},
          maker{std::move(its_maker)},
          restart{given.restart},
          on_failure{given.on_failure} {}

    Cell& cell;
    std::unique_ptr<Maker> maker;  // null once it has ended
    const Restart restart;
    Directive (*const on_failure)(const std::exception_ptr& failure);  // or null
    Phase phase = Phase::up;
    bool ends_for_good = false;  // stop_child()
    Duration next_delay{0};      // of the next restart
    TimePoint failed_at{};       // last
    ExitReason restarted_for;    // of the last incarnation; of the turn
    bool is_in_round = false;    // of those that are restarted together, linked by
    Restarter* next_in_round = nullptr;
};

}  // namespace greenroom::detail
