// OverloadWatch: what an actor knows of the crowd in its mailbox.
//
// Threads  Of the turn, but for the senders, who note themselves under the lock of its family.
#pragma once

#include <greenroom/core/time.hpp>

#include "share_count.hpp"

namespace greenroom::detail {

struct OverloadWatch {
    static constexpr Duration silence = std::chrono::seconds{1};  // between two that are told

    ShareCount senders;  // since it was told last
    bool was_told = false;
    TimePoint told_at{};
};

}  // namespace greenroom::detail
