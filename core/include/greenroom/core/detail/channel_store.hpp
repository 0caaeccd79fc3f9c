// What is inside of a channel, in the order that its second parameter names.
//
// All stores have the same members. `put` and `take` need the channel's lock, which counts the
// items; a Spare is made and destroyed without it, and what `put` needs is in one that was prepared
// or that a `take` has just filled. One that is a ring needs none: `put`, `first`, `drop_first`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/channel_order.hpp>
#include <greenroom/core/detail/item_nodes.hpp>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace greenroom::detail {

constexpr std::size_t no_bound = SIZE_MAX;

// One node an item.
template <class T, class Shape, class Link>
class NodeStore {
    using Node = ItemNode<T, Link>;

public:
    using Spare = SpareNode<Node>;

    template <class... Arguments>
    explicit NodeStore(Arguments... arguments) noexcept : nodes_{arguments...} {}
    ~NodeStore() { clear(); }
    NodeStore(const NodeStore&) = delete;
    NodeStore& operator=(const NodeStore&) = delete;

    static constexpr bool may_be_ring = false;

    static void prepare(Spare& spare) { spare.prepare(); }

    void put(T& item, Spare& spare) noexcept {
        Node& node = spare.take();
        ::new (&node.item) T(std::move(item));
        nodes_.push(node);
    }
    void take(std::optional<T>& item, Spare& spare) noexcept {
        Node& node = static_cast<Node&>(nodes_.pop());
        item.emplace(std::move(node.item));
        std::destroy_at(&node.item);
        spare.keep(node);
    }
    void clear() noexcept {
        while (!nodes_.empty()) {
            Node& node = static_cast<Node&>(nodes_.pop());
            std::destroy_at(&node.item);
            Spare last;
            last.keep(node);
        }
    }

private:
    Shape nodes_;
};

// A ring of slots: nothing is allocated but by the constructor.
template <class T>
class RingStore {
public:
    explicit RingStore(std::size_t capacity)
        : capacity_{capacity}, slots_{capacity == 0 ? nullptr : Allocator{}.allocate(capacity)} {}
    // Requires that it is empty.
    ~RingStore() {
        if (slots_ != nullptr) Allocator{}.deallocate(slots_, capacity_);
    }
    RingStore(const RingStore&) = delete;
    RingStore& operator=(const RingStore&) = delete;

    void put(T& item) noexcept {
        ::new (slots_ + free_) T(std::move(item));
        step(free_);
    }
    T& first() noexcept { return slots_[first_]; }
    void drop() noexcept {
        std::destroy_at(slots_ + first_);
        step(first_);
    }

private:
    using Allocator = std::allocator<T>;

    void step(std::size_t& slot) const noexcept {
        if (++slot == capacity_) slot = 0;
    }

    const std::size_t capacity_;
    T* const slots_;
    std::size_t first_ = 0;  // the oldest item
    std::size_t free_ = 0;   // behind the newest
};

template <class T, class Order>
class ChannelStore;

// A ring where there is a bound, else nodes.
template <class T>
class ChannelStore<T, OldestFirst> {
    using Nodes = NodeStore<T, NodeQueue, ChainLink>;

public:
    using Spare = typename Nodes::Spare;

    explicit ChannelStore(std::size_t capacity)
        : bounded_{capacity != no_bound}, ring_{bounded_ ? capacity : 0} {}

    static constexpr bool may_be_ring = true;
    bool is_ring() const noexcept { return bounded_; }
    // Require that it is a ring.
    void put(T& item) noexcept { ring_.put(item); }
    T& first() noexcept { return ring_.first(); }
    void drop_first() noexcept { ring_.drop(); }

    void prepare(Spare& spare) const {
        if (!bounded_) spare.prepare();
    }
    void put(T& item, Spare& spare) noexcept {
        if (bounded_) [[likely]]
            return ring_.put(item);
        nodes_.put(item, spare);
    }
    void take(std::optional<T>& item, Spare& spare) noexcept {
        if (bounded_) [[likely]]
            return take_from_ring(item);
        nodes_.take(item, spare);
    }
    // Destroys all `count` items.
    void clear(std::size_t count) noexcept {
        if (!bounded_) return nodes_.clear();
        for (; count != 0; --count) ring_.drop();
    }

private:
    void take_from_ring(std::optional<T>& item) noexcept {
        item.emplace(std::move(ring_.first()));
        ring_.drop();
    }

    const bool bounded_;
    RingStore<T> ring_;
    Nodes nodes_;
};

template <class T>
class ChannelStore<T, NewestFirst> : private NodeStore<T, NodeStack, ChainLink> {
    using Base = NodeStore<T, NodeStack, ChainLink>;

public:
    using Base::may_be_ring;
    using Base::prepare;
    using Base::put;
    using Base::take;
    using typename Base::Spare;

    explicit ChannelStore(std::size_t) noexcept {}
    void clear(std::size_t) noexcept { Base::clear(); }
};

template <class T, class Before>
class ChannelStore<T, Ordered<Before>> : private NodeStore<T, NodeHeap, HeapLink> {
    using Base = NodeStore<T, NodeHeap, HeapLink>;

public:
    using Base::may_be_ring;
    using Base::prepare;
    using Base::put;
    using Base::take;
    using typename Base::Spare;

    explicit ChannelStore(std::size_t) noexcept : Base{&before} {}
    void clear(std::size_t) noexcept { Base::clear(); }

private:
    using Node = ItemNode<T, HeapLink>;

    static bool before(const HeapLink& left, const HeapLink& right) noexcept {
        return Before{}(static_cast<const Node&>(left).item, static_cast<const Node&>(right).item);
    }
};

}  // namespace greenroom::detail
