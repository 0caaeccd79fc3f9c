#include "fault_book.hpp"

#include <algorithm>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/faults.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "fault_message.hpp"

namespace greenroom::detail {

namespace {

bool counts(const FaultRule& rule, const Cell& receiver, const Descriptor& kind) noexcept {
    if (rule.key != kind.key) return false;
    if (rule.whom.cell() != nullptr && rule.whom.cell() != &receiver) return false;
    const bool is_told = kind.node == NodeKind::told || kind.node == NodeKind::told_shared;
    return rule.kind != FaultKind::duplicate || is_told;
}

// Counts one more.
bool strikes_next(FaultRule& rule) noexcept {
    const std::uint64_t number = rule.seen.add(1) + 1;
    if (number < rule.strikes.nth || number - rule.strikes.nth >= rule.strikes.count) return false;
    rule.struck.add(1);
    return true;
}

void end_lost(Message& message) noexcept {
    try {
        throw std::runtime_error{"the message was dropped by a rule of Faults"};
    } catch (...) {
        message.descriptor->discard(message, Discard::handler_failed);
    }
}

}  // namespace

void FaultBook::add(const Rule& rule) {
    const std::lock_guard held(lock_);
    if (rules_.size() >= Faults::rules_max) {
        throw Error{Errc::limit_reached, "Faults: its system has " +
                                             std::to_string(Faults::rules_max) +
                                             " rules already, which is rules_max"};
    }
    rules_.push_back(rule);
}

void FaultBook::remove(const Rule& rule) noexcept {
    std::vector<LostMessage> lost;
    {
        const std::lock_guard held(lock_);
        rule->is_over = true;
        lost = std::exchange(rule->lost, {});
        std::erase(rules_, rule);
    }
    for (const LostMessage& one : lost) end_lost(*one.message);
}

FaultBook::Rule FaultBook::striking(const Cell& receiver, const Descriptor& kind) noexcept {
    const std::lock_guard held(lock_);
    for (const Rule& rule : rules_) {
        if (counts(*rule, receiver, kind) && strikes_next(*rule)) return rule;
    }
    return nullptr;
}

Message& FaultBook::judge(Cell& receiver, Message& message) noexcept {
    const Descriptor& kind = *message.descriptor;
    if (!kind.counts || kind.node == NodeKind::under_rule) return message;
    Rule rule = striking(receiver, kind);
    return rule == nullptr ? message : FaultMessage::make(message, std::move(rule));
}

void FaultBook::lose(FaultRule& rule, Cell& receiver, Message& message) noexcept {
    if (message.descriptor->fail_ask != nullptr) {
        LostMessage lost{CellHold{&receiver}, &message};
        const std::lock_guard held(lock_);
        if (!rule.is_over && rule.lost.size() < Faults::lost_max) {
            return rule.lost.push_back(std::move(lost));
        }
    }
    end_lost(message);
}

}  // namespace greenroom::detail
