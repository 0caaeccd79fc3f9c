#include "config.hpp"

#include <chrono>

namespace chat {

std::int64_t wall_clock_seconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace chat
