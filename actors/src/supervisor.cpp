#include "supervisor.hpp"

#include <greenroom/actors/detail/cell.hpp>
#include <utility>

#include "family.hpp"
#include "restarter.hpp"

namespace greenroom::detail {

void Supervisor::begin_round(Cell* youngest, const Cell& failed) noexcept {
    round_ = nullptr;
    bool is_older = false;
    // The youngest first, so that the oldest comes to lie in front.
    for (Cell* child = youngest; child != nullptr; child = child->next_sibling()) {
        const bool stays_up = is_older && rules_.strategy == Strategy::rest_for_one;
        is_older |= child == &failed;
        Restarter* const restarter = child->restarter();
        if (restarter == nullptr) continue;
        const bool is_new = !stays_up && joins(*restarter);
        if (!is_new && !restarter->is_in_round) continue;
        if (is_new && restarter->phase == Phase::up) restarter->phase = Phase::to_halt;
        restarter->is_in_round = true;
        restarter->next_in_round = std::exchange(round_, restarter);
    }
}

bool Supervisor::joins(const Restarter& restarter) noexcept {
    return !restarter.ends_for_good && restarter.restart != Restart::temporary;
}

RoundStep Supervisor::next_step() noexcept {
    Restarter* youngest_up = nullptr;
    Restarter* oldest_down = nullptr;
    for (Restarter* each = round_; each != nullptr; each = each->next_in_round) {
        switch (each->phase) {
            case Phase::halting:
            case Phase::starting: return {};
            case Phase::to_halt: youngest_up = each; break;
            case Phase::halted:
                if (oldest_down == nullptr) oldest_down = each;
                break;
            case Phase::up: break;
        }
    }
    if (youngest_up != nullptr) return step(RoundStep::What::halt, *youngest_up, Phase::halting);
    if (oldest_down != nullptr) return step(RoundStep::What::start, *oldest_down, Phase::starting);
    end_round();
    return {};
}

RoundStep Supervisor::step(RoundStep::What what, Restarter& restarter, Phase phase) noexcept {
    restarter.phase = phase;
    restarter.cell.hold();
    return {what, &restarter.cell};
}

void Supervisor::end_round() noexcept {
    while (Restarter* const first = round_) {
        round_ = std::exchange(first->next_in_round, nullptr);
        first->is_in_round = false;
    }
}

void Supervisor::leave(Cell& cell) noexcept {
    Restarter* const leaver = cell.restarter();
    if (leaver == nullptr || !std::exchange(leaver->is_in_round, false)) return;
    Restarter** link = &round_;
    while (*link != leaver) link = &(*link)->next_in_round;
    *link = leaver->next_in_round;
}

}  // namespace greenroom::detail
