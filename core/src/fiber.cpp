#include "fiber.hpp"

#include <memory>
#include <new>

#include "worker.hpp"

namespace greenroom::detail {

namespace {

void fiber_arrives(InboxNode& node, Worker& worker) noexcept {
    worker.make_ready(static_cast<Fiber&>(node));
}

}  // namespace

GuardTimer::GuardTimer(Fiber& its_fiber) noexcept
    : ActingTimerNode{[](TimerNode& node) noexcept {
          Fiber& guarded = static_cast<GuardTimer&>(node).fiber;
          guarded.home().guard_due(guarded);
      }},
      fiber{its_fiber} {}

Fiber& Fiber::make(Worker& home, Stack& stack, void (*entry)(void*)) {
    constexpr std::size_t room = (sizeof(Fiber) + 63) / 64 * 64;
    const StackBounds bounds = stack.bounds();
    std::byte* const place = bounds.top() - room;
    return *::new (place) Fiber{home, stack, {bounds.low, bounds.usable_bytes - room}, entry};
}

Fiber::Fiber(Worker& home, Stack& stack, StackBounds below, void (*entry)(void*)) noexcept
    : home_{home}, stack_{stack}, stack_class_{stack.stack_class()}, context_{below, entry, this} {
    arrive = &fiber_arrives;
}

Stack& Fiber::destroy() noexcept {
    Stack& stack = stack_;
    this->~Fiber();
    return stack;
}

Fiber* Fiber::from(InboxNode& node) noexcept {
    return node.arrive == &fiber_arrives ? static_cast<Fiber*>(&node) : nullptr;
}

}  // namespace greenroom::detail
