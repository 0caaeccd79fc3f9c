// Which names the protocol allows.
#pragma once

#include <string>
#include <string_view>

namespace chat {

// A letter or one of []\`_^{|} first; then digits and - too. At most nick_bytes_max.
bool is_nick(std::string_view name) noexcept;

// # and at least one byte more, no control byte, space, comma or colon. At most channel_bytes_max.
bool is_channel_name(std::string_view name) noexcept;

// What looks like a channel, be its name allowed or not: decides what a target of PRIVMSG is.
bool looks_like_channel(std::string_view name) noexcept;

// Printable, without space and comma, not empty; at most key_bytes_max.
bool is_key(std::string_view key) noexcept;

// A name for a server: letters, digits, dots and dashes, with a dot in it, at most host_bytes_max.
// Clients tell a server from a person by that dot.
bool is_server_name(std::string_view name) noexcept;

// `given` as a user name: without what could be taken for a part of nick!user@host, shortened, and
// never empty.
std::string user_name(std::string_view given);

}  // namespace chat
