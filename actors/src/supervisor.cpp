#include "supervisor.hpp"

#include <algorithm>
#include <greenroom/actors/detail/cell.hpp>

#include "family.hpp"
#include "restarter.hpp"

namespace greenroom::detail {

void Supervisor::begin_round(const std::vector<Cell*>& members) {
    for (Cell* const cell : members) {
        Phase& phase = cell->restarter()->phase;
        if (phase == Phase::up) phase = Phase::to_halt;
        if (std::ranges::find(round_, cell) == round_.end()) round_.push_back(cell);
    }
    // Oldest first: ids grow with time.
    std::ranges::sort(round_, {}, [](const Cell* cell) { return cell->id().number; });
}

RoundStep Supervisor::next_step() {
    const auto is_in = [](Phase phase) {
        return [phase](const Cell* cell) { return cell->restarter()->phase == phase; };
    };
    const auto any_in = [&](Phase phase) { return std::ranges::any_of(round_, is_in(phase)); };
    if (any_in(Phase::halting) || any_in(Phase::starting)) return {};
    const auto youngest = std::find_if(round_.rbegin(), round_.rend(), is_in(Phase::to_halt));
    if (youngest != round_.rend()) return step(RoundStep::What::halt, **youngest, Phase::halting);
    const auto oldest = std::ranges::find_if(round_, is_in(Phase::halted));
    if (oldest != round_.end()) return step(RoundStep::What::start, **oldest, Phase::starting);
    round_.clear();
    return {};
}

RoundStep Supervisor::step(RoundStep::What what, Cell& cell, Phase phase) {
    cell.restarter()->phase = phase;
    cell.hold();
    return {what, &cell};
}

void Supervisor::leave(Cell& cell) noexcept { std::erase(round_, &cell); }

}  // namespace greenroom::detail
