// BoundedMailbox: an actor's queue with a bound: a lock, a list, and a line of waiting senders.
//
// It stands in the place of the cell's MailboxWord and keeps the same states (idle, taken care of,
// closed). Newcomers queue behind senders that wait, so the order of each sender holds. A waiting
// sender's message is moved into the list by who takes one out, under the lock.
//
// Threads   All from any thread, but take(), try_idle() and close() by who runs the actor.
// Limits    `bound` users' messages; the runtime's own are few by construction and not counted.
#pragma once

#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/wait_node.hpp>
#include <greenroom/actors/mailbox.hpp>
#include <greenroom/core/detail/mailbox_word.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom::detail {

class BoundedMailbox {
public:
    explicit BoundedMailbox(const MailboxOptions& options) noexcept : options_{options} {}

    const MailboxOptions& options() const noexcept { return options_; }

    enum class Put { queued, scheduled, closed, full };

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
    [[nodiscard]] Pushed post(Message& message) noexcept;

    // The oldest message, or null. Lets the first waiting sender's in.
    [[nodiscard]] Message* take() noexcept;
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

private:
    bool takes_at_once() const noexcept {
        return has_room() && senders_.first_waiting() == nullptr;
    }
    bool has_room() const noexcept { return count_ < options_.bound; }
    Put append(Message& message) noexcept;
    Message* take_first() noexcept;
    Message* take_oldest_counted() noexcept;

    const MailboxOptions options_;
    WaitQueue senders_;  // its lock guards all of this
    Message* first_ = nullptr;
    Message* last_ = nullptr;
    std::size_t count_ = 0;  // of users' messages
    bool idle_ = true;
    bool closed_ = false;
};

}  // namespace greenroom::detail
