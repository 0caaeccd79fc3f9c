#include "fault_message.hpp"

#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/delayed_tell.hpp>
#include <greenroom/core/timers.hpp>
#include <greenroom/core/where.hpp>
#include <utility>

#include "system_core.hpp"

namespace greenroom::detail {

namespace {

// Its handler throws that.
void fail(const FaultRule& rule, Message& message) {
    try {
        rule.failure();
    } catch (...) {
        message.descriptor->discard(message, Discard::handler_failed);
        throw;
    }
}

void send_copy(const FaultRule& rule, Cell& receiver, Message& message) {
    const Fields same{fields_of(message)};
    const FieldsInUse in_use{same.set()};
    try {
        receiver.send_past_bound(FaultMessage::make(rule.copy(message), nullptr), Where{});
    } catch (...) {
        message.descriptor->discard(message, Discard::handler_failed);
        throw;
    }
}

}  // namespace

FaultMessage& FaultMessage::make(Message& message, std::shared_ptr<FaultRule> rule) {
    return *new FaultMessage{message, std::move(rule)};
}

FaultMessage::FaultMessage(Message& message, std::shared_ptr<FaultRule> rule)
    : Message{*message.descriptor},
      kind_{*message.descriptor},
      inner_{message},
      rule_{std::move(rule)} {
    descriptor = &kind_;
    kind_.dispatch = &dispatch;
    kind_.discard = &discard;
    kind_.destroy = &destroy;
    if (kind_.fail_ask != nullptr) kind_.fail_ask = &fail_ask;
    kind_.node = NodeKind::under_rule;
    kind_.carries_fields = false;  // but the inner one does
    if (rule_ != nullptr && (rule_->kind == FaultKind::drop || rule_->kind == FaultKind::delay)) {
        kind_.key = nullptr;  // no process waits for it
        kind_.counts = false;
    }
}

Message& FaultMessage::unwrap() noexcept {
    Message& inner = inner_;
    delete this;
    return inner;
}

void FaultMessage::dispatch(Cell& receiver, Message& message) {
    auto& mine = static_cast<FaultMessage&>(message);
    const std::shared_ptr<FaultRule> rule = std::exchange(mine.rule_, nullptr);
    if (rule != nullptr && rule->kind == FaultKind::delay) {
        return mine.come_later(receiver, rule->by);
    }
    Message& inner = mine.unwrap();
    if (rule != nullptr) {
        if (rule->kind == FaultKind::fail) return fail(*rule, inner);
        if (rule->kind == FaultKind::drop)
            return receiver.system().faults.lose(*rule, receiver, inner);
        send_copy(*rule, receiver, inner);
    }
    inner.descriptor->dispatch(receiver, inner);
}

void FaultMessage::come_later(Cell& receiver, Duration by) {
    kind_.key = inner_.descriptor->key;
    kind_.counts = inner_.descriptor->counts;
    DelayedTell& timer = DelayedTell::make(receiver, *this, Where{});
    try {
        (void)TimerHandle{{&timer.start_after(by), &timer}};
    } catch (...) {
        timer.destroy();
        throw;
    }
}

void FaultMessage::discard(Message& message, Discard why) noexcept {
    Message& inner = static_cast<FaultMessage&>(message).unwrap();
    inner.descriptor->discard(inner, why);
}

// By a timer that its runtime's end has stopped. The inner one was sent, and somebody may wait.
void FaultMessage::destroy(Message& message) noexcept {
    discard(message, Discard::receiver_stopped);
}

bool FaultMessage::fail_ask(Message& message) noexcept {
    auto& mine = static_cast<FaultMessage&>(message);
    if (!mine.inner_.descriptor->fail_ask(mine.inner_)) return false;
    (void)mine.unwrap();
    return true;
}

}  // namespace greenroom::detail
