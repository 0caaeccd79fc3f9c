// log: where the library says what nobody asked it: failures that nobody saw, limits that were met.
//
// A line ends with the fields of who logs it (fields.hpp), if it has some: "line [request=17]".
//
// Threads  Any. The hook is called on the thread that logs, fibers included: it must not suspend.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace greenroom {

enum class LogLevel { debug, info, warning, error };

// Takes each line in place of the built-in logger (spdlog to stderr). An empty one brings that
// back. The former hook may still be in a call on another thread when this returns: what it refers
// to must outlive that.
void set_log_hook(std::function<void(LogLevel, std::string_view)> hook);

// Lines below this level are dropped. Default: info.
void set_log_level(LogLevel level) noexcept;

void log(LogLevel level, std::string_view line) noexcept;

}  // namespace greenroom
