#include <greenroom/actors/detail/ask_by_task.hpp>

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <mutex>
#include <utility>

#include "circle_search.hpp"

namespace greenroom::detail {

namespace {

// Whose handler waits for it in the end, or null: then it is no handler's.
Cell* actor_of(const ChildState& task) noexcept {
    const Group* outermost = &task.group();
    while (const Group* const around = outermost->around()) outermost = around;
    Activity& owner = outermost->owner();
    return owner.has_turns() ? &static_cast<Cell&>(owner) : nullptr;
}

}  // namespace

// ---- The task

AskByTask::AskByTask(WaitRecord& record, WaitNode::Circle& circle, Counter& long_walks) noexcept
    : record_{record}, circle_{circle}, long_walks_{long_walks} {
    Activity* const runs = running_activity();
    ChildState* const task = runs == nullptr ? nullptr : runs->as_child();
    Cell* const actor = task == nullptr ? nullptr : actor_of(*task);
    actor_ = actor == nullptr ? nullptr : actor->node_for_tasks();
    node_ = actor_ == nullptr ? nullptr : actor_->take_for_task();
    if (node_ == nullptr) return;
    task_ = task;
    task_->waits(this);
}

AskByTask::~AskByTask() {
    if (node_ == nullptr) return;
    task_->waits(nullptr);
    if (number_ != 0) actor_->remove(*this);
    actor_->give_back_of_task(*node_);
}

ActorWait AskByTask::begin(WaitNode* target, const Descriptor& message, Where where) noexcept {
    if (target == nullptr) return {};
    number_ = node_->begin(*target, WaitsFor::answer, message, where);
    actor_->add(*this);
    return {node_, number_};
}

// Whether each owner up to the handler waits for all its tasks.
bool AskByTask::is_awaited(bool notes) const noexcept {
    bool all = true;
    for (Group* group = &task_->group(); group != nullptr; group = group->around()) {
        const bool awaited = notes ? group->note_wait(*actor_) : group->awaits_all();
        all = all && awaited;
    }
    return all;
}

bool AskByTask::is_in(const Group& group) const noexcept {
    const Group* around = &task_->group();
    while (around != nullptr && around != &group) around = around->around();
    return around != nullptr;
}

// ---- The actor

WaitNode* WaitNode::take_for_task() noexcept {
    // relaxed, both: written before the actor was known to anybody.
    const char* const actor = actor_.load(std::memory_order_relaxed);
    const std::uint64_t id = id_.load(std::memory_order_relaxed);
    WaitNode* node = nullptr;
    {
        const std::lock_guard held(tasks_lock_);
        node = spares_;
        if (node != nullptr) spares_ = node->next_free_;
    }
    if (node == nullptr) node = make(actor, id);
    if (node == nullptr) return nullptr;
    // release, all: as make() does.
    node->actor_.store(actor, std::memory_order_release);
    node->id_.store(id, std::memory_order_release);
    node->actors_node_.store(this, std::memory_order_release);
    return node;
}

void WaitNode::give_back_of_task(WaitNode& node) noexcept {
    {
        const std::lock_guard held(tasks_lock_);
        int count = 0;
        for (const WaitNode* spare = spares_; spare != nullptr; spare = spare->next_free_) ++count;
        if (count < spares_max) {
            node.next_free_ = std::exchange(spares_, &node);
            return;
        }
    }
    node.give_back();
}

void WaitNode::add(AskByTask& ask) noexcept {
    const std::lock_guard held(tasks_lock_);
    ask.next_ = asks_;
    if (asks_ != nullptr) asks_->previous_ = &ask;
    asks_ = &ask;
    ++asks_count_;
    if (ask.is_awaited(true)) count(ask);
}

void WaitNode::remove(AskByTask& ask) noexcept {
    const std::lock_guard held(tasks_lock_);
    discount(ask);
    (ask.previous_ == nullptr ? asks_ : ask.previous_->next_) = ask.next_;
    if (ask.next_ != nullptr) ask.next_->previous_ = ask.previous_;
    --asks_count_;
}

// Under the lock.
void WaitNode::count(AskByTask& ask) noexcept {
    // seq_cst: before a look at its word; pairs with CircleSearch::from().
    ask.node_->counts_.store(true, std::memory_order_seq_cst);
    if (counting_++ > 0) return;
    // relaxed: the handler waits, and begins nothing meanwhile.
    const std::uint64_t number = word_.load(std::memory_order_relaxed) / 4 + 1;
    word_.store(number * 4 + tasks, std::memory_order_seq_cst);  // seq_cst: as publish()
}

// Under the lock: before what made it count is over.
void WaitNode::discount(AskByTask& ask) noexcept {
    (void)ask.node_->end_if_it_lasts(ask.number_);
    // relaxed: written under the lock.
    if (!ask.node_->counts_.load(std::memory_order_relaxed)) return;
    // release: as end(), both.
    ask.node_->counts_.store(false, std::memory_order_release);
    if (--counting_ > 0) return;
    // relaxed: as in count().
    const std::uint64_t number = word_.load(std::memory_order_relaxed) / 4;
    word_.store(number * 4, std::memory_order_release);
}

void WaitNode::are_awaited() noexcept {
    Counter* long_walks = nullptr;
    {
        const std::lock_guard held(tasks_lock_);
        for (AskByTask* ask = asks_; ask != nullptr; ask = ask->next_) {
            // relaxed: written under the lock.
            const bool counts = ask->node_->counts_.load(std::memory_order_relaxed);
            if (!counts && ask->is_awaited(false)) count(*ask);
        }
        if (counting_ > 0) long_walks = &asks_->long_walks_;
    }
    if (long_walks == nullptr) return;
    Looked looked{};
    do {  // for each of its tasks that is in one
        WaitRecord* failed = nullptr;
        looked = CircleSearch::find([&](CircleSearch& search) { return search.from_tasks(*this); },
                                    [&](Circle& circle) { return fail_task(circle, failed); });
        if (failed != nullptr) failed->resume();
    } while (looked == Looked::in_circle);
    if (looked == Looked::too_far) long_walks->add(1);
}

// Has the ask that the circle begins with fail. True: it is over, perhaps by others.
bool WaitNode::fail_task(Circle& circle, WaitRecord*& failed) noexcept {
    const std::lock_guard held(tasks_lock_);
    AskByTask* ask = asks_;
    while (ask != nullptr && ask->node_ != circle.front().node) ask = ask->next_;
    if (ask == nullptr) return true;
    if (!ask->record_.decide(Outcome::cancelled)) {
        (void)ask->node_->end_if_it_lasts(ask->number_);
        return true;
    }
    ask->node_->end_early();
    ask->circle_.swap(circle);
    failed = &ask->record_;
    return true;
}

void WaitNode::are_left(const Group& group) noexcept {
    const std::lock_guard held(tasks_lock_);
    for (AskByTask* ask = asks_; ask != nullptr; ask = ask->next_) {
        if (ask->is_in(group)) discount(*ask);
    }
}

}  // namespace greenroom::detail
