#include <cstdio>
#include <exception>
#include <greenroom/actors/system.hpp>
#include <mutex>
#include <utility>

#include "system_core.hpp"

namespace greenroom {

namespace detail {

SystemCore::SystemCore(SystemOptions given)
    : runtime_{std::make_unique<Runtime>(std::move(given.runtime))},
      runtime_core_{core_of(*runtime_)},
      grace_{given.grace} {
    reaper.start(*runtime_);
}

SystemCore::~SystemCore() = default;

void SystemCore::actor_ended() noexcept {
    if (alive_.subtract(1) == 1 && is_stopping()) all_ended_.set();
}

bool SystemCore::stop_all(void (*how)(Cell&), Deadline deadline) {
    stopping_.add(1);
    {
        const std::lock_guard held(root.lock);
        root.takes_children = false;
        for (Cell* child = root.first_child; child != nullptr; child = child->next_sibling()) {
            how(*child);
        }
    }
    while (alive() > 0) {
        if (!all_ended_.wait_before(deadline)) return false;
        all_ended_.clear();
    }
    return true;
}

StopReport SystemCore::stop(StopPolicy policy, Deadline deadline) {
    StopReport report;
    const auto drain = [](Cell& cell) { cell.stop_when_drained(); };
    const auto now = [](Cell& cell) { cell.stop(); };
    if (policy == StopPolicy::drain ? stop_all(drain, deadline) : stop_all(now, deadline)) {
        return report;
    }
    report.clean = false;
    report.killed = alive();
    // Who can be cancelled ends at once; the others have had their time.
    constexpr Duration last_chance = std::chrono::milliseconds{100};
    if (stop_all([](Cell& cell) { cell.kill(); }, Deadline::after(last_chance))) return report;
    report.survivors.push_back(std::to_string(alive()) + " actors did not end:\n" +
                               runtime_->dump());
    return report;
}

void SystemCore::end_runtime() noexcept {
    reaper.stop();
    runtime_.reset();
}

}  // namespace detail

System::System(SystemOptions options) : core_{new detail::SystemCore{std::move(options)}} {}

System::~System() {
    const StopReport report =
        core_->stop(StopPolicy::drain, Deadline::after(core_->grace()));
    if (!report.survivors.empty()) {
        std::fprintf(stderr, "greenroom: the system cannot end: %s",
                     report.survivors.front().c_str());
        std::terminate();
    }
    core_->end_runtime();
    core_->drop_reference();
}

StopReport System::stop(StopPolicy policy, Deadline deadline) {
    return core_->stop(policy, deadline);
}

SystemStats System::stats() const noexcept {
    return {core_->alive(),        core_->dead_letters.value(), core_->dropped.value(),
            core_->late_answers.value(), core_->expired_asks.value(), core_->failures.value()};
}

std::string System::dump() const { return core_->runtime().dump(); }

Runtime& System::runtime() noexcept { return core_->runtime(); }

void System::register_cell(std::string_view name, detail::Cell& cell) { cell.add_name(name); }

detail::Cell& System::find_cell(std::string_view name, const detail::ActorType& type) const {
    return core_->names.find(name, type);
}

}  // namespace greenroom
