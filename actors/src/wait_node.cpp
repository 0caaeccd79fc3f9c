#include <greenroom/actors/detail/wait_node.hpp>

#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/message_note.hpp>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <mutex>
#include <new>
#include <utility>

#include "circle_search.hpp"

namespace greenroom::detail {

namespace {

SpinLock free_nodes_lock;
WaitNode* free_nodes = nullptr;

}  // namespace

WaitNode* WaitNode::make(const char* actor, std::uint64_t id) noexcept {
    WaitNode* node = nullptr;
    {
        const std::lock_guard held(free_nodes_lock);
        node = free_nodes;
        if (node != nullptr) free_nodes = node->next_free_;
    }
    if (node == nullptr) node = new (std::nothrow) WaitNode;
    if (node == nullptr) return nullptr;
    node->actor_.store(actor, std::memory_order_release);
    node->id_.store(id, std::memory_order_release);
    node->actors_node_.store(nullptr, std::memory_order_release);
    return node;
}

void WaitNode::give_back() noexcept {
    const std::lock_guard held(free_nodes_lock);
    next_free_ = std::exchange(free_nodes, this);
}

std::uint64_t WaitNode::begin(WaitNode& target, WaitsFor what, const Descriptor& message,
                              Where where) noexcept {
    // relaxed: the wait before has ended, and nobody else begins one.
    const std::uint64_t number = word_.load(std::memory_order_relaxed) / 4 + 1;
    word_.store(number * 4 + begun, std::memory_order_relaxed);  // relaxed: publish() is to come
    set(target, what, message, where);
    return number;
}

void WaitNode::set(WaitNode& target, WaitsFor what, const Descriptor& message,
                   Where where) noexcept {
    target_.store(&target, std::memory_order_release);
    message_.store(&message, std::memory_order_release);
    file_.store(where.file, std::memory_order_release);
    line_.store(where.line, std::memory_order_release);
    what_.store(what, std::memory_order_release);
}

bool WaitNode::publish(std::uint64_t number) noexcept {
    if (mutant(Mutant::circle_seen_before_published)) return true;
    std::uint64_t seen = number * 4 + begun;
    // seq_cst: before the look at others; pairs with is_waiting(), and releases what begin() wrote.
    // relaxed when lost: nothing is read.
    return word_.compare_exchange_strong(seen, number * 4 + waiting, std::memory_order_seq_cst,
                                         std::memory_order_relaxed);
}

void WaitNode::end_early() noexcept {
    const std::lock_guard held(going_on_);
    // relaxed: of this thread's, or under the lock. release: as end().
    const std::uint64_t number = word_.load(std::memory_order_relaxed) / 4 + 1;
    word_.store(number * 4, std::memory_order_release);
}

bool WaitNode::end_if_it_lasts(std::uint64_t number) noexcept {
    // relaxed: the exchange says whether it was right.
    std::uint64_t seen = word_.load(std::memory_order_relaxed);
    while (seen / 4 == number && (seen & 3) != none) {
        // release: as end(). relaxed when lost: nothing is read.
        if (word_.compare_exchange_weak(seen, number * 4, std::memory_order_release,
                                        std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

bool WaitNode::go_on_with(std::uint64_t& number, WaitNode& target, const Descriptor& message,
                          Where where) noexcept {
    const std::lock_guard held(going_on_);
    // relaxed: it changes under the lock alone while there is a Reply.
    if (word_.load(std::memory_order_relaxed) != number * 4) return false;
    set(target, WaitsFor::answer, message, where);
    ++number;
    if (mutant(Mutant::circle_seen_before_published)) return true;
    // seq_cst: as publish().
    word_.exchange(number * 4 + waiting, std::memory_order_seq_cst);
    return true;
}

WaitNode::Seen WaitNode::look() const noexcept {
    Seen seen{};
    seen.node = this;
    seen.word = word_.load(std::memory_order_seq_cst);  // seq_cst: see is_waiting()
    // acquire, all: pairs with begin(); see target_.
    seen.actor = actor_.load(std::memory_order_acquire);
    seen.id = id_.load(std::memory_order_acquire);
    seen.what = what_.load(std::memory_order_acquire);
    seen.message = message_.load(std::memory_order_acquire);
    seen.where = {file_.load(std::memory_order_acquire), line_.load(std::memory_order_acquire)};
    return seen;
}

std::string WaitNode::waits_on() const {
    const Seen mine = look();
    if ((mine.word & 3) != waiting) return {};
    const Seen other = target_.load(std::memory_order_acquire)->look();  // acquire: as in look()
    // seq_cst: as in lasts(). Of another wait by now, it was read of both.
    if (word_.load(std::memory_order_seq_cst) != mine.word) return {};
    return std::string{other.actor} + " " + std::to_string(other.id) + ", with " +
           std::string{mine.message->name};
}

void WaitNode::tell_owner(std::uint64_t number, MessageNote& note) const noexcept {
    const Seen mine = look();
    // seq_cst: as in waits_on().
    const std::uint64_t word = word_.load(std::memory_order_seq_cst);
    if (word / 4 != number || (word & 3) == none) return;
    note.sender = mine.actor;
    note.sender_id.number = mine.id;
}

Looked WaitNode::closes(Circle& circle, std::uint64_t number, WaitRecord& record) noexcept {
    return CircleSearch::find([&](CircleSearch& search) { return search.from(*this, number); },
                              [&](Circle& found) {
                                  if (!record.decide(Outcome::cancelled)) return false;
                                  end_early();
                                  circle.swap(found);
                                  return true;
                              });
}

Looked WaitNode::goes_on_in_circle(Circle& circle, std::uint64_t number) noexcept {
    return CircleSearch::find([&](CircleSearch& search) { return search.from(*this, number); },
                              [&](Circle& found) {
                                  if (!end_if_it_lasts(number)) return false;
                                  circle.swap(found);
                                  return true;
                              });
}

std::string story_of(const WaitNode::Circle& circle) {
    std::string story = "it closes a circle";
    const char* separator = ": ";
    for (std::size_t i = 0; i < circle.size(); ++i) {
        const WaitNode::Seen& from = circle[i];
        const WaitNode::Seen& to = circle[(i + 1) % circle.size()];
        story += std::exchange(separator, "; ");
        story += std::string{from.actor} + " " + std::to_string(from.id);
        story += from.what == WaitsFor::answer ? " asks " : " waits for room in ";
        story += std::string{to.actor} + " " + std::to_string(to.id) + " with ";
        story += std::string{from.message->name} + " at " + from.where.file + ":" +
                 std::to_string(from.where.line);
    }
    return story;
}

}  // namespace greenroom::detail
