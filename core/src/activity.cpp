#include <greenroom/core/detail/activity.hpp>

#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/group.hpp>

#include "interruption.hpp"
#include "runtime_core.hpp"

namespace greenroom::detail {

std::uint32_t Activity::signal(std::uint32_t bits) noexcept {
    // seq_cst: before the look at bound_to_ in post_control(); pairs with suspended().
    const std::uint32_t before = signals_.fetch_or(bits, std::memory_order_seq_cst);
    if (!mutant(Mutant::signal_without_poke)) post_control();
    return before;
}

void Activity::post_control() noexcept {
    // A thread that is no worker of this runtime keeps its workers from ending.
    const Visit visit{core_};
    if (!visit) return;
    // seq_cst: after the bits were set; pairs with suspended().
    Worker* const worker = bound_to_.load(std::memory_order_seq_cst);
    if (worker == nullptr) return;
    // seq_cst: one in flight is enough, since it lowers the flag before it reads the bits.
    if (control_posted_.exchange(1, std::memory_order_seq_cst) != 0) return;
    hold();
    worker->post(*this);
}

void Activity::control_arrives(InboxNode& node, Worker& worker) noexcept {
    Activity& activity = static_cast<Activity&>(node);
    // seq_cst: before the bits are read; pairs with post_control().
    activity.control_posted_.store(0, std::memory_order_seq_cst);
    // seq_cst: it may have gone on, and be bound elsewhere by now.
    Worker* const where = activity.bound_to_.load(std::memory_order_seq_cst);
    if (where == &worker) {
        activity.control();
    } else if (where != nullptr) {
        activity.post_control();
    }
    activity.release();
}

void Activity::suspended(Fiber& fiber) noexcept {
    fiber_ = &fiber;
    Worker& home = fiber.home();
    const bool looks_before = mutant(Mutant::suspend_checks_before);
    const bool seen_before = looks_before && signals() != 0;
    // relaxed: written by the worker that runs it alone.
    if (bound_to_.load(std::memory_order_relaxed) != &home) {
        // seq_cst, here and in the look at the bits: see the pair in activity.hpp.
        bound_to_.store(&home, std::memory_order_seq_cst);
    }
    if (looks_before ? seen_before : signals_.load(std::memory_order_seq_cst) != 0) control();
}

void Activity::control() noexcept {
    if (fiber_ == nullptr) return;
    tell_groups(*fiber_);
    if (cancel_requested()) end_wait_if_due(*fiber_);
}

void Activity::tell_groups(Fiber& fiber) noexcept {
    const std::uint32_t now = signals();
    if ((now & (kill_signal | group_signal)) == 0) return;
    if ((now & group_signal) != 0) clear_signals(group_signal);
    for (Group* group = fiber.groups; group != nullptr; group = group->outer()) {
        group->hear((now & kill_signal) != 0);
    }
}

void Activity::start(Worker&) noexcept {
    const bool is_a_structured_task = false;
    GREENROOM_ASSERT(is_a_structured_task);
}

}  // namespace greenroom::detail
