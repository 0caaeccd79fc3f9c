// BoundWatch: how often the bound of a mailbox was met, or that of its urgent messages, and what is
// told of that.
//
//   quiet --the bound is met, and it is time--> asked for --the turn, between messages--> quiet
//
// Who meets it counts that, notes itself as a sender, and signals if it is time to tell: it runs
// none of the user's code, and writes no line. The turn does, as of other overloads.
//
// Threads   All from any thread, but what tells in the actor's turn. The mailbox's lock is not
//           held: what is told of its messages is BoundedMailbox::sample().
// Limits    An event in each `silence`; `senders_max` senders are noted for each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <greenroom/actors/overload.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/time.hpp>
#include <optional>
#include <string_view>

#include "share_count.hpp"

namespace greenroom::detail {

class BoundedMailbox;
class Cell;

// What came of it for who sends.
enum class BoundMet : std::uint8_t {
    waits,    // it waits for room
    refused,  // it is told so
    dropped,  // its message was, or the oldest
};

class BoundWatch {
public:
    static constexpr Duration silence = std::chrono::seconds{1};  // between two that are told
    static constexpr std::size_t senders_max = 100;
    static constexpr TimePoint never = TimePoint::min();  // for `now`: the runtime has gone

    // By who meets it; the name lives for ever. True: it is time to tell, and the caller is the one
    // to ask the turn for it.
    [[nodiscard]] bool meet(BoundMet how, std::string_view sender, TimePoint now) noexcept;
    // How often it was met, in whichever way.
    std::uint64_t times() noexcept;

    using Counts = std::array<std::uint64_t, 3>;  // by BoundMet
    struct Since {
        std::uint64_t of(BoundMet how) const noexcept {
            return counts[static_cast<std::size_t>(how)];
        }

        Counts counts{};
        ShareCount senders;
    };
    // By the turn: what came since it was taken last; it is told now. False: nobody has asked.
    [[nodiscard]] bool take(Since& since, TimePoint now) noexcept;

private:
    SpinLock lock_;
    // These under it:
    Counts met_{};
    Counts told_{};  // of these
    ShareCount senders_;
    TimePoint silent_until_ = TimePoint::min();
    bool asked_for_ = false;
};

// By a sender, or for it. Without a watch, for want of memory, only the system counts it. Has the
// owner's turn tell of it, unless it `is_silent` (MailboxOptions::overload_at).
void meet_bound(Cell& owner, BoundWatch* watch, BoundMet how, bool is_silent = false) noexcept;
void meet_bound(Cell& owner, BoundedMailbox& mailbox, BoundMet how) noexcept;
// In the owner's turn, when it was signalled.
void tell_bound(Cell& owner, BoundedMailbox& mailbox) noexcept;
// What was met since it was told last, and by whom; nothing if nobody has asked for it. The caller
// adds what bound it was and what is queued, and tells. In the owner's turn.
std::optional<Overload> take_bound(Cell& owner, BoundWatch& watch, TimePoint now);

}  // namespace greenroom::detail
