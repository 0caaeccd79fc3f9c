// Extras: what few actors have, so that it is made on first use.
//
// Threads  All of the turn, but what says otherwise.
#pragma once

#include <greenroom/core/time.hpp>

namespace greenroom::detail {

struct Extras {
    TimePoint last_message{};  // once Cell::notes_messages_
};

}  // namespace greenroom::detail
