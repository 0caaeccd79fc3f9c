// AskByTask: an ask that a structured task of a handler makes, for as long as it lasts.
//
// While the handler waits until all tasks of the group have ended (a join, not a race and not a
// next()), and this one's group is not another's that nobody waits for so, the actor cannot go on
// before the ask has ended: then the ask counts as a wait of the actor (WaitNode). It begins to
// count with the ask, or with the handler's join, whichever comes last:
//
//   the task   lists the ask, notes it at its groups (under their locks), and reads there whether
//              their owners wait
//   an owner   says that it waits (under the lock), and reads there whether an ask was noted;
//              then it looks at the list
//
// So one of them sees both. It has the actor's node say so (seq_cst) before it looks along the
// others, and who comes to wait for the actor publishes before it looks at that node. Hence the
// last of a circle sees it all, here too. If that is the owner, the task's ask fails.
//
// It counts no more when the handler's wait, or one in between, is about to end early, or the group
// was cancelled: then its wait ends in its node before that is decided, as any other wait does.
//
// What a process asks by its tasks counts never: another of them may receive meanwhile. Nor what a
// reentrant actor asks so.
//
// Threads   Of the task's worker; what is listed, under the lock of the actor's node.
// Lifetime  On the task's stack. Who has decided the record touches this no more after resume().
#pragma once

#include <cstdint>
#include <greenroom/actors/detail/wait_node.hpp>
#include <greenroom/core/detail/counter.hpp>
#include <greenroom/core/detail/group.hpp>
#include <greenroom/core/detail/wait_record.hpp>

namespace greenroom::detail {

class AskByTask final : public TaskWait {
public:
    // Of the calling task; of none, if no task of a handler calls. `circle` is filled by whoever
    // has `record` decided as cancelled since it closes one. Walks that went too far are counted.
    AskByTask(WaitRecord& record, WaitNode::Circle& circle, Counter& long_walks) noexcept;
    ~AskByTask();
    AskByTask(const AskByTask&) = delete;
    AskByTask& operator=(const AskByTask&) = delete;

    // False: it is of none, or there is no memory.
    bool counts() const noexcept { return node_ != nullptr; }
    // Then: begins its wait for the owner of `target`, or for nobody.
    ActorWait begin(WaitNode* target, const Descriptor& message, Where where) noexcept;

    void ends_early() noexcept override { node_->end_early(); }

private:
    friend class CircleSearch;
    friend class WaitNode;

    bool is_awaited(bool notes) const noexcept;
    bool is_in(const Group& group) const noexcept;

    WaitRecord& record_;
    WaitNode::Circle& circle_;
    Counter& long_walks_;
    ChildState* task_ = nullptr;
    WaitNode* actor_ = nullptr;
    WaitNode* node_ = nullptr;  // its own
    std::uint64_t number_ = 0;
    AskByTask* next_ = nullptr;
    AskByTask* previous_ = nullptr;
};

}  // namespace greenroom::detail
