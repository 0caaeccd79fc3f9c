// BoundedMailbox: an actor's queue with a bound: a lock, what is queued, a line of waiting senders.
//
// It stands in the place of the cell's MailboxWord and keeps the same states (idle, taken care of,
// closed). Newcomers queue behind senders that wait, so the order of each sender holds. A waiting
// sender's message is moved in under the lock, by who makes the room.
//
// The turn locks once to take all that is queued, as its batch. Out of that it takes one by one, as
// it handles them: each makes room, which taken_ says, without the lock. So the turn and a sender
// that finds no room meet in Dekker's race:
//
//   turn     stores taken_,        then reads serves_line_: nobody waits
//   sender   stores serves_line_,  then reads taken_:       there is no room, it lines up
//
// The turn's side has no fence. The sender has one put into all threads (process_fence.hpp), where
// the turn has a batch and has not been told yet. Once told, the turn takes the lock with each
// message, to let in who waits, until nobody does and half of the bound is free: so a sender that
// is always faster needs one fence, and not one for each message. Where the kernel offers none, the
// turn is told from the beginning and for ever.
//
// A turn that handles one quick message after another lets in who waits for portions of room only
// (serve_in_portions), and the rest when it is over: where many send to one, each that waits costs
// two switches, and looking for him with each message an exchange of the lock's cache line. The
// room that it has not told of yet is held back (HeldBack): who waits hears of it before a handler
// of the turn waits itself. A newcomer sees it as any other, and lets in those before him: put().
//
// Between its store and its second look a sender is not in line. Others that come meanwhile have a
// fence put in as well: nobody is in line by a look at taken_ that may be too old. So who stands in
// a circle stands there for want of room.
//
// With drop_oldest, senders take messages out too. So there are no batches, and all is in the list.
//
// Threads   All from any thread, but take(), take_of_batch(), serve_in_portions(), sample(),
//           try_idle() and close() by who runs the actor.
// Limits    `bound` users' messages; the runtime's own are few by construction and not counted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/wait_node.hpp>
#include <greenroom/actors/mailbox.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/held_back.hpp>
#include <greenroom/core/detail/mailbox_word.hpp>
#include <greenroom/core/detail/mutant.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>
#include <mutex>
#include <utility>

#include "message_slots.hpp"

namespace greenroom::detail {

class BoundWatch;
class ShareCount;

class alignas(64) BoundedMailbox {
public:
    // A turn tells those who wait of so large a part of the bound at once, a fourth; and no more
    static constexpr std::size_t portions = 4;
    static constexpr std::size_t portion_max = 256;  // than this.

    explicit BoundedMailbox(const MailboxOptions& options) noexcept;
    ~BoundedMailbox();
    BoundedMailbox(const BoundedMailbox&) = delete;
    BoundedMailbox& operator=(const BoundedMailbox&) = delete;

    const MailboxOptions& options() const noexcept { return options_; }

    enum class Put { queued, scheduled, closed, full };

    // Queued or scheduled; or `full`, which says no more than that put() knows. So the common way
    // calls nothing, and needs no frame.
    [[nodiscard]] Put put_usually(Message& message) noexcept {
        if (!senders_.lock.try_lock()) [[unlikely]] {
            SpinLock::step_back();
            return Put::full;
        }
        Put put = Put::full;
        if (put_ < full_at_ && senders_.empty() && newest_.try_add(message)) [[likely]]
            put = count_in(message);
        senders_.lock.unlock();
        return put;
    }
    // By the policy, except that `full` is returned where the sender would have to wait or fail.
    // With drop_oldest, the message that gave way is returned in `dropped`; with drop_newest it is
    // `message` itself.
    [[nodiscard]] Put put(Message& message, Message*& dropped) noexcept;

    // Who waits in line for room. The sender of a tell has a record for this wait, and is woken
    // when its message is in. An ask's record is that of its answer, which is waited for as well:
    // moving its message in wakes nobody, or its fiber would be woken twice.
    struct Sender : WaitEntry {
        Sender(WaitRecord& waiter, Message& its_message, bool asks) noexcept
            : WaitEntry{waiter}, message{its_message}, is_ask{asks} {}

        Message& message;
        const bool is_ask;
        ActorWait wait{};      // of a tell's sender, if that is an actor
        bool refused = false;  // the mailbox was closed; written before the wake
    };

    // Waits until there is room. The message is in when it returns queued or scheduled. Throws
    // Cancelled or AskCycle; then the message is still the caller's.
    [[nodiscard]] Put put_when_room(Message& message, Cell& owner, Where where);

    // `full`: the entry is in line now.
    [[nodiscard]] Put line_up(Sender& sender) noexcept;
    // True: it was still in line, and its message is the caller's. False: that is in, or was.
    [[nodiscard]] bool leave_line(Sender& sender) noexcept;

    // Uncounted and never refused, unless closed.
    [[nodiscard]] Put post(Message& message) noexcept;

    // The oldest message, or null. Lets waiting senders in while there is room.
    [[nodiscard]] Message* take() noexcept;
    // Of what take() has taken at once; null: there is none left, or none that is simply next.
    [[nodiscard]] Message* take_of_batch() noexcept {
        return next_ == last_ ? take_behind_slots() : &take_next();
    }
    // From here on, those in line are let in by portions, until that is let go. Null: nobody is.
    [[nodiscard]] HeldBack* serve_in_portions() noexcept;
    [[nodiscard]] bool try_idle() noexcept;
    [[nodiscard]] bool try_claim() noexcept;  // see MailboxWord
    // What was queued, oldest first, and the asks in line; other waiting senders are woken, and
    // told that it is closed.
    [[nodiscard]] Message* close() noexcept;
    bool is_closed() noexcept;
    // How many users' messages are in.
    std::size_t size() noexcept;
    // Nobody runs the actor and nothing is queued.
    bool is_idle() noexcept;

