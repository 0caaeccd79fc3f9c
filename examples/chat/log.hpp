// Log: lines on standard error. What may happen often is limited, so that nobody can fill a disk
// by misbehaving: the lines left out are counted and told of.
//
// Threads  Every member is safe from any thread. Never waits for anything but the stream.
#pragma once

#include <chrono>
#include <cstddef>
#include <greenroom/core/log.hpp>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace chat {

// The library's levels, and one above them.
enum class LogLevel {
    debug = static_cast<int>(greenroom::LogLevel::debug),
    info = static_cast<int>(greenroom::LogLevel::info),
    warning = static_cast<int>(greenroom::LogLevel::warning),
    error = static_cast<int>(greenroom::LogLevel::error),
    off,
};

class Log {
public:
    explicit Log(LogLevel least) : least_{least} {}

    void write(LogLevel level, std::string_view text) const;
    void debug(std::string_view text) const { write(LogLevel::debug, text); }
    void warning(std::string_view text) const { write(LogLevel::warning, text); }
    void error(std::string_view text) const { write(LogLevel::error, text); }

    // A warning about a client. Of each `kind` at most one line in `interval`.
    void limited(std::string_view kind, std::string_view text);

    static constexpr std::chrono::seconds interval{10};

private:
    struct Kind {
        std::chrono::steady_clock::time_point next{};
        std::size_t left_out = 0;
    };

    const LogLevel least_;
    std::mutex mutex_;
    std::unordered_map<std::string, Kind> kinds_;  // few: they are words of the program
};

}  // namespace chat
