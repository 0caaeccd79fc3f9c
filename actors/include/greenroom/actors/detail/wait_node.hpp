// WaitNode: whom an actor waits for: its place in the graph of who waits for whom.
//
// An actor whose handler waits in an ask, or for room in a mailbox, handles nothing else. So a
// circle of such waits never ends by itself, and the wait that closes one fails instead. A process
// that has tasks may receive by one of them: no wait of its body counts as long as it has any.
//
//   none --begin--> begun          the message is about to be sent; nobody counts on the wait yet
//   begun --publish--> waiting     it was taken, and the actor is about to suspend
//   begun, waiting --end--> none   it was answered or let in, or the wait expires or is cancelled,
//                                  or a handler took the Reply: then the answer may come from
//                                  anybody, and nothing is known of that
//   none --go_on_with--> waiting   the Reply was sent on with a message to another actor, which is
//                                  waited for from then on
//
// Who waits publishes, and then looks along the others:
//
//   A  publishes (seq_cst), then reads B's word (seq_cst)
//   B  publishes (seq_cst), then reads A's word (seq_cst)
//
// In the single order of these the last to publish sees all others of its circle. It walks twice:
// if each wait was the same one both times, all of them lasted at some moment in between, so the
// circle was there. Several may see it. They take a lock, look once more, and the first of them
// ends its own wait, which the others no longer find.
//
// Who waits for an actor that was idle, and that it has yet to schedule, need not look: that one
// waits for nobody, and whatever it waits for later comes after. Nor need its publishing be in the
// single order: B's comes after it, by way of the turn that A schedules, and who comes after B in
// that order sees what B has seen. (For a third one C++ does not say so, but it is so on machines
// where a store is seen by all others at once, as x86-64 and arm64 are.)
//
// A wait ends in the word before anything follows from its end: whoever decides the WaitRecord is
// at it before it resumes the waiter. So what has ended is not counted, and there is no false
// report.
//
// Who holds the Reply of a wait that ended for that may be late: the wait may have expired and the
// owner have begun another. So go_on_with() looks at the number under a lock, under which the owner
// takes a new one when a wait ends early (end_early). One that was answered has no Reply left.
//
// While a handler waits until all tasks of a group have ended, the actor waits for whatever one of
// them asks (ask_by_task.hpp). Each such ask has a node of its own, and the actor's says `tasks`.
// There a walk branches: see circle_search.hpp.
//
// Threads   begin(), publish() and end_early() by the owner; the others by any.
// Lifetime  Never freed, used again by other actors; the number of a wait only grows. So a walk
//           holds no references, and who has a wait may end it whenever.
// Limits    A walk sees `looks_max` waits. A circle that was not found by then ends by a timeout,
//           and the walk is counted (SystemStats::long_walks).
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/group.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/where.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace greenroom {
struct MessageNote;
}

namespace greenroom::detail {

class AskByTask;
class WaitRecord;
struct Descriptor;

enum class WaitsFor : std::uint32_t { answer, room };

// What became of a look for a circle.
enum class Looked : std::uint8_t { no_circle, in_circle, too_far };

class WaitNode final : public TaskWaits {
public:
    static constexpr std::size_t looks_max = 1'000;
    static constexpr int spares_max = 4;  // nodes for tasks that an actor keeps

    // For an actor with this name, a string literal. Null: there is no memory for it.
    static WaitNode* make(const char* actor, std::uint64_t id) noexcept;
    // The actor has gone.
    void give_back() noexcept;

    // Begins a wait for the owner of `target`; returns its number.
    std::uint64_t begin(WaitNode& target, WaitsFor what, const Descriptor& message,
                        Where where) noexcept;
    // False: it has ended already.
    bool publish(std::uint64_t number) noexcept;
    // The same of a wait for an actor that its message has found idle, and that cannot run before:
    // nothing can have ended it, and it closes no circle.
    void publish_to_idle(std::uint64_t number) noexcept {
        // release: see above.
        word_.store(number * 4 + waiting, std::memory_order_release);
    }
    // By who ends the wait, before the owner can go on: so no other wait can have begun.
    void end(std::uint64_t number) noexcept {
        // relaxed: whoever else ends it now writes the same.
        if (word_.load(std::memory_order_relaxed) == number * 4) return;
        // release: what was done before is not taken for something that the wait had allowed.
        word_.store(number * 4, std::memory_order_release);
    }
    // The owner's wait, if there is one, ends without an answer: on the owner's worker.
    void end_early() noexcept;
    // By who does not know whether the owner still waits. True: it did.
    bool end_if_it_lasts(std::uint64_t number) noexcept;
    // By who holds the Reply, after that: the owner waits for that of `target` from here on, and
    // its wait gets another number. False: it waits no more.
    bool go_on_with(std::uint64_t& number, WaitNode& target, const Descriptor& message,
                    Where where) noexcept;

