// FaultBook: the rules of a system that are in force: see faults.hpp.
//
// Threads  Any; all under `lock_`, which is held for no longer than the rules are looked through.
#pragma once

#include <greenroom/actors/detail/fault_rule.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <memory>
#include <vector>

namespace greenroom::detail {

class FaultBook {
public:
    using Rule = std::shared_ptr<FaultRule>;

    // Throws Error(limit_reached).
    void add(const Rule& rule);
    void remove(const Rule& rule) noexcept;

    // What `receiver` is to handle in place of `message`, which it has taken in its turn.
    Message& judge(Cell& receiver, Message& message) noexcept;
    // Of drop: what is told ends, what is asked waits until the rule is over.
    void lose(FaultRule& rule, Cell& receiver, Message& message) noexcept;

private:
    Rule striking(const Cell& receiver, const Descriptor& kind) noexcept;

    SpinLock lock_;
    std::vector<Rule> rules_;  // in the order in which they were made
};

}  // namespace greenroom::detail
