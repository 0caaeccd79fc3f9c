// Options: what the server was started with.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log.hpp"

namespace chat {

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6667;  // 0: any that is free
    std::string name = "chat.greenroom";
    std::string password;           // empty: none is asked for
    std::vector<std::string> motd;  // lines
    std::size_t clients_max = 10'000;
    LogLevel log_level = LogLevel::info;
    std::chrono::seconds idle_timeout{180};  // silence before a PING, and then before the end
    std::chrono::seconds registration_timeout{30};  // for NICK, USER and what else it takes
    std::size_t backlog_bytes_max = 1024 * 1024;    // what may wait for one client that is slow
    bool test_commands = false;                     // KILLCHANNEL
};

// The options, or what to print instead and with which status to end.
struct ParsedOptions {
    std::optional<Options> options;
    std::string message;
    int status = 0;
};

ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace chat
