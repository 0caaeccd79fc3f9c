// ClassStats: what a system has counted of the actors of one class since it began: see
// System::class_stats().
#pragma once

#include <cstdint>
#include <string>

namespace greenroom {

struct ClassStats {
    std::string name;  // of the class; of functional actors and processes that of their messages
    std::uint64_t live = 0;       // now
    std::uint64_t spawned = 0;    // those that could not be made anew are counted once
    std::uint64_t failed = 0;     // exceptions, and failures of others that became theirs
    std::uint64_t restarted = 0;  // made anew
    std::uint64_t messages = 0;   // handled, or begun to be; those of the library included
};

}  // namespace greenroom
