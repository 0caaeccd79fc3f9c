#include <greenroom/actors/system.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <greenroom/core/assert.hpp>
#include <mutex>
#include <utility>

#include "child_walk.hpp"
#include "notebook.hpp"
#include "system_core.hpp"

namespace greenroom {

namespace detail {

namespace {

constexpr Duration slice = std::chrono::milliseconds{1};          // of a caller-driven runtime
constexpr Duration last_chance = std::chrono::milliseconds{100};  // of who is late

}  // namespace

SystemCore::SystemCore(System& facade, SystemOptions given)
    : names{given.names_max},
      classes{given.class_stats ? std::make_unique<ClassBook>() : nullptr},
      facade_{facade},
      runtime_{std::make_unique<Runtime>(given.runtime)},
      runtime_core_{core_of(*runtime_)},
      tally_{runtime_core_},
      on_overload_{std::move(given.on_overload)},
      grace_{given.grace},
      notes_{given.notes},
      notes_after_failure_{given.notes_after_failure},
      caller_driven_{given.runtime.driven_by == DrivenBy::caller} {
    root.supervisor = std::make_unique<Supervisor>(given.supervision);
    reaper.start(*runtime_);
}

SystemCore::~SystemCore() = default;

// The last to leave has no parent. It is counted as ended before it leaves, under the root's lock,
// under which actors begin and the stop of all begins. So if it left before that, stop_all() counts
// it; else it sees here that the system is stopping, and the ends of all who left before it.
void SystemCore::actor_left() noexcept {
    if (is_stopping() && alive() == 0) all_ended_.set();
}

bool SystemCore::stop_all(void (*how)(Cell&), Deadline deadline) {
    stopping_.add(1);
    {
        const std::lock_guard held(root.lock);
        root.takes_children = false;
    }
    for (ChildWalk walk{root}; Cell* const child = walk.next();) {
        how(*child);
        child->release();
    }
    while (alive() > 0) {
        if (!wait_for_end(deadline)) return false;
    }
    return true;
}

bool SystemCore::wait_for_end(Deadline deadline) {
    if (caller_driven_) {
        runtime_->run_for(slice);
        return !deadline.has_passed();
    }
    if (!all_ended_.wait_before(deadline)) return false;
    all_ended_.clear();
    // Another who stops the system may have looked before, and come to wait after this.
    if (alive() == 0) all_ended_.set();
    return true;
}

StopReport SystemCore::stop(StopPolicy policy, Deadline deadline) {
    StopReport report;
    stop_hooks.call_all(StopPhase::close_doors, *runtime_, caller_driven_, deadline, report);
    end_actors(policy, deadline, report);
    const Deadline end = std::max(deadline, Deadline::after(last_chance));
    stop_hooks.call_all(StopPhase::after_actors, *runtime_, caller_driven_, end, report);
    return report;
}

void SystemCore::end_actors(StopPolicy policy, Deadline deadline, StopReport& report) {
    names.end_waits();
    const auto drain = [](Cell& cell) { cell.stop_when_drained(); };
    const auto now = [](Cell& cell) { cell.stop(); };
    if (policy == StopPolicy::drain ? stop_all(drain, deadline) : stop_all(now, deadline)) return;
    report.clean = false;
    report.killed = alive();
    report.late = living();
    // Who can be cancelled ends at once; the others have had their time.
    if (stop_all([](Cell& cell) { cell.kill(); }, Deadline::after(last_chance))) return;
    report.survivors = survivors();
}

void SystemCore::end_runtime() noexcept {
    reaper.cancel();
    while (caller_driven_ && !reaper.has_ended()) runtime_->run_for(slice);
    reaper.join();
    runtime_.reset();
    tally_.close();
}

}  // namespace detail

System::System(SystemOptions options) : core_{nullptr} {
    detail::require_notes(options.notes, "SystemOptions::notes");
    detail::require_notes(options.notes_after_failure, "SystemOptions::notes_after_failure");
    core_ = new detail::SystemCore{*this, std::move(options)};
}

System& Actor::system() const noexcept { return cell().system().facade(); }

System::~System() {
    if (detail::is_of_parent(core_->runtime_core())) return;  // leaks: see Runtime
    StopReport report = core_->stop(StopPolicy::drain, Deadline::after(core_->grace()));
    // The machine may have had no time for them; before the process ends they can have more.
    constexpr Duration more = std::chrono::seconds{3};
    if (!report.survivors.empty()) report = core_->stop(StopPolicy::now, Deadline::after(more));
    if (!report.survivors.empty()) {
        std::string names;
        for (const std::string& name : report.survivors) names += name + "\n";
        std::fprintf(stderr, "greenroom: the system cannot end: these actors do not:\n%s%s",
                     names.c_str(), dump().c_str());
        std::terminate();
    }
    core_->end_runtime();
    core_->drop_reference();
}

StopReport System::stop(StopPolicy policy, Deadline deadline) {
    detail::forbid_parents(core_->runtime_core(), "stop");
    return core_->stop(policy, deadline);
}

void System::on_stop(StopPhase phase, std::string name, std::function<void()> hook) {
    core_->stop_hooks.add(phase, std::move(name), std::move(hook));
}

SystemStats System::stats() const noexcept {
    return {core_->alive(),
            core_->dead_letters.value(),
            core_->dropped.value(),
            core_->refused.value(),
            core_->room_waits.value(),
            core_->late_answers.value(),
            core_->expired_asks.value(),
            core_->given_up_asks.value(),
            core_->overloads.value(),
            core_->failures.value(),
            core_->names.size(),
            core_->names.watch_count(),
            core_->stream_waits.value(),
            core_->abandoned_streams.value(),
            core_->long_walks.value()};
}

std::string System::dump() const { return core_->runtime().dump(); }

Runtime& System::runtime() noexcept { return core_->runtime(); }

}  // namespace greenroom
