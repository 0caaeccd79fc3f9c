// The limits of the protocol that this server keeps; what clients need to know of them is in 005.
#pragma once

#include <cstddef>

namespace chat {

inline constexpr std::size_t line_bytes_max = 512;  // with the CR LF at its end
inline constexpr std::size_t params_max = 15;       // of one message
inline constexpr std::size_t nick_bytes_max = 32;
inline constexpr std::size_t user_bytes_max = 16;
inline constexpr std::size_t real_name_bytes_max = 128;
inline constexpr std::size_t host_bytes_max = 63;
inline constexpr std::size_t channel_bytes_max = 50;
inline constexpr std::size_t key_bytes_max = 32;
inline constexpr std::size_t topic_bytes_max = 300;
inline constexpr std::size_t away_bytes_max = 200;
inline constexpr std::size_t reason_bytes_max = 250;  // of a kick, a part, a quit
inline constexpr std::size_t mask_bytes_max = 96;     // of a ban: four of them fit in a line
inline constexpr std::size_t bans_max = 64;           // of one channel
inline constexpr std::size_t invitations_max = 256;   // of one channel
inline constexpr std::size_t mode_params_max = 4;     // of one MODE line
inline constexpr std::size_t targets_max = 8;         // of one PRIVMSG, NOTICE, WHOIS, KICK
inline constexpr std::size_t channels_max = 100;      // that one client is in
inline constexpr std::size_t replies_max = 2000;      // lines of one answer to WHO

}  // namespace chat
