#include <greenroom/actors/faults.hpp>

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/system.hpp>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "patience.hpp"
#include "system_core.hpp"

namespace greenroom {

namespace {

using detail::Cell;

// All that live, and all that are spawned from now on. No recursion, since trees may be deep.
void put_under_faults(detail::SystemCore& system) {
    {
        const std::lock_guard held(system.root.lock);
        system.root.gives_faults = true;
    }
    std::vector<Cell*> todo;
    system.root.list_children(todo);
    while (!todo.empty()) {
        const detail::CellHold next = detail::CellHold{todo.back()};
        todo.back()->release();
        todo.pop_back();
        next.cell()->come_under_faults(todo);
    }
}

const char* name_of(detail::FaultKind kind) noexcept {
    switch (kind) {
        case detail::FaultKind::fail: return "fail";
        case detail::FaultKind::drop: return "drop";
        case detail::FaultKind::delay: return "delay";
        case detail::FaultKind::duplicate: return "duplicate";
    }
    return "";
}

}  // namespace

Faults::Faults(System& system) : system_{&system.core()} { system_->add_reference(); }

Faults::Faults(const AnyRef& actor) : system_{&actor.cell()->system()}, whom_{actor.cell()} {
    system_->add_reference();
}

Faults::Faults(System& system, std::string_view name) : Faults{system.find<Actor>(name)} {}

Faults::~Faults() {
    for (const auto& rule : rules_) system_->faults.remove(rule);
    system_->drop_reference();
}

Fault Faults::add(std::shared_ptr<detail::FaultRule> rule) {
    if (rule->strikes.nth == 0) {
        throw std::invalid_argument{"Faults: Strikes::nth is 0, and the first message is number 1"};
    }
    rule->whom = whom_;
    rules_.push_back(rule);
    try {
        system_->faults.add(rule);
    } catch (...) {
        rules_.pop_back();
        throw;
    }
    if (whom_.cell() != nullptr) {
        whom_.cell()->signal(Cell::faults_signal);
    } else {
        put_under_faults(*system_);
    }
    return Fault{std::move(rule)};
}

void Fault::wait_struck(std::uint64_t count, Duration within, Where where) const {
    const auto has_struck = [&] { return struck() >= count; };
    if (detail::holds_before(Deadline::after(within), has_struck, where)) return;
    throw NotAsExpected{std::string{"expected that a rule "} + detail::at(where) + " to " +
                        name_of(rule_->kind) + " " + std::string{rule_->message_name} +
                        " strikes " + std::to_string(count) + " times, and within " +
                        detail::in_milliseconds(within) + " it struck " + std::to_string(struck()) +
                        ", of " + std::to_string(seen()) + " that came"};
}

}  // namespace greenroom
