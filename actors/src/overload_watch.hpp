// OverloadWatch: what an actor knows of the crowd in its mailbox. Of one with a bound: bound_watch.
//
// Threads  Of the turn, but for the senders, who note themselves under the lock of its family.
#pragma once

#include <greenroom/actors/overload.hpp>
#include <greenroom/core/time.hpp>
#include <string_view>

#include "share_count.hpp"

namespace greenroom::detail {

class SystemCore;

struct OverloadWatch {
    static constexpr Duration silence = std::chrono::seconds{1};  // between two that are told

    ShareCount senders;  // since it was told last
    bool was_told = false;
    TimePoint told_at{};
};

// The name of who sends; it lives for ever.
std::string_view name_of_sender() noexcept;
// In the turn: to the log, and the hook.
void tell(SystemCore& system, const Overload& overload, TimePoint now);

}  // namespace greenroom::detail
