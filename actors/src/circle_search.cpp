#include "circle_search.hpp"

#include <algorithm>
#include <greenroom/actors/detail/ask_by_task.hpp>
#include <mutex>

namespace greenroom::detail {

SpinLock CircleSearch::ending_;

void CircleSearch::begin(const WaitNode& goal) noexcept {
    goal_ = &goal;
    steps_.clear();
    branches_.clear();
    circle_.clear();
    last_mark_ = 0;
}

Looked CircleSearch::from(WaitNode& node, std::uint64_t number) {
    // acquire: of a task's, what take_for_task() wrote.
    const WaitNode* const actor = node.actors_node_.load(std::memory_order_acquire);
    begin(actor == nullptr ? node : *actor);
    // seq_cst: after publish(); pairs with count(), whose caller looks at the word then.
    if (actor != nullptr && !node.counts_.load(std::memory_order_seq_cst)) return Looked::no_circle;
    (void)take_step(node, first);
    const bool is_that = !steps_.empty() && steps_.front().seen.node == &node &&
                         steps_.front().seen.word / 4 == number;
    return is_that ? walk() : Looked::no_circle;
}

Looked CircleSearch::from_tasks(WaitNode& actor) {
    begin(actor);
    return take_tasks(actor, first) ? walk() : Looked::too_far;
}

Looked CircleSearch::walk() {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        WaitNode& reached = *steps_[i].target;
        if (&reached == goal_) {
            tell(i);
            return Looked::in_circle;
        }
        if (!take_step(reached, i)) return Looked::too_far;
    }
    return Looked::no_circle;
}

// False: it has seen too much. A circle of others is seen twice at most.
bool CircleSearch::take_step(WaitNode& node, std::size_t before) {
    const WaitNode::Seen seen = node.look();
    const auto state = seen.word & 3;
    if (state == WaitNode::tasks) return take_tasks(node, before);
    if (state != WaitNode::waiting) return true;
    const std::size_t count = steps_.size();
    if (count > 0 && steps_[last_mark_].seen.node == &node) return true;
    if (count == WaitNode::looks_max) return false;
    if ((count & (count - 1)) == 0) last_mark_ = count;
    // acquire: as in look().
    steps_.push_back({seen, node.target_.load(std::memory_order_acquire), before});
    return true;
}

bool CircleSearch::take_tasks(WaitNode& actor, std::size_t before) {
    if (std::ranges::find(branches_, &actor) != branches_.end()) return true;
    branches_.push_back(&actor);
    for (;;) {
        std::size_t count = 0;
        {
            const std::lock_guard held(actor.tasks_lock_);
            count = actor.asks_count_;
        }
        if (steps_.size() + count > WaitNode::looks_max) return false;
        steps_.reserve(steps_.size() + count);
        const std::lock_guard held(actor.tasks_lock_);
        if (steps_.capacity() - steps_.size() < actor.asks_count_) continue;
        add_tasks(actor, before);
        return true;
    }
}

// Under its lock, and there is room for all.
void CircleSearch::add_tasks(WaitNode& actor, std::size_t before) noexcept {
    for (const AskByTask* ask = actor.asks_; ask != nullptr; ask = ask->next_) {
        const WaitNode& node = *ask->node_;
        // relaxed: written under the lock.
        if (!node.counts_.load(std::memory_order_relaxed)) continue;
        const WaitNode::Seen seen = node.look();
        if ((seen.word & 3) != WaitNode::waiting) continue;
        // acquire: as in look().
        WaitNode* const target = node.target_.load(std::memory_order_acquire);
        if (target == goal_ || target->is_waiting()) steps_.push_back({seen, target, before});
    }
}

void CircleSearch::tell(std::size_t last) {
    for (std::size_t i = last; i != first; i = steps_[i].before) circle_.push_back(steps_[i].seen);
    std::ranges::reverse(circle_);
}

bool CircleSearch::lasts() const noexcept {
    return std::ranges::all_of(circle_, [](const WaitNode::Seen& seen) {
        // seq_cst: after all of the walk; see WaitNode::is_waiting().
        return seen.node->word_.load(std::memory_order_seq_cst) == seen.word;
    });
}

}  // namespace greenroom::detail
