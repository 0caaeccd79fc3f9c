// Supervisor: a parent's rules for its children, and the restart that is under way.
//
//   up --it failed--> halting --its object is gone--> halted
//   up --another of the round failed--> to_halt --those behind it are down--> halting
//   halted --all of the round are--> starting --its new object is there--> up
//
// Of a strategy for several children, those of one round go down one after another, the youngest
// first, and come up one after another, the oldest first. A failure meanwhile joins the round.
//
// Threads  Under the parent's family lock. What is decided here is done without it, by the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/detail/failure_window.hpp>
#include <greenroom/actors/supervision.hpp>
#include <greenroom/core/time.hpp>
#include <vector>

namespace greenroom::detail {

class Cell;

enum class Phase : std::uint8_t { up, to_halt, halting, halted, starting };

// What the caller has to do next for the round: nothing, or to tell one cell.
struct RoundStep {
    enum class What : std::uint8_t { nothing, halt, start };
    What what = What::nothing;
    Cell* cell = nullptr;  // held for the caller
};

class Supervisor {
public:
    explicit Supervisor(const Supervision& rules)
        : rules_{rules}, restarts_{rules.restarts_max, rules.within} {}

    const Supervision& rules() const noexcept { return rules_; }

    // False: it is one restart too many.
    bool may_restart(TimePoint now) { return restarts_.add(now); }
    // Has those of `members` that are up go down, and all come up again.
    void begin_round(const std::vector<Cell*>& members);
    RoundStep next_step();
    // It has ended altogether.
    void leave(Cell& cell) noexcept;

private:
    static RoundStep step(RoundStep::What what, Cell& cell, Phase phase);

    const Supervision rules_;
    FailureWindow restarts_;
    std::vector<Cell*> round_;  // oldest first; who ends leaves it before
};

}  // namespace greenroom::detail
