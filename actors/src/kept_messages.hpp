// KeptMessages: what an actor took out of its mailbox and has not handled yet: what it stashed, and
// what a process did not wait for.
//
// Threads  Of the turn, but what says otherwise.
#pragma once

#include <cstddef>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/detail/counter.hpp>
#include <span>

namespace greenroom::detail {

class KeptMessages {
public:
    void add(Message& message) noexcept;
    // The oldest with one of the keys, taken out; or null.
    Message* take(std::span<const void* const> keys) noexcept;
    // All of them, and behind them `rest`, a list as well.
    MailboxLink* put_before(MailboxLink* rest) noexcept;
    std::size_t size() const noexcept { return size_.value(); }  // by any thread

private:
    MailboxLink first_;  // a head without a message
    MailboxLink* last_ = &first_;
    Counter size_;
};

}  // namespace greenroom::detail
