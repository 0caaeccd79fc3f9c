#include "log.hpp"

#include <array>
#include <cstdio>

namespace chat {

void Log::write(LogLevel level, std::string_view text) const {
    if (level < least_) return;
    static constexpr std::array<const char*, 4> names{"debug", "info", "warning", "error"};
    // One call, so that lines of several threads do not mix.
    std::fprintf(stderr, "greenroom_chat: %s: %.*s\n", names[static_cast<std::size_t>(level)],
                 static_cast<int>(text.size()), text.data());
}

void Log::limited(std::string_view kind, std::string_view text) {
    std::string line{text};
    {
        const auto now = std::chrono::steady_clock::now();
        const std::lock_guard held(mutex_);
        Kind& entry = kinds_[std::string{kind}];
        if (now < entry.next) {
            ++entry.left_out;
            return;
        }
        if (entry.left_out > 0) {
            line +=
                " (and " + std::to_string(entry.left_out) + " more like it since the last line)";
        }
        entry = {now + interval, 0};
    }
    write(LogLevel::warning, line);
}

}  // namespace chat
