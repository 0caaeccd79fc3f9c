// Supervisor: a parent's rules for its children, and the restart that is under way.
//
//   up --it failed--> halting --its object is gone--> halted
//   up --another of the round failed--> to_halt --those behind it are down--> halting
//   halted --all of the round are--> starting --its new object is there--> up
//
// Of a strategy for several children, those of one round go down one after another, the youngest
// first, and come up one after another, the oldest first. A failure meanwhile joins the round.
//
// Threads  Under the parent's family lock, a spin lock: so nothing is allocated here. What is
//          decided is done without it, by the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/detail/failure_window.hpp>
#include <greenroom/actors/supervision.hpp>
#include <greenroom/core/time.hpp>
#include <list>

namespace greenroom::detail {

class Cell;
struct Restarter;

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

    // False: it is one restart too many. See FailureWindow.
    bool may_restart(std::list<TimePoint>& times) noexcept { return restarts_.add(times); }
    std::size_t restarts(TimePoint now) const noexcept { return restarts_.count(now); }
    // It was made anew itself, and its new children have failed nobody yet.
    void forget_restarts(std::list<TimePoint>& times) noexcept { restarts_.forget(times); }
    // Has those that are restarted with `failed`, of the children from `youngest` on, go down if
    // they are up, and all come up again.
    void begin_round(Cell* youngest, const Cell& failed) noexcept;
    RoundStep next_step() noexcept;
    // It has ended altogether.
    void leave(Cell& cell) noexcept;

private:
    static bool joins(const Restarter& restarter) noexcept;
    void end_round() noexcept;
    static RoundStep step(RoundStep::What what, Restarter& restarter, Phase phase) noexcept;

    const Supervision rules_;
    FailureWindow restarts_;
    Restarter* round_ = nullptr;  // oldest first; who ends leaves it before
};

}  // namespace greenroom::detail
