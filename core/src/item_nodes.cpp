#include <greenroom/core/detail/item_nodes.hpp>

namespace greenroom::detail {

namespace {

std::uint32_t rank_of(const HeapLink* node) noexcept { return node == nullptr ? 0 : node->rank; }

}  // namespace

void NodeHeap::push(HeapLink& node) noexcept {
    node.left = nullptr;
    node.right = nullptr;
    node.rank = 1;
    node.number = pushed_++;
    root_ = merge(root_, &node);
}

HeapLink& NodeHeap::pop() noexcept {
    HeapLink& first = *root_;
    root_ = merge(first.left, first.right);
    return first;
}

// As deep as the two ways along the right children are long: 2 * log2(nodes + 1) at most.
HeapLink* NodeHeap::merge(HeapLink* left, HeapLink* right) noexcept {
    if (left == nullptr) return right;
    if (right == nullptr) return left;
    if (comes_first(*right, *left)) std::swap(left, right);
    left->right = merge(left->right, right);
    if (rank_of(left->left) < rank_of(left->right)) std::swap(left->left, left->right);
    left->rank = rank_of(left->right) + 1;
    return left;
}

bool NodeHeap::comes_first(const HeapLink& left, const HeapLink& right) const noexcept {
    if (before_(left, right)) return true;
    return !before_(right, left) && left.number < right.number;
}

}  // namespace greenroom::detail
