// Config: what all actors of the server share, and what never changes while it runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "log.hpp"
#include "options.hpp"

namespace chat {

struct Config {
    Options options;
    std::string started;  // when, as text
    std::shared_ptr<Log> log;
};

// Seconds since 1970, as clients are told times.
std::int64_t wall_clock_seconds();

}  // namespace chat
