// FaultRule: one rule of a Faults: which messages it counts, which of those it strikes, and what
// becomes of them.
//
// Threads   Its maker's until it is in force, and not changed from then on, but for the counters,
//           and for what is said to be under the lock of the system's FaultBook.
// Lifetime  Shared by the Faults, the Faults' user, the book while it is in force, and each message
//           that it has struck, until that is handled.
#pragma once

#include <cstdint>
#include <functional>
#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/shared.hpp>
#include <greenroom/core/detail/counter.hpp>
#include <greenroom/core/time.hpp>
#include <limits>
#include <string_view>
#include <vector>

namespace greenroom {

// Which of the messages that a rule counts it strikes: `count` of them, from the `nth` on.
struct Strikes {
    static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t nth = 1;
    std::uint64_t count = 1;
};

}  // namespace greenroom

namespace greenroom::detail {

enum class FaultKind : std::uint8_t { fail, drop, delay, duplicate };

// A message that somebody waits for, and that is never handled.
struct LostMessage {
    CellHold receiver;
    Message* message;
};

struct FaultRule {
    FaultKind kind = FaultKind::drop;
    const void* key = nullptr;      // of the type of its messages
    std::string_view message_name;  // likewise
    Strikes strikes;
    CellHold whom;                         // nobody: every actor of the system
    std::function<void()> failure;         // of fail: throws it
    Duration by{};                         // of delay
    Message& (*copy)(Message&) = nullptr;  // of duplicate: makes another
    Counter seen;                          // counted under the lock, read by anybody
    Counter struck;                        // likewise
    bool is_over = false;                  // under the lock
    std::vector<LostMessage> lost;         // under the lock
};

// Of a message that was told.
template <class M>
Message& copy_told(Message& message) {
    if (message.descriptor->node == NodeKind::told_shared) {
        using Node = TellMessage<Shared<M>>;
        return make_message<Node>(kind_of(message), static_cast<Node&>(message).payload);
    }
    using Node = TellMessage<M>;
    return make_message<Node>(kind_of(message), static_cast<Node&>(message).payload);
}

}  // namespace greenroom::detail
