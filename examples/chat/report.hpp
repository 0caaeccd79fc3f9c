// Totals: what the server has done, for the report at its end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace chat {

// How a connection ended.
enum class Ending {
    quit,          // the client said so
    vanished,      // the client closed, or the network did
    slow,          // too much was waiting for it
    silent,        // no answer to a PING
    unregistered,  // no NICK and USER in time, or a wrong password
    server_ended,
    failed,  // a fault of the server's own
};
inline constexpr std::size_t ending_count = 7;

// What one connection has done; and all of them, added up.
struct Counts {
    std::uint64_t messages = 0;    // PRIVMSG and NOTICE that were sent on
    std::uint64_t deliveries = 0;  // how many that made
    std::uint64_t bad_lines = 0;   // too long, no UTF-8, with a NUL, or unknown

    Counts& operator+=(const Counts& other) noexcept {
        messages += other.messages;
        deliveries += other.deliveries;
        bad_lines += other.bad_lines;
        return *this;
    }
};

struct Totals {
    std::uint64_t served = 0;  // connections that were let in
    std::uint64_t most_at_once = 0;
    std::uint64_t refused = 0;             // for want of room
    std::uint64_t without_descriptor = 0;  // times that accepting failed for want of one
    std::uint64_t channels = 0;            // made
    std::uint64_t channels_lost = 0;       // whose actor ended by a fault
    std::array<std::uint64_t, ending_count> endings{};
    Counts counts;

    std::uint64_t ended(Ending ending) const noexcept {
        return endings[static_cast<std::size_t>(ending)];
    }
};

// Several lines.
std::string report_text(const Totals& totals);

}  // namespace chat
