// LogLines: keeps what the library logs while it lives, in place of printing it.
#pragma once

#include <greenroom/core/log.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace greenroom::support {

class LogLines {
public:
    LogLines() {
        set_log_hook([kept = kept_](LogLevel, std::string_view line) {
            const std::lock_guard held(kept->mutex);
            kept->text.append(line).append("\n");
        });
    }
    ~LogLines() { set_log_hook(nullptr); }
    LogLines(const LogLines&) = delete;
    LogLines& operator=(const LogLines&) = delete;

    std::string text() const {
        const std::lock_guard held(kept_->mutex);
        return kept_->text;
    }
    bool contain(std::string_view part) const { return text().find(part) != std::string::npos; }

private:
    struct Kept {
        std::mutex mutex;  // never held across a suspension
        std::string text;
    };

    // A line that is being logged may come after the end of this.
    const std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

}  // namespace greenroom::support