    // Or its tasks do.
    bool is_waiting() const noexcept {
        // seq_cst: see above; and it acquires what begin() wrote.
        return (word_.load(std::memory_order_seq_cst) & waiting) != 0;
    }

    // By any: whom the owner waits for, and with what: "Bank 3, with Pay". Empty: for nobody.
    std::string waits_on() const;

    // By any: who the owner is, if that wait of it lasts.
    void tell_owner(std::uint64_t number, MessageNote& note) const noexcept;

    // What a walk saw of one wait.
    struct Seen {
        const WaitNode* node;
        std::uint64_t word;
        const char* actor;
        std::uint64_t id;
        WaitsFor what;
        const Descriptor* message;
        Where where;
    };
    using Circle = std::vector<Seen>;

    // Whether the owner's wait, which is published, closes a circle, and is the one of it that
    // fails: then `record` is decided as cancelled. Else the circle is as it was; for want of
    // memory as well.
    Looked closes(Circle& circle, std::uint64_t number, WaitRecord& record) noexcept;
    // The same of a wait that go_on_with() has begun; the caller tells the owner.
    Looked goes_on_in_circle(Circle& circle, std::uint64_t number) noexcept;

    // ---- Of an actor: what its tasks wait for.

    // A node for one more. Null: there is no memory for it.
    WaitNode* take_for_task() noexcept;
    void give_back_of_task(WaitNode& node) noexcept;
    // Lists a wait, which counts from here on if its actor cannot go on before.
    void add(AskByTask& ask) noexcept;
    void remove(AskByTask& ask) noexcept;

    // An ask of a task may close a circle by that, and then fails.
    void are_awaited() noexcept override;
    void are_left(const Group& group) noexcept override;

private:
    friend class CircleSearch;

    enum State : std::uint64_t { none, begun, waiting, tasks };

    WaitNode() noexcept = default;
    void set(WaitNode& target, WaitsFor what, const Descriptor& message, Where where) noexcept;
    Seen look() const noexcept;
    void count(AskByTask& ask) noexcept;
    void discount(AskByTask& ask) noexcept;
    bool fail_task(Circle& circle, WaitRecord*& failed) noexcept;

    Atomic<std::uint64_t> word_{0};  // the number of the last wait, times 4, and its State
    // Of that wait. release and acquire, all: a walk that reads a later wait's finds another word.
    Atomic<WaitNode*> target_{nullptr};
    Atomic<const Descriptor*> message_{nullptr};
    Atomic<const char*> file_{nullptr};
    Atomic<int> line_{0};
    Atomic<WaitsFor> what_{WaitsFor::answer};
    // The owner.
    Atomic<const char*> actor_{nullptr};
    Atomic<std::uint64_t> id_{0};
    Atomic<WaitNode*> actors_node_{nullptr};  // of a task's: its actor's
    Atomic<bool> counts_{false};              // of a task's: written under its actor's lock
    SpinLock going_on_;                       // see above
    WaitNode* next_free_ = nullptr;
    // Of an actor: the asks of its tasks, and nodes for more; all guarded by the lock.
    SpinLock tasks_lock_;
    std::uint32_t counting_ = 0;  // of them
    std::size_t asks_count_ = 0;
    AskByTask* asks_ = nullptr;
    WaitNode* spares_ = nullptr;
};

// Who waits for whom.
std::string story_of(const WaitNode::Circle& circle);

// One wait of an actor, as it is known to who may end it. Of nobody, if who waits is no actor.
struct ActorWait {
    WaitNode* node = nullptr;
    std::uint64_t number = 0;

    void end() const noexcept {
        if (node != nullptr) node->end(number);
    }
    void publish_to_idle() const noexcept {
        if (node != nullptr) node->publish_to_idle(number);
    }
    void end_if_it_lasts() const noexcept {
        if (node != nullptr) (void)node->end_if_it_lasts(number);
    }
};

}  // namespace greenroom::detail
