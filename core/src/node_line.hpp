// NodeLine: a line of inbox nodes of one worker, oldest first. One thread only.
#pragma once

#include <greenroom/core/detail/inbox_node.hpp>

namespace greenroom::detail {

class NodeLine {
public:
    bool empty() const noexcept { return first_ == nullptr; }
    InboxNode* first() const noexcept { return first_; }

    void add(InboxNode& node) noexcept {
        node.next = nullptr;
        (first_ == nullptr ? first_ : last_->next) = &node;
        last_ = &node;
    }

    // The oldest, or null.
    InboxNode* take() noexcept {
        InboxNode* const node = first_;
        if (node != nullptr) first_ = node->next;
        return node;
    }

private:
    InboxNode* first_ = nullptr;
    InboxNode* last_ = nullptr;  // valid while first_ is set
};

}  // namespace greenroom::detail