    // Made by who meets the bound first; null for want of memory.
    BoundWatch* watch() noexcept;
    BoundWatch* existing_watch() const noexcept {
        // acquire: pairs with the release in watch().
        return watch_.load(std::memory_order_acquire);
    }
    // How often the bound was met.
    std::uint64_t times_full() const noexcept;
    // By the turn: the types of the oldest messages in it and in line. Returns how many are in
    // line, as far as it has counted: see Overload.
    std::size_t sample(ShareCount& types) noexcept;

private:
    static constexpr std::ptrdiff_t ahead = 4;  // how many messages early one is fetched

    // relaxed: it is a count, and orders nothing. Only the turn writes it, or, with drop_oldest,
    // who has the lock.
    std::size_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }
    void note_taken(const Message& message) noexcept {
        taken_.store(taken() + (message.descriptor->counts ? 1U : 0U), std::memory_order_relaxed);
    }
    // relaxed: with the lock; or by the turn, after its store of taken_ by the fence that
    // needs_fence() asks for.
    bool serves_line() const noexcept { return serves_line_.load(std::memory_order_relaxed); }
    // With the lock:
    bool has_room() noexcept {
        if (put_ < full_at_) [[likely]]
            return true;
        look_for_room();
        return put_ < full_at_;
    }
    void look_for_room() noexcept { full_at_ = taken() + options_.bound; }
    bool takes_at_once() noexcept { return has_room() && senders_.first_waiting() == nullptr; }
    Put append(Message& message) noexcept {
        if (!newest_.try_add(message)) [[unlikely]]
            append_slowly(message);
        return count_in(message);
    }
    Put count_in(const Message& message) noexcept {
        put_ += message.descriptor->counts ? 1U : 0U;
        return std::exchange(idle_, false) ? Put::scheduled : Put::queued;
    }
    void append_slowly(Message& message) noexcept;
    Message* take_first() noexcept;
    Message* take_first_of_list() noexcept;
    Message* take_oldest_counted() noexcept;
    [[nodiscard]] Put put_locked(Message& message, Message*& dropped, Resumption& woken) noexcept;
    bool needs_fence() const noexcept;
    std::uint32_t tell_turn() noexcept;
    void let_in(Resumption& woken) noexcept;
    void serve_line(Resumption& woken) noexcept;

    // Without:
    Message& take_next() noexcept {
        Message& message = **next_++;
        if (last_ - next_ >= ahead) __builtin_prefetch(next_[ahead - 1]);
        return taken_out(message);
    }
    // One of a batch.
    Message& taken_out(Message& message) noexcept {
        if (mutant(Mutant::bounded_turn_looks_first)) return taken_out_wrongly(message);
        note_taken(message);
        // Keeps the compiler, which knows nothing of the fence, from exchanging a store and a load.
        asm volatile("" ::: "memory");
        if (serves_line()) [[unlikely]] {
            if (taken() - told_ >= portion_) serve_line();
        }
        return message;
    }
    Message* take_behind_slots() noexcept;
    Message& taken_out_wrongly(Message& message) noexcept;
    Message* take_locked() noexcept;
    void serve_line() noexcept;

    // The room that those in line have not been told of.
    class HeldRoom final : public HeldBack {
    public:
        explicit HeldRoom(BoundedMailbox& its_mailbox) noexcept : mailbox_{its_mailbox} {}
        void let_go() noexcept override;
        void let_go_beside(Resumption& woken) noexcept override;

    private:
        BoundedMailbox& mailbox_;
    };

    // What senders touch; guarded by the lock in senders_.
    WaitQueue senders_;
    MessageSlots newest_;
    std::size_t put_ = 0;      // users' messages, since the beginning
    std::size_t full_at_ = 0;  // put_ may be so high, by what taken_ was at the last look
    bool idle_ = true;
    bool closed_ = false;

    // What the turn touches, without the lock but where that is said.
    alignas(64) Message* const* next_ = nullptr;  // in batch_
    Message* const* last_ = nullptr;              // behind what there is in batch_
    MessageSlots batch_;                          // what it took of newest_
    MailboxLink* batch_list_ = nullptr;           // and of list_, behind that
    Atomic<std::size_t> taken_{0};                // users' messages: of put_, as many are out
    std::size_t told_ = 0;                        // of that, the line has been told
    std::uint32_t portion_ = 1;                   // how much more it is when it does so again
    Atomic<bool> serves_line_;                    // lock, to write it

    // What is touched more seldom; guarded by the lock.
    alignas(64) std::size_t batch_end_ = 0;  // what taken_ is at the end of the batch
    std::uint32_t times_told_ = 0;           // how often serves_line_ was set
    bool knows_line_;                        // the turn has seen that it is set, or will
    MailboxLink* list_ = nullptr;            // what newest_ had no place for: newer than that
    MailboxLink* list_last_ = nullptr;
    HeldRoom held_room_{*this};
    const MailboxOptions options_;
    Atomic<BoundWatch*> watch_{nullptr};  // any thread
};

}  // namespace greenroom::detail
