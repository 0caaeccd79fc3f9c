// The only file that names spdlog.
#include <greenroom/core/log.hpp>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/fields.hpp>
#include <memory>
#include <mutex>
#include <utility>

namespace greenroom {

namespace {

using Hook = std::function<void(LogLevel, std::string_view)>;

detail::Atomic<LogLevel> least{LogLevel::info};
std::mutex hook_mutex;
std::shared_ptr<const Hook> hook;  // guarded by hook_mutex

std::shared_ptr<const Hook> current_hook() {
    const std::lock_guard held(hook_mutex);
    return hook;
}

spdlog::level::level_enum level_of(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

spdlog::logger& built_in() {
    static const std::shared_ptr<spdlog::logger> logger = [] {
        auto made = std::make_shared<spdlog::logger>(
            "greenroom", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
        made->set_level(spdlog::level::trace);
        return made;
    }();
    return *logger;
}

void write(LogLevel level, std::string_view line) {
    if (const auto called = current_hook()) return (*called)(level, line);
    built_in().log(level_of(level), "{}", line);
}

}  // namespace

void set_log_hook(Hook new_hook) {
    auto made = new_hook ? std::make_shared<const Hook>(std::move(new_hook)) : nullptr;
    const std::lock_guard held(hook_mutex);
    hook.swap(made);  // the old one ends without the lock
}

void set_log_level(LogLevel level) noexcept {
    // relaxed: a setting, that orders nothing.
    least.store(level, std::memory_order_relaxed);
}

void log(LogLevel level, std::string_view line) noexcept {
    // relaxed: as in set_log_level().
    if (level < least.load(std::memory_order_relaxed)) return;
    try {
        const Fields fields = current_fields();
        if (fields.empty()) return write(level, line);
        write(level, std::string{line} + " [" + to_string(fields) + "]");
    } catch (...) {
        // A line is lost: there is nowhere to say so.
    }
}

}  // namespace greenroom
