// Nodes for items, in the three shapes that a channel keeps them in: a queue, a stack, a heap.
//
// A node is made before the channel's lock is taken and given back after it (SpareNode), so that
// nothing is allocated under the lock, and no item is moved for the sake of another.
//
// Threads  None: the shapes are guarded by their channel's lock.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/block_pool.hpp>
#include <memory>
#include <new>
#include <utility>

namespace greenroom::detail {

struct ChainLink {
    ChainLink* next = nullptr;
};

// The first in is the first out.
class NodeQueue {
public:
    void push(ChainLink& node) noexcept {
        node.next = nullptr;
        *end_ = &node;
        end_ = &node.next;
    }
    // Requires that there is one.
    ChainLink& pop() noexcept {
        ChainLink& node = *first_;
        first_ = node.next;
        if (first_ == nullptr) end_ = &first_;
        return node;
    }
    bool empty() const noexcept { return first_ == nullptr; }

private:
    ChainLink* first_ = nullptr;
    ChainLink** end_ = &first_;
};

// The last in is the first out.
class NodeStack {
public:
    void push(ChainLink& node) noexcept {
        node.next = first_;
        first_ = &node;
    }
    // Requires that there is one.
    ChainLink& pop() noexcept { return *std::exchange(first_, first_->next); }
    bool empty() const noexcept { return first_ == nullptr; }

private:
    ChainLink* first_ = nullptr;
};

struct HeapLink {
    HeapLink* left = nullptr;
    HeapLink* right = nullptr;
    std::uint64_t number = 0;  // of the push
    std::uint32_t rank = 1;    // nodes on the way to the nearest missing child
};

// A leftist heap (Crane, "Linear lists and priority queues as balanced binary trees", 1972): the
// way along the right children is at most log2(nodes + 1) long, so push and pop are bounded by
// twice that also in the worst case, as they must be under a lock.
class NodeHeap {
public:
    using Before = bool (*)(const HeapLink&, const HeapLink&) noexcept;

    explicit NodeHeap(Before before) noexcept : before_{before} {}

    void push(HeapLink& node) noexcept;
    // Requires that there is one. Of those that none comes before, the one pushed first.
    HeapLink& pop() noexcept;
    bool empty() const noexcept { return root_ == nullptr; }

private:
    HeapLink* merge(HeapLink* left, HeapLink* right) noexcept;
    bool comes_first(const HeapLink& left, const HeapLink& right) const noexcept;

    const Before before_;
    HeapLink* root_ = nullptr;
    std::uint64_t pushed_ = 0;
};

// A node, and the place for its item, which is not there at first.
template <class T, class Link>
struct ItemNode : Link {
    ItemNode() noexcept {}
    ~ItemNode() {}
    ItemNode(const ItemNode&) = delete;
    ItemNode& operator=(const ItemNode&) = delete;

    union {
        T item;
    };
};

// Holds at most one node without an item, and gives it back in the end. Not under a lock.
template <class Node>
class SpareNode {
public:
    SpareNode() noexcept = default;
    ~SpareNode() {
        if (node_ == nullptr) return;
        std::destroy_at(node_);
        release_block(node_, sizeof(Node), alignof(Node));
    }
    SpareNode(const SpareNode&) = delete;
    SpareNode& operator=(const SpareNode&) = delete;

    // Sees to it that there is one. Throws std::bad_alloc.
    void prepare() {
        if (node_ == nullptr) node_ = ::new (allocate_block(sizeof(Node), alignof(Node))) Node;
    }
    Node& take() noexcept { return *std::exchange(node_, nullptr); }
    void keep(Node& node) noexcept { node_ = &node; }

private:
    Node* node_ = nullptr;
};

}  // namespace greenroom::detail
