// What a client is told when it has registered: 001 to 005, and the message of the day.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "numerics.hpp"

namespace chat {

// `mask` is the client's nick!user@host, `since` when the server was started, as text.
std::vector<std::string> welcome(const Replies& replies, std::string_view mask,
                                 std::string_view since);

// `lines` of the message, or the reply that there is none.
std::vector<std::string> message_of_the_day(const Replies& replies,
                                            const std::vector<std::string>& lines);

// What this server calls itself in 002, 004 and 351.
std::string_view version_name() noexcept;

}  // namespace chat
